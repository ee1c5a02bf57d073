package io.terminator.core.http.message;

import java.nio.charset.StandardCharsets;

/** A request method (RFC 9110 section 9, RFC 5789). Unknown ones are forwarded as they are. */
public enum Method {
  GET(true, true),
  HEAD(true, true),
  POST(false, false),
  PUT(false, true),
  DELETE(false, true),
  CONNECT(false, false),
  OPTIONS(true, true),
  TRACE(true, true),
  PATCH(false, false),
  /** Any other method; assumed neither safe nor idempotent. */
  OTHER(false, false);

  private static final Method[] NAMED = {
    GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH
  };

  private final boolean safe;
  private final boolean idempotent;
  private final byte[] text = name().getBytes(StandardCharsets.US_ASCII);

  Method(boolean safe, boolean idempotent) {
    this.safe = safe;
    this.idempotent = idempotent;
  }

  /** The method with the text {@code bytes[from, to)}; methods are case-sensitive. */
  public static Method of(byte[] bytes, int from, int to) {
    for (Method method : NAMED) {
      byte[] name = method.text;
      if (name.length == to - from && name[0] == bytes[from] && method.is(bytes, from)) {
        return method;
      }
    }
    return OTHER;
  }

  private boolean is(byte[] bytes, int from) {
    for (int i = 1; i < text.length; i++) {
      if (text[i] != bytes[from + i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether a request has no effect that its sender asked for (RFC 9110 section 9.2.1). */
  public boolean isSafe() {
    return safe;
  }

  /** Whether a request may be sent twice (RFC 9110 section 9.2.2). */
  public boolean isIdempotent() {
    return idempotent;
  }
}
