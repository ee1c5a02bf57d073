package io.terminator.core.http.field;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The value of a field as configured: text with variables, such as {@code v=${tls.version}}. Each
 * part is either text or a variable. Immutable.
 */
public record FieldTemplate(List<Part> parts) {
  private static final int LONGEST = 4096;

  /** Exactly one of the two is set. */
  public record Part(String text, @Nullable FieldVariable variable) {
    @Override
    public String toString() {
      return variable == null ? text.replace("${", "$${") : "${" + variable.label() + "}";
    }
  }

  public FieldTemplate {
    parts = List.copyOf(parts);
  }

  /**
   * Parses text in which {@code $$} followed by a brace stands for a literal dollar sign and brace.
   *
   * @throws IllegalArgumentException with what is wrong and what was expected
   */
  public static FieldTemplate parse(String text) {
    if (text.length() > LONGEST) {
      throw unfit(text.substring(0, 40) + "...", "has more than " + LONGEST + " characters");
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\t' && (c < ' ' || c > '~')) {
        throw unfit(text, "has a character that a field value cannot have");
      }
    }
    List<Part> parts = new ArrayList<>();
    StringBuilder plain = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      if (text.startsWith("$${", at)) {
        plain.append("${");
        at += 3;
      } else if (text.startsWith("${", at)) {
        int end = text.indexOf('}', at);
        FieldVariable variable = end < 0 ? null : FieldVariable.of(text.substring(at + 2, end));
        if (variable == null) {
          throw unfit(text, "has a variable that does not exist");
        }
        if (!plain.isEmpty()) {
          parts.add(new Part(plain.toString(), null));
          plain.setLength(0);
        }
        parts.add(new Part("", variable));
        at = end + 1;
      } else {
        plain.append(text.charAt(at++));
      }
    }
    if (!plain.isEmpty()) {
      parts.add(new Part(plain.toString(), null));
    }
    return new FieldTemplate(parts);
  }

  private static IllegalArgumentException unfit(String text, String how) {
    return new IllegalArgumentException(
        "\"" + text + "\" " + how + " (expected: " + expected() + ")");
  }

  /** What an operator can write, for a message and the reference. */
  public static String expected() {
    return "printable ASCII text, with variables "
        + Stream.of(FieldVariable.values())
            .map(variable -> "${" + variable.label() + "}")
            .collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    return parts.stream().map(Part::toString).collect(Collectors.joining());
  }
}
