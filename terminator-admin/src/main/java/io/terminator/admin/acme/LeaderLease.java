package io.terminator.admin.acme;

import io.terminator.core.file.DirectoryOperations;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The right to order certificates, held by one of the processes that share a state directory: a
 * lock on a file. The kernel releases it when its process ends, however it ends, so no clock and no
 * timeout is involved. One thread.
 */
final class LeaderLease implements AutoCloseable {
  private final Path file;
  private final DirectoryOperations operations = new DirectoryOperations();
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
    FileChannel known = channel;
    // Until it comes back, the channel belongs to the operation.
    channel = null;
    Claim claim = operations.run(file, step -> claim(known, step));
    channel = claim.channel();
    lock = claim.lock();
    return lock != null;
  }

  private record Claim(FileChannel channel, @Nullable FileLock lock) {}

  /** A channel is kept open: closing any releases every lock of the process on the file. */
  private Claim claim(@Nullable FileChannel known, Runnable step) throws IOException {
    FileChannel open =
        known != null
            ? known
            : FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      step.run();
      FileLock locked = lock(open);
      step.run();
      return new Claim(open, locked);
    } catch (IOException | CancellationException failure) {
      open.close();
      throw failure;
    }
  }

  private static @Nullable FileLock lock(FileChannel open) throws IOException {
    try {
      return open.tryLock();
    } catch (OverlappingFileLockException inThisProcess) {
      return null;
    }
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
