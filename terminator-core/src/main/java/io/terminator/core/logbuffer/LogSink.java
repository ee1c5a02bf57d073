package io.terminator.core.logbuffer;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where log lines end up. Called by the flusher's thread alone, except {@link #requestReopen}; may block, may fail. */
public interface LogSink extends AutoCloseable {
  /** Writes all of {@code lines}, whole lines; on failure as much as was taken is consumed. */
  void write(ByteBuffer lines) throws IOException;

  /** The file was moved away: open it anew before the next write. Any thread. */
  void requestReopen();

  @Override
  void close();
}
