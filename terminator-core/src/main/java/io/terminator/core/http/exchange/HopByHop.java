package io.terminator.core.http.exchange;

import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.Octets;

/** The fields that belong to one connection and are not forwarded (RFC 9110 section 7.6.1). */
final class HopByHop {
  private static final boolean[] NAMED = new boolean[FieldName.values().length];

  static {
    for (FieldName name :
        new FieldName[] {
          FieldName.CONNECTION,
          FieldName.KEEP_ALIVE,
          FieldName.PROXY_CONNECTION,
          FieldName.TE,
          FieldName.TRANSFER_ENCODING,
          FieldName.UPGRADE,
          FieldName.HTTP2_SETTINGS
        }) {
      NAMED[name.ordinal()] = true;
    }
  }

  private HopByHop() {}

  /** Removes them, and those that Connection names. */
  static void strip(Head head) {
    for (int i = head.first(FieldName.CONNECTION); i >= 0; i = head.next(FieldName.CONNECTION, i)) {
      stripNominated(head, i);
    }
    for (int i = head.size() - 1; i >= 0; i--) {
      if (NAMED[head.name(i).ordinal()]) {
        head.remove(i);
      }
    }
  }

  private static void stripNominated(Head head, int connection) {
    byte[] text = head.text();
    int end = head.valueTo(connection);
    int from = head.valueFrom(connection);
    while (from < end) {
      while (from < end && !Octets.isToken(text[from])) {
        from++;
      }
      int to = from;
      while (to < end && Octets.isToken(text[to])) {
        to++;
      }
      strip(head, from, to, connection);
      from = to;
    }
  }

  /** Fields before {@code connection} stay where they are: the caller iterates. */
  private static void strip(Head head, int from, int to, int connection) {
    if (from == to) {
      return;
    }
    switch (FieldName.of(head.text(), from, to)) {
      // A message without them would be another one; the client cannot ask for that.
      case HOST, CONTENT_LENGTH, CONTENT_TYPE, CONNECTION, COOKIE, SET_COOKIE -> {}
      default -> {
        for (int i = head.size() - 1; i >= 0; i--) {
          if (i != connection && is(head, i, from, to)) {
            blank(head, i);
          }
        }
      }
    }
  }

  private static boolean is(Head head, int field, int from, int to) {
    byte[] text = head.text();
    int name = head.nameFrom(field);
    if (head.nameTo(field) - name != to - from) {
      return false;
    }
    for (int i = 0; i < to - from; i++) {
      if (Octets.lower(text[name + i]) != Octets.lower(text[from + i])) {
        return false;
      }
    }
    return true;
  }

  /** Removal would move the fields that are being iterated. */
  private static void blank(Head head, int field) {
    head.rename(field, FieldName.KEEP_ALIVE);
  }
}
