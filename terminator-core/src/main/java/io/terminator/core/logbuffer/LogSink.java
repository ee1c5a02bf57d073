package io.terminator.core.logbuffer;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The destination of log lines. Called only by the flusher's thread, except {@link #close}; may
 * block and may fail. An exception's message names the target, the cause, the expectation and the
 * way out, for the operator.
 */
public interface LogSink extends AutoCloseable {
  /**
   * Writes {@code lines}, which holds whole lines. On failure, only the bytes written are consumed.
   */
  void write(ByteBuffer lines) throws IOException;

  /**
   * Opens the target for the first time, or again after a rotation moved it. On failure the
   * previous target stays open, and {@link #write} still uses it.
   */
  void reopen() throws IOException;

  @Override
  void close();
}
