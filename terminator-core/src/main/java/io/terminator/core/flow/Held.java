package io.terminator.core.flow;

import io.terminator.core.chain.Opening;
import org.jspecify.annotations.Nullable;

/**
 * The resources of the current phase besides the streams, released if the connection ends before
 * the phase does. Worker thread only.
 */
public interface Held {
  Held NOTHING = () -> {};

  void release();

  /**
   * The client is about to be ended in order: the last bytes of a protocol can be written. No
   * memory is leased.
   */
  default void conclude() {}

  /**
   * The client is to leave. Returns true if the protocol announces that first and ends the
   * connection afterwards, so that no message that is on its way is lost.
   */
  default boolean drain() {
    return false;
  }

  /** Bytes in frames of the worker, besides the output of the streams. */
  default long bytes() {
    return 0;
  }

  /** The client's opening message, to explain why the phase failed; null if it is not known. */
  default @Nullable Opening opening() {
    return null;
  }

  /** Advice for the operator if the phase failed; empty if there is none. */
  default String fix() {
    return "";
  }
}
