package io.terminator.admin.acme;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The right to order certificates, held by one of the processes that share a state directory: a
 * lock on a file. The kernel releases it when its process ends, however it ends, so no clock and no
 * timeout is involved. One thread.
 */
final class LeaderLease implements AutoCloseable {
  private final Path file;
  private @Nullable FileChannel channel;
  private @Nullable FileLock lock;

  LeaderLease(Path file) {
    this.file = file;
  }

  /**
   * Whether this process holds the lease; tries to get it if not. The exception says that the file
   * system has no locks or the file cannot be written.
   */
  boolean tryHold() throws IOException {
    FileLock held = lock;
    if (held != null && held.isValid()) {
      return true;
    }
    FileChannel open = channel;
    if (open == null) {
      open =
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      // Kept open: closing any descriptor of a file releases every lock of the process on it.
      channel = open;
    }
    try {
      lock = open.tryLock();
    } catch (OverlappingFileLockException inThisProcess) {
      lock = null;
    }
    return lock != null;
  }

  @Override
  public void close() throws IOException {
    FileChannel open = channel;
    channel = null;
    lock = null;
    if (open != null) {
      open.close();
    }
  }
}
