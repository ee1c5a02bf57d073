package io.terminator.core.http.message;

/** Classes of octets in HTTP messages (RFC 9110 section 5.6.2, RFC 3986 section 3). */
public final class Octets {
  private static final int TOKEN = 1;
  private static final int VALUE = 2;
  private static final int TARGET = 4;
  private static final int AUTHORITY = 8;

  private static final byte[] CLASSES = new byte[256];

  static {
    for (int octet = 0; octet < CLASSES.length; octet++) {
      int classes = 0;
      boolean letter = octet >= 'a' && octet <= 'z' || octet >= 'A' && octet <= 'Z';
      boolean digit = octet >= '0' && octet <= '9';
      if (letter || digit || isOneOf(octet, "!#$%&'*+-.^_`|~")) {
        classes |= TOKEN;
      }
      if (octet == '\t' || octet >= 0x20 && octet != 0x7f) {
        classes |= VALUE;
      }
      // Wider than RFC 3986, because browsers and tools send such octets and servers accept them;
      // no octet that could end the target or the line.
      if (octet > 0x20 && octet != 0x7f && octet != '#') {
        classes |= TARGET;
      }
      // Narrower than RFC 3986: no name has the others, and servers exist that decode or split
      // them.
      if (letter || digit || isOneOf(octet, "-._~:[]")) {
        classes |= AUTHORITY;
      }
      CLASSES[octet] = (byte) classes;
    }
  }

  private Octets() {}

  private static boolean isOneOf(int octet, String set) {
    return octet > 0 && set.indexOf(octet) >= 0;
  }

  /** Whether the octet may be part of a method or of a field name. */
  public static boolean isToken(byte octet) {
    return (CLASSES[octet & 0xff] & TOKEN) != 0;
  }

  /** Whether the octet may be part of a field value: no control character except tab. */
  public static boolean isValue(byte octet) {
    return (CLASSES[octet & 0xff] & VALUE) != 0;
  }

  /** Whether the octet may be part of a request target. */
  public static boolean isTarget(byte octet) {
    return (CLASSES[octet & 0xff] & TARGET) != 0;
  }

  /** Whether the octet may be part of a host with port; user information is excluded. */
  public static boolean isAuthority(byte octet) {
    return (CLASSES[octet & 0xff] & AUTHORITY) != 0;
  }

  /** An ASCII letter in lower case; any other octet unchanged. */
  public static int lower(int octet) {
    return octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet;
  }
}
