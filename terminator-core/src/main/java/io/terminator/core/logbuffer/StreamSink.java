package io.terminator.core.logbuffer;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Writes to the standard output or error of the process, bypassing Java's buffers. */
public final class StreamSink implements LogSink {
  private final FileChannel channel;
  private final String name;

  /** {@code stream} is {@link FileDescriptor#out} or {@link FileDescriptor#err}. */
  public StreamSink(FileDescriptor stream) {
    channel = new FileOutputStream(stream).getChannel();
    name = stream == FileDescriptor.err ? "standard error" : "standard output";
  }

  @Override
  public void write(ByteBuffer lines) throws IOException {
    try {
      while (lines.hasRemaining()) {
        channel.write(lines);
      }
    } catch (IOException failure) {
      throw new IOException(
          name
              + ": "
              + failure.getMessage()
              + ". Expected a reader; start the process with an output that is read, or change log.access",
          failure);
    }
  }

  @Override
  public void reopen() {
    // Standard output belongs to the parent process.
  }

  @Override
  public void close() {
    // Standard output stays open for the last messages of the process.
  }
}
