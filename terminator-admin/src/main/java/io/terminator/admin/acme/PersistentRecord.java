package io.terminator.admin.acme;

import java.util.ArrayList;
import java.util.List;

/**
 * A TXT record for dns-persist-01, which an operator sets once. {@code name} has no trailing dot.
 */
public record PersistentRecord(String name, String value) {
  /** RFC 1035 section 3.3.14. */
  private static final int LONGEST_STRING = 255;

  /** As a line of a zone file. */
  public String zoneLine() {
    List<String> strings = new ArrayList<>();
    for (int at = 0; at < value.length(); at += LONGEST_STRING) {
      strings.add('"' + value.substring(at, Math.min(value.length(), at + LONGEST_STRING)) + '"');
    }
    return name + ". IN TXT " + String.join(" ", strings);
  }
}
