package io.terminator.core.logbuffer;

import io.terminator.core.file.AppendFile;
import io.terminator.core.file.FileFailure;
import io.terminator.core.file.UnfitFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Appends to a file. After {@link #reopen}, appends to the file that then has the configured name.
 */
public final class FileSink implements LogSink {
  private final Path path;
  private volatile @Nullable FileChannel channel;

  public FileSink(Path path) {
    this.path = path;
  }

  @Override
  public void write(ByteBuffer lines) throws IOException {
    FileChannel file = channel;
    if (file == null || !file.isOpen()) {
      file = open();
      channel = file;
    }
    try {
      while (lines.hasRemaining()) {
        file.write(lines);
      }
    } catch (IOException failure) {
      throw new IOException(
          path
              + ": "
              + cause(failure)
              + ". Expected a file that takes more; free its file system or change log.access",
          failure);
    }
  }

  @Override
  public void reopen() throws IOException {
    FileChannel fresh = open();
    FileChannel old = channel;
    channel = fresh;
    close(old);
  }

  private FileChannel open() throws IOException {
    try {
      return AppendFile.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (UnfitFileException unfit) {
      throw new IOException(
          path
              + ": "
              + unfit.getReason()
              + ". Expected "
              + AppendFile.EXPECTED
              + "; remove what is there, or change log.access",
          unfit);
    } catch (IOException failure) {
      throw new IOException(
          path
              + ": "
              + cause(failure)
              + ". Expected a file that this user may create and write; correct its directory and permissions, or change"
              + " log.access",
          failure);
    }
  }

  private static String cause(IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return "no such directory";
    }
    return FileFailure.words(failure);
  }

  @Override
  public void close() {
    FileChannel file = channel;
    channel = null;
    close(file);
  }

  private static void close(@Nullable FileChannel file) {
    if (file != null) {
      try {
        file.close();
      } catch (IOException lost) {
        // Nothing is buffered here: every write has gone to the kernel.
      }
    }
  }
}
