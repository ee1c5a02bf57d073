package io.terminator.core.chain;

/** What a socket tells the phase that holds it. Worker thread. */
public interface StreamEvents {
  /** There may be something to read: bytes, an end or an error. Not called while reading is paused. */
  void onReadable();

  /** Frames left, or a connect was answered: there is room again. */
  void onWritable();

  /** The peer is gone while nobody reads: waiting output is lost; what it sent before can still be read. */
  void onHangUp();

  /** The phase threw; the connection has to be closed as {@code internal}. */
  void onFault(Throwable fault);
}
