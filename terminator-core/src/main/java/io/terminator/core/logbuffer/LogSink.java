package io.terminator.core.logbuffer;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Where log lines end up. Called by the flusher's thread alone, except {@link #close}; may block, may fail. An exception's message
 * names the target, the cause, what is expected and the way out, for the operator.
 */
public interface LogSink extends AutoCloseable {
  /** Writes all of {@code lines}, whole lines; on failure as much as was taken is consumed. */
  void write(ByteBuffer lines) throws IOException;

  /**
   * Opens the target for the first time, or anew because a rotation moved it away. On failure what was open stays open, and
   * {@link #write} still uses it.
   */
  void reopen() throws IOException;

  @Override
  void close();
}
