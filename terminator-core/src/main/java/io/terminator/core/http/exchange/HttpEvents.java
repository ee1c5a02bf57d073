package io.terminator.core.http.exchange;

import io.terminator.core.frame.Scratch;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.Refusal;

/**
 * What arrives on a stream. {@code bytes} is the worker's leased plain scratch; the receiver takes
 * the bytes within the call and may overwrite {@link HttpStream#HEADROOM} bytes before {@code from}
 * and {@link HttpStream#TAILROOM} bytes after {@code to}. It must not lease the plain scratch
 * within these calls. Worker thread only.
 */
public interface HttpEvents {
  /**
   * A head, with the body bytes that arrived with it. {@code head} now belongs to the receiver,
   * which gives it back to {@link io.terminator.core.http.message.Heads}. {@code end}: the message
   * is complete. A response may be preceded by interim ones.
   */
  void onHead(HttpStream stream, Head head, Scratch bytes, int from, int to, boolean end);

  /** Body bytes. */
  void onData(HttpStream stream, Scratch bytes, int from, int to, boolean end);

  /**
   * The fields after the body; the message is complete. {@code trailers} now belongs to the
   * receiver.
   */
  void onTrailers(HttpStream stream, Head trailers, Scratch bytes, int at);

  /**
   * The peer's message is refused and read no further. A client can still be answered; then the
   * stream is released. No memory is leased. No event follows.
   */
  void onRefused(HttpStream stream, Refusal why);

  /**
   * The stream has ended and the peer's message is not complete. No memory is leased. No event
   * follows.
   */
  void onReset(HttpStream stream, ResetReason why, String detail);

  /** {@link HttpStream#room} is positive again. No memory is leased. */
  void onRoom(HttpStream stream);

  /** Bytes of the stream that the receiver keeps in frames of the worker. */
  default long keptBytes() {
    return 0;
  }

  /**
   * The number of body bytes that the receiver can pass on now. The stream reads about as much, and
   * at zero nothing, until {@link HttpStream#resume}.
   */
  long accepts(HttpStream stream);
}
