package io.terminator.core.http.h2;

/** Error codes of RST_STREAM and GOAWAY, RFC 9113 section 7; the ordinal is the code. */
enum ErrorCode {
  NO_ERROR,
  PROTOCOL_ERROR,
  INTERNAL_ERROR,
  FLOW_CONTROL_ERROR,
  SETTINGS_TIMEOUT,
  STREAM_CLOSED,
  FRAME_SIZE_ERROR,
  REFUSED_STREAM,
  CANCEL,
  COMPRESSION_ERROR,
  CONNECT_ERROR,
  ENHANCE_YOUR_CALM,
  INADEQUATE_SECURITY,
  HTTP_1_1_REQUIRED;

  private static final ErrorCode[] CODES = values();

  int code() {
    return ordinal();
  }

  /** An unknown code has no special meaning and counts as INTERNAL_ERROR (section 7). */
  static ErrorCode of(long code) {
    return code >= 0 && code < CODES.length ? CODES[(int) code] : INTERNAL_ERROR;
  }
}
