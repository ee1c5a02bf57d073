package io.terminator.core.file;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Operations on the files of one directory, within the time of {@link BoundedFile}. While one of
 * them has not come back from the file system, further ones fail at once: they would wait too, and
 * could overtake it. Any thread that may wait, never a worker.
 */
public final class DirectoryOperations {
  private static final int MOST = 8;

  private final TimedOperations operations = new TimedOperations(BoundedFile.LONGEST, MOST, 1);

  /**
   * Returns the result of {@code operation}, which runs on another thread. Throws {@link
   * UnfitFileException} if a step takes more than ten seconds. Then the next call of {@code step}
   * throws {@link java.util.concurrent.CancellationException} in the operation, which undoes what
   * it has done: call it before and after a change that others can see.
   */
  public <T> T run(Path file, BoundedFile.Walk<T> operation) throws IOException {
    return operations.run(file, operation);
  }
}
