package io.terminator.tls.judgement;

/** Fatal alerts that Terminator sends itself (RFC 8446 section 6.2). */
public enum Alert {
  UNEXPECTED_MESSAGE(10),
  RECORD_OVERFLOW(22),
  HANDSHAKE_FAILURE(40),
  ILLEGAL_PARAMETER(47),
  DECODE_ERROR(50),
  PROTOCOL_VERSION(70),
  INTERNAL_ERROR(80),
  INAPPROPRIATE_FALLBACK(86),
  MISSING_EXTENSION(109),
  UNRECOGNIZED_NAME(112),
  NO_APPLICATION_PROTOCOL(120);

  private final int code;

  Alert(int code) {
    this.code = code;
  }

  /** The code point in the record. */
  public int code() {
    return code;
  }
}
