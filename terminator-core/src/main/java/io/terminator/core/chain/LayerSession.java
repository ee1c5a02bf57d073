package io.terminator.core.chain;

import io.terminator.core.phase.Blame;
import io.terminator.core.phase.CloseReason;
import org.jspecify.annotations.Nullable;

/** The handshake with one client while it is in progress. Worker thread only. */
public interface LayerSession {

  /** The result of a step. */
  enum Step {
    /** More input must arrive, or output must leave, before the next step. */
    WAIT,
    /** A task runs on another thread, and a wake follows. Nothing is read until then. */
    AWAY,
    /** {@link #stream} is ready. Its owner, not the session, now has to release it. */
    SECURED,
    /**
     * {@link #reason} and {@link #failure} give the cause. If the protocol requires an alert, it
     * has been written.
     */
    FAILED
  }

  /**
   * Reads and answers the available input without waiting. Called when the socket is readable or
   * writable, or after a wake.
   */
  Step advance();

  /**
   * True once the client's opening message is complete. Its deadline is shorter than that of the
   * whole handshake.
   */
  boolean isHelloComplete();

  /**
   * The client's opening message once it is complete. Null before that, and for a layer that reads
   * nothing first.
   */
  default @Nullable Opening opening() {
    return null;
  }

  /** The outermost stream. Valid only after SECURED. */
  ByteStream stream();

  /** Valid only after SECURED. */
  Protection protection();

  /** Valid only after FAILED. */
  CloseReason reason();

  /** The cause as text, for the log. Valid only after FAILED. */
  String failure();

  /** Advice for the operator; empty if there is none. Valid only after FAILED. */
  default String fix() {
    return "";
  }

  /** The cause as a label from a closed set, for the metric. Valid only after FAILED. */
  String failureLabel();

  /** The party that can remove the cause. Valid only after FAILED. */
  default Blame blame() {
    return reason().blame();
  }

  /**
   * Frees the memory held outside the heap. Called exactly once, unless the stream took the memory
   * over.
   */
  void release();
}
