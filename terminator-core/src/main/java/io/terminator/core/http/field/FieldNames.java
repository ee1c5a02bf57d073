package io.terminator.core.http.field;

import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.Octets;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Names of fields to find in a head. An underscore counts as a dash: CGI, WSGI and PHP give both to
 * the application under one name, so a client could pass one as the other. Immutable.
 */
final class FieldNames {
  private final byte[][] names;
  private final boolean prefixes;

  private FieldNames(byte[][] names, boolean prefixes) {
    this.names = names;
    this.prefixes = prefixes;
  }

  static FieldNames of(Iterable<String> names) {
    return new FieldNames(bytes(names), false);
  }

  /** Of all names that begin with one of {@code prefixes}. */
  static FieldNames beginningWith(Iterable<String> prefixes) {
    return new FieldNames(bytes(prefixes), true);
  }

  private static byte[][] bytes(Iterable<String> names) {
    java.util.List<byte[]> all = new java.util.ArrayList<>();
    for (String name : names) {
      all.add(name.toLowerCase(Locale.ROOT).replace('_', '-').getBytes(StandardCharsets.US_ASCII));
    }
    return all.toArray(byte[][]::new);
  }

  boolean isEmpty() {
    return names.length == 0;
  }

  void removeFrom(Head head) {
    for (int field = head.size() - 1; field >= 0; field--) {
      if (has(head, field)) {
        head.remove(field);
      }
    }
  }

  boolean has(Head head, int field) {
    byte[] text = head.text();
    int from = head.nameFrom(field);
    int length = head.nameTo(field) - from;
    for (byte[] name : names) {
      if ((prefixes ? length >= name.length : length == name.length) && is(text, from, name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean is(byte[] text, int from, byte[] name) {
    for (int i = 0; i < name.length; i++) {
      int octet = text[from + i] == '_' ? '-' : Octets.lower(text[from + i]);
      if (octet != name[i]) {
        return false;
      }
    }
    return true;
  }
}
