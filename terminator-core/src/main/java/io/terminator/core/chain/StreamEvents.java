package io.terminator.core.chain;

/** Events that a socket reports to the phase that owns it. Worker thread. */
public interface StreamEvents {
  /**
   * There may be something to read: bytes, an end or an error. Not called while reading is paused.
   */
  void onReadable();

  /** Frames were written, or a connect completed: there is room again. */
  void onWritable();

  /**
   * The peer is gone while reading is paused: waiting output is lost, but the input sent before can
   * still be read.
   */
  void onHangUp();

  /** The phase threw an exception; the connection has to be closed as {@code internal}. */
  void onFault(Throwable fault);
}
