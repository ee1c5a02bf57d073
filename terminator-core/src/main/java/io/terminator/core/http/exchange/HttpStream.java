package io.terminator.core.http.exchange;

import io.terminator.core.frame.Scratch;
import io.terminator.core.http.message.Head;
import io.terminator.core.throttle.PauseReason;

/**
 * One exchange on one side of Terminator: an HTTP/1.1 connection while it carries the exchange, or
 * a stream of an HTTP/2 connection. Towards a client it receives the request and sends the
 * response; towards a server it sends the request and receives the response. What arrives is passed
 * to {@link HttpEvents}; what the peer does not accept at once waits in frames of the worker.
 *
 * <p>A {@code send} gets memory around the bytes that it sends: the {@link #HEADROOM} bytes before
 * {@code from} and the {@link #TAILROOM} bytes after {@code to} may be overwritten, so that the
 * head, the framing and the body leave in one write without a copy. {@code from == to} sends no
 * body bytes. Each {@code send} returns false if the peer can no longer be written to; then nothing
 * more is sent, but what the peer sent before can still arrive. Worker thread only.
 */
public interface HttpStream {
  /** Free bytes before the body bytes of an event or of a {@code send}. */
  int HEADROOM = 4096;

  /** Free bytes after them. */
  int TAILROOM = 64;

  /** Passes what arrives from now on to {@code receiver}. */
  void attach(HttpEvents receiver);

  /**
   * Sends {@code head} and the body bytes {@code bytes[from, to)}. {@code end}: the message is
   * complete. An interim response (1xx) has no body and does not end the message. {@code head}
   * stays the caller's and may have been changed by the stream (framing, fields of one connection).
   */
  boolean send(Head head, Scratch bytes, int from, int to, boolean end);

  /** Sends body bytes, after the head. */
  boolean send(Scratch bytes, int from, int to, boolean end);

  /**
   * Sends the fields after the body, which end the message. The memory is free around {@code at}.
   */
  boolean sendTrailers(Head trailers, Scratch bytes, int at);

  /**
   * The number of body bytes that can leave now or wait within the limits: the peer's window or the
   * space below the high-water mark. At zero, {@link HttpEvents#onRoom} follows.
   */
  long room();

  /** Does not read body bytes from the peer until {@link #resume} with the same reason. */
  void pause(PauseReason reason);

  /** May pass events to the receiver, but not within this call. */
  void resume(PauseReason reason);

  /**
   * The exchange has become a tunnel, by a 101 response or an extended CONNECT that was accepted:
   * what follows in both directions is passed on as it is, until either side ends it.
   */
  void toTunnel();

  /**
   * Ends the stream at once; the peer sees that the message is not complete. No event follows.
   * {@code why} is the cause in words, for the log.
   */
  void reset(ResetReason reason, String why);

  /**
   * The exchange no longer uses this stream. If both messages are complete, the connection can
   * carry the next exchange; otherwise the stream is reset. No event follows.
   */
  void release();

  /**
   * Whether the client asked for a tunnel by an extended CONNECT: every response with 2xx would
   * accept it (RFC 8441 section 5), so the 200 of a server that ignored the upgrade must not reach
   * it.
   */
  default boolean isExtendedConnect() {
    return false;
  }

  /** {@code HTTP/1.0}, {@code HTTP/1.1} or {@code HTTP/2}, for the log. */
  String version();
}
