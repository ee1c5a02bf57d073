package io.terminator.admin.exchange;

import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.TooLongHttpLineException;

/** Why the codec could not decode a request, with the status of the answer. */
public enum Undecodable {
  LINE_TOO_LONG(HttpResponseStatus.REQUEST_URI_TOO_LONG),
  HEADERS_TOO_LARGE(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
  LINE_INVALID(HttpResponseStatus.BAD_REQUEST),
  HEADERS_INVALID(HttpResponseStatus.BAD_REQUEST);

  private final HttpResponseStatus status;

  Undecodable(HttpResponseStatus status) {
    this.status = status;
  }

  /** The cause of {@code failed}, whose result is a failure. */
  public static Undecodable of(HttpObject failed) {
    Throwable cause = failed.decoderResult().cause();
    if (cause instanceof TooLongHttpLineException) {
      return LINE_TOO_LONG;
    }
    if (cause instanceof TooLongFrameException) {
      return HEADERS_TOO_LARGE;
    }
    // The codec makes up a whole request in place of one whose line it could not read.
    return failed instanceof FullHttpRequest ? LINE_INVALID : HEADERS_INVALID;
  }

  public HttpResponseStatus status() {
    return status;
  }
}
