package io.terminator.core.chain;

import io.terminator.core.phase.Blame;
import io.terminator.core.phase.CloseReason;
import org.jspecify.annotations.Nullable;

/** One client's handshake under way. Worker thread only. */
public interface LayerSession {

  /** What a step led to. */
  enum Step {
    /** More must arrive, or leave, first. */
    WAIT,
    /** Something runs on another thread, and a wake follows; nothing is read until then. */
    AWAY,
    /** {@link #stream} is ready; its owner releases it from now on, not the session. */
    SECURED,
    /** {@link #reason} and {@link #failure} say why; an alert, where one is due, is on its way. */
    FAILED
  }

  /** Reads and answers what there is, never waits. Called when the socket is readable or writable, or after a wake. */
  Step advance();

  /** True once all of what the client opens with has arrived; it has less time for that than for the whole. */
  boolean isHelloComplete();

  /** What the client opened with, once it is complete; null before that, and where the layer reads nothing first. */
  default @Nullable Opening opening() {
    return null;
  }

  /** The outermost stream; only after SECURED. */
  ByteStream stream();

  /** Only after SECURED. */
  Protection protection();

  /** Only after FAILED. */
  CloseReason reason();

  /** The cause in words, for the log; only after FAILED. */
  String failure();

  /** What to change, for the operator; empty where nothing is known. Only after FAILED. */
  default String fix() {
    return "";
  }

  /** The cause as one of a closed set, for the metric; only after FAILED. */
  String failureLabel();

  /** Who can remove the cause; only after FAILED. */
  default Blame blame() {
    return reason().blame();
  }

  /** Frees what is held outside the heap; exactly once, unless the stream took it over. */
  void release();
}
