package io.terminator.admin.exchange;

import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.TooLongHttpLineException;

/** Why the codec could not decode a request, with the status of the answer. */
public enum Undecodable {
  LINE_TOO_LONG(HttpResponseStatus.REQUEST_URI_TOO_LONG),
  HEADERS_TOO_LARGE(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
  INVALID(HttpResponseStatus.BAD_REQUEST);

  private final HttpResponseStatus status;

  Undecodable(HttpResponseStatus status) {
    this.status = status;
  }

  /** The cause of {@code failed}, which is a failure. */
  public static Undecodable of(DecoderResult failed) {
    if (failed.cause() instanceof TooLongHttpLineException) {
      return LINE_TOO_LONG;
    }
    return failed.cause() instanceof TooLongFrameException ? HEADERS_TOO_LARGE : INVALID;
  }

  public HttpResponseStatus status() {
    return status;
  }
}
