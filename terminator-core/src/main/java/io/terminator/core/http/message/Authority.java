package io.terminator.core.http.message;

/**
 * The host of a request. Whatever servers read in two ways is not valid: routes and TLS policies
 * compare names, and a spelling that they do not know would pass by them.
 */
public final class Authority {
  private Authority() {}

  /** Whether {@code text[from, to)} is a host, with or without a port (RFC 3986 section 3.2). */
  public static boolean isValid(byte[] text, int from, int to) {
    if (from == to) {
      return false;
    }
    int colon = -1;
    int closing = -1;
    for (int i = from; i < to; i++) {
      byte octet = text[i];
      if (!Octets.isAuthority(octet)) {
        return false;
      }
      if (octet == '.' && (i == from || text[i - 1] == '.')) {
        return false;
      }
      if (octet == '[' && i != from || octet == ']' && (text[from] != '[' || closing >= 0)) {
        return false;
      }
      if (text[from] == '[' && closing < 0 && octet != '[' && octet != ']' && !isIpv6(octet)) {
        return false;
      }
      if (octet == ']') {
        closing = i;
      }
      if (octet == ':' && (text[from] != '[' || closing >= 0)) {
        if (colon >= 0) {
          return false;
        }
        colon = i;
      }
    }
    if (text[from] == '[') {
      return closing > from + 1
          && (closing == to - 1 || colon == closing + 1 && isPort(text, colon, to));
    }
    return colon < 0 || colon > from && isPort(text, colon, to);
  }

  private static boolean isIpv6(byte octet) {
    return octet == ':' || octet == '.' || Character.digit(octet, 16) >= 0;
  }

  private static boolean isPort(byte[] text, int colon, int to) {
    if (to - colon > 6) {
      return false;
    }
    for (int i = colon + 1; i < to; i++) {
      if (text[i] < '0' || text[i] > '9') {
        return false;
      }
    }
    return true;
  }
}
