package io.terminator.core.http.h2;

import static io.terminator.core.http.h2.ErrorCode.COMPRESSION_ERROR;
import static io.terminator.core.http.h2.ErrorCode.ENHANCE_YOUR_CALM;
import static io.terminator.core.http.h2.ErrorCode.FLOW_CONTROL_ERROR;
import static io.terminator.core.http.h2.ErrorCode.FRAME_SIZE_ERROR;
import static io.terminator.core.http.h2.ErrorCode.PROTOCOL_ERROR;
import static io.terminator.core.http.h2.ErrorCode.REFUSED_STREAM;
import static io.terminator.core.http.h2.ErrorCode.STREAM_CLOSED;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.Series;
import java.util.Locale;

/**
 * What a peer must not do, from a closed set: the reason of a stream error (RST_STREAM) or of a
 * connection error (GOAWAY) and the label of its counter. Nothing that is refused here is repaired
 * or forwarded.
 */
enum Violation implements Counted {
  // Connection: framing and states.
  PREFACE(PROTOCOL_ERROR, true, "the connection does not begin with the preface of HTTP/2"),
  FRAME_SIZE(FRAME_SIZE_ERROR, true, "a frame has a size that its type does not allow"),
  STREAM_ID(PROTOCOL_ERROR, true, "a frame has a stream identifier that is not allowed there"),
  IDLE_STREAM(PROTOCOL_ERROR, true, "a frame is for a stream that was not opened"),
  HEADERS_AFTER_END(STREAM_CLOSED, true, "HEADERS arrived on a closed stream"),
  CONTINUATION(PROTOCOL_ERROR, true, "CONTINUATION is missing, or arrived without HEADERS"),
  PADDING(PROTOCOL_ERROR, true, "the padding is longer than its frame"),
  PUSH(PROTOCOL_ERROR, true, "PUSH_PROMISE is not allowed"),
  SETTINGS_VALUE(PROTOCOL_ERROR, true, "a setting has a value that is not allowed"),
  SETTINGS_WINDOW(FLOW_CONTROL_ERROR, true, "SETTINGS_INITIAL_WINDOW_SIZE is more than 2^31-1"),
  WINDOW_INCREMENT(PROTOCOL_ERROR, true, "WINDOW_UPDATE of the connection has the increment 0"),
  WINDOW_OVERFLOW(FLOW_CONTROL_ERROR, true, "the window of the connection exceeds 2^31-1"),
  WINDOW_EXCEEDED(FLOW_CONTROL_ERROR, true, "more DATA than the window of the connection allows"),
  HPACK(COMPRESSION_ERROR, true, "the header block cannot be decoded (HPACK)"),

  // Connection: floods.
  RESET_FLOOD(ENHANCE_YOUR_CALM, true, "too many streams were cancelled (rapid reset)"),
  PROVOKED_RESET_FLOOD(ENHANCE_YOUR_CALM, true, "too many streams had to be reset"),
  CONTINUATION_FLOOD(ENHANCE_YOUR_CALM, true, "too many CONTINUATION frames"),
  SETTINGS_FLOOD(ENHANCE_YOUR_CALM, true, "too many SETTINGS frames"),
  PING_FLOOD(ENHANCE_YOUR_CALM, true, "too many PING frames"),
  EMPTY_FRAME_FLOOD(ENHANCE_YOUR_CALM, true, "too many empty frames"),
  FRAME_FLOOD(ENHANCE_YOUR_CALM, true, "too many frames that carry no request"),
  HEADER_BLOCK_SIZE(ENHANCE_YOUR_CALM, true, "the header block is too large"),
  SLOW_FRAME(ENHANCE_YOUR_CALM, true, "a frame or header block was not completed in time"),
  STALLED_CONNECTION(ENHANCE_YOUR_CALM, true, "no response byte could be sent in time"),

  // Stream: states and limits.
  CLOSED_STREAM(STREAM_CLOSED, false, "a frame arrived on a closed stream"),
  STREAM_LIMIT(
      REFUSED_STREAM, false, "more concurrent streams than SETTINGS_MAX_CONCURRENT_STREAMS allows"),
  SELF_DEPENDENCY(PROTOCOL_ERROR, false, "the stream depends on itself"),
  PRIORITY_SIZE(FRAME_SIZE_ERROR, false, "PRIORITY does not have 5 bytes"),
  STREAM_WINDOW_INCREMENT(PROTOCOL_ERROR, false, "WINDOW_UPDATE of the stream has the increment 0"),
  STREAM_WINDOW_OVERFLOW(FLOW_CONTROL_ERROR, false, "the window of the stream exceeds 2^31-1"),
  STREAM_WINDOW_EXCEEDED(
      FLOW_CONTROL_ERROR, false, "more DATA than the window of the stream allows"),
  STALLED_STREAM(ErrorCode.CANCEL, false, "the window of the stream stayed closed"),
  HEAD_SIZE(ENHANCE_YOUR_CALM, false, "the head is too large"),

  // Stream: a head or a body that has more than one meaning, or none.
  PSEUDO_TWICE(PROTOCOL_ERROR, false, "a pseudo-header field appears twice"),
  PSEUDO_LATE(PROTOCOL_ERROR, false, "a pseudo-header field follows a regular field"),
  PSEUDO_MISSING(PROTOCOL_ERROR, false, "a pseudo-header field is missing"),
  PSEUDO_UNKNOWN(PROTOCOL_ERROR, false, "a pseudo-header field is not allowed there"),
  PSEUDO_IN_TRAILERS(PROTOCOL_ERROR, false, "the trailers have a pseudo-header field"),
  METHOD(PROTOCOL_ERROR, false, ":method is invalid"),
  PATH(PROTOCOL_ERROR, false, ":path is invalid"),
  SCHEME(PROTOCOL_ERROR, false, ":scheme is invalid"),
  AUTHORITY(PROTOCOL_ERROR, false, ":authority or Host is invalid"),
  STATUS(PROTOCOL_ERROR, false, ":status is invalid"),
  FIELD_NAME(PROTOCOL_ERROR, false, "a field name is invalid"),
  FIELD_VALUE(PROTOCOL_ERROR, false, "a field value is invalid"),
  CONNECTION_FIELD(
      PROTOCOL_ERROR, false, "a field of HTTP/1.1 connections is not allowed in HTTP/2"),
  TE(PROTOCOL_ERROR, false, "TE has a value other than trailers"),
  CONTENT_LENGTH(PROTOCOL_ERROR, false, "Content-Length is invalid"),
  BODY_LENGTH(PROTOCOL_ERROR, false, "the body does not have the length of Content-Length"),
  TRAILERS_WITHOUT_END(PROTOCOL_ERROR, false, "the trailers do not end the stream");

  private final ErrorCode code;
  private final boolean fatal;
  private final String words;
  private final String label = name().toLowerCase(Locale.ROOT);

  Violation(ErrorCode code, boolean fatal, String words) {
    this.code = code;
    this.fatal = fatal;
    this.words = words;
  }

  ErrorCode code() {
    return code;
  }

  /** Ends the connection and not only a stream. */
  boolean isFatal() {
    return fatal;
  }

  /** The violation as text, for the log. */
  String words() {
    return words;
  }

  String label() {
    return label;
  }

  @Override
  public Series series() {
    return Series.counter(
            "http2_violations",
            "HTTP/2 streams and connections ended because the peer violated the protocol or a limit.")
        .with("reason", label);
  }
}
