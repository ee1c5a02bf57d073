package io.terminator.core.logbuffer;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Writes to the process's standard output or error, past any buffer of Java's. */
public final class StreamSink implements LogSink {
  private final FileChannel channel;

  /** {@code stream} is {@link FileDescriptor#out} or {@link FileDescriptor#err}. */
  public StreamSink(FileDescriptor stream) {
    channel = new FileOutputStream(stream).getChannel();
  }

  @Override
  public void write(ByteBuffer lines) throws IOException {
    while (lines.hasRemaining()) {
      channel.write(lines);
    }
  }

  @Override
  public void requestReopen() {
    // Standard output is whoever started us's to move.
  }

  @Override
  public void close() {
    // Standard output stays open for the process's last words.
  }
}
