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
  PREFACE(PROTOCOL_ERROR, true),
  FRAME_SIZE(FRAME_SIZE_ERROR, true),
  STREAM_ID(PROTOCOL_ERROR, true),
  IDLE_STREAM(PROTOCOL_ERROR, true),
  HEADERS_AFTER_END(STREAM_CLOSED, true),
  CONTINUATION(PROTOCOL_ERROR, true),
  PADDING(PROTOCOL_ERROR, true),
  PUSH(PROTOCOL_ERROR, true),
  SETTINGS_VALUE(PROTOCOL_ERROR, true),
  SETTINGS_WINDOW(FLOW_CONTROL_ERROR, true),
  WINDOW_INCREMENT(PROTOCOL_ERROR, true),
  WINDOW_OVERFLOW(FLOW_CONTROL_ERROR, true),
  WINDOW_EXCEEDED(FLOW_CONTROL_ERROR, true),
  HPACK(COMPRESSION_ERROR, true),

  // Connection: floods.
  RESET_FLOOD(ENHANCE_YOUR_CALM, true),
  PROVOKED_RESET_FLOOD(ENHANCE_YOUR_CALM, true),
  CONTINUATION_FLOOD(ENHANCE_YOUR_CALM, true),
  SETTINGS_FLOOD(ENHANCE_YOUR_CALM, true),
  PING_FLOOD(ENHANCE_YOUR_CALM, true),
  EMPTY_FRAME_FLOOD(ENHANCE_YOUR_CALM, true),
  FRAME_FLOOD(ENHANCE_YOUR_CALM, true),
  HEADER_BLOCK_SIZE(ENHANCE_YOUR_CALM, true),
  SLOW_FRAME(ENHANCE_YOUR_CALM, true),
  STALLED_CONNECTION(ENHANCE_YOUR_CALM, true),

  // Stream: states and limits.
  CLOSED_STREAM(STREAM_CLOSED, false),
  STREAM_LIMIT(REFUSED_STREAM, false),
  SELF_DEPENDENCY(PROTOCOL_ERROR, false),
  PRIORITY_SIZE(FRAME_SIZE_ERROR, false),
  STREAM_WINDOW_INCREMENT(PROTOCOL_ERROR, false),
  STREAM_WINDOW_OVERFLOW(FLOW_CONTROL_ERROR, false),
  STREAM_WINDOW_EXCEEDED(FLOW_CONTROL_ERROR, false),
  STALLED_STREAM(ErrorCode.CANCEL, false),
  HEAD_SIZE(ENHANCE_YOUR_CALM, false),

  // Stream: a head or a body that has more than one meaning, or none.
  PSEUDO_TWICE(PROTOCOL_ERROR, false),
  PSEUDO_LATE(PROTOCOL_ERROR, false),
  PSEUDO_MISSING(PROTOCOL_ERROR, false),
  PSEUDO_UNKNOWN(PROTOCOL_ERROR, false),
  PSEUDO_IN_TRAILERS(PROTOCOL_ERROR, false),
  METHOD(PROTOCOL_ERROR, false),
  PATH(PROTOCOL_ERROR, false),
  SCHEME(PROTOCOL_ERROR, false),
  AUTHORITY(PROTOCOL_ERROR, false),
  STATUS(PROTOCOL_ERROR, false),
  FIELD_NAME(PROTOCOL_ERROR, false),
  FIELD_VALUE(PROTOCOL_ERROR, false),
  CONNECTION_FIELD(PROTOCOL_ERROR, false),
  TE(PROTOCOL_ERROR, false),
  CONTENT_LENGTH(PROTOCOL_ERROR, false),
  BODY_LENGTH(PROTOCOL_ERROR, false),
  TRAILERS_WITHOUT_END(PROTOCOL_ERROR, false);

  private final ErrorCode code;
  private final boolean fatal;
  private final String label = name().toLowerCase(Locale.ROOT);

  Violation(ErrorCode code, boolean fatal) {
    this.code = code;
    this.fatal = fatal;
  }

  ErrorCode code() {
    return code;
  }

  /** Ends the connection and not only a stream. */
  boolean isFatal() {
    return fatal;
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
