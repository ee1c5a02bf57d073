package io.terminator.core.http.exchange;

import io.terminator.core.frame.Scratch;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.Heads;
import io.terminator.core.http.message.Refusal;

/** Receives the events of a stream that no exchange uses, and discards what arrives. */
public final class Nobody implements HttpEvents {
  private final Heads heads;

  public Nobody(Heads heads) {
    this.heads = heads;
  }

  @Override
  public void onHead(HttpStream stream, Head head, Scratch bytes, int from, int to, boolean end) {
    heads.release(head);
  }

  @Override
  public void onData(HttpStream stream, Scratch bytes, int from, int to, boolean end) {
    // The rest of a message whose exchange is over.
  }

  @Override
  public void onTrailers(HttpStream stream, Head trailers, Scratch bytes, int at) {
    heads.release(trailers);
  }

  @Override
  public void onRefused(HttpStream stream, Refusal why) {
    // The stream ends itself.
  }

  @Override
  public void onReset(HttpStream stream, ResetReason why, String detail) {
    // There is no exchange to end.
  }

  @Override
  public void onRoom(HttpStream stream) {
    // Nothing waits to be sent.
  }

  @Override
  public long accepts(HttpStream stream) {
    return Long.MAX_VALUE;
  }
}
