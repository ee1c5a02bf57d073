package io.terminator.core.logbuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Appends to a file; after {@link #requestReopen} to the file that has its name then. */
public final class FileSink implements LogSink {
  private final Path path;
  private volatile boolean reopen;
  private @Nullable FileChannel channel;

  public FileSink(Path path) {
    this.path = path;
  }

  @Override
  public void write(ByteBuffer lines) throws IOException {
    FileChannel file = channel;
    if (reopen || file == null || !file.isOpen()) {
      reopen = false;
      FileChannel fresh =
          FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      close();
      channel = fresh;
      file = fresh;
    }
    while (lines.hasRemaining()) {
      file.write(lines);
    }
  }

  @Override
  public void requestReopen() {
    reopen = true;
  }

  @Override
  public void close() {
    FileChannel file = channel;
    channel = null;
    if (file != null) {
      try {
        file.close();
      } catch (IOException lost) {
        // Nothing is buffered here: every write has gone to the kernel.
      }
    }
  }
}
