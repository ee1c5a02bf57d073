package io.terminator.core.file;

import io.terminator.core.file.UnfitFileException.Fault;
import io.terminator.core.setting.Quantity;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads whole files within three limits: the path must resolve to a regular file, and size and time
 * are limited. Lists directories within the same time. A path that names a FIFO, an endless device
 * or a file on a server that does not answer causes an error and does not block the caller beyond
 * the time limit. Any thread that may wait, never a worker.
 */
public final class BoundedFile {
  /** For certificates, keys and tokens: a chain of twenty RSA-4096 certificates has 40 KiB. */
  public static final int SMALL = 1 << 20;

  /** For lists of issuers, revocations and addresses. */
  public static final int LARGE = 64 << 20;

  /**
   * Bytes of heap for each byte of a large file while it is parsed: addresses and certificates need
   * 12 to 18. An OutOfMemoryError would end the process.
   */
  public static final int HEAP_PER_BYTE = 20;

  /**
   * Enough to read {@link #LARGE} from a slow network file system, and a tolerable wait for an
   * operator.
   */
  static final Duration LONGEST = Duration.ofSeconds(10);

  /**
   * A read that does not return keeps its thread. At this number of such reads, nothing is read
   * until one of them returns.
   */
  private static final int MOST_READS = 32;

  private static final Duration COLLECT_AGAIN = Duration.ofMinutes(10);

  private static final AtomicLong collected = new AtomicLong();

  /** One per process, as are the threads blocked by a stuck file system. */
  private static final TimedOperations READS = new TimedOperations(LONGEST, MOST_READS, MOST_READS);

  private BoundedFile() {}

  /**
   * Returns the content, at most {@code most} bytes. Throws {@link UnfitFileException} if the file
   * is a dangling link, is not a regular file, is larger, is larger than the free heap allows, or
   * takes more than ten seconds to read; other exceptions as {@link Files#newInputStream}.
   */
  public static byte[] read(Path file, int most) throws IOException {
    return read(file, most, HEAP_PER_BYTE);
  }

  /** As {@link #read(Path, int)}, for content that takes {@code heapPerByte} bytes a byte. */
  public static byte[] read(Path file, int most, int heapPerByte) throws IOException {
    return READS.run(file, step -> content(file, most, heapPerByte));
  }

  /** A walk over a directory, an open, or a question about a file, of which each step is short. */
  public interface Walk<T> {
    /**
     * Calls {@code step} after each step; it throws {@link
     * java.util.concurrent.CancellationException} once the caller has stopped waiting. Must not
     * change what the caller can see.
     */
    T run(Runnable step) throws IOException;
  }

  /**
   * Returns the result of {@code walk}, which runs on another thread. Throws {@link
   * UnfitFileException} if a step takes more than ten seconds; the walk is then abandoned.
   */
  public static <T> T walk(Path path, Walk<T> walk) throws IOException {
    return READS.run(path, walk);
  }

  /**
   * The entries of {@code directory}; part of a {@link Walk}. Throws {@link NotDirectoryException}
   * for anything else without opening it: the JDK's own would wait for a writer of a FIFO.
   */
  public static DirectoryStream<Path> entries(Path directory) throws IOException {
    if (!Files.readAttributes(directory, BasicFileAttributes.class).isDirectory()) {
      throw new NotDirectoryException(directory.toString());
    }
    return Files.newDirectoryStream(directory);
  }

  private static byte[] content(Path file, int most, int heapPerByte) throws IOException {
    BasicFileAttributes attributes = attributes(file);
    // Checked before opening: opening a FIFO waits for a writer.
    if (!attributes.isRegularFile()) {
      throw new UnfitFileException(
          file,
          Fault.NOT_REGULAR,
          attributes.isDirectory() ? "is a directory" : "is not a regular file");
    }
    if (attributes.size() > most) {
      throw new UnfitFileException(
          file,
          Fault.TOO_LARGE,
          "has " + Quantity.of(attributes.size(), "byte") + ", more than " + size(most));
    }
    checkHeap(file, attributes.size() * heapPerByte, attributes.size());
    try (FileInputStream in = new FileInputStream(file.toFile())) {
      // One byte more detects a file that grew, or whose reported size is not the real one, as in
      // /proc.
      int expected = (int) attributes.size() + 1;
      byte[] content = in.readNBytes(expected);
      if (content.length < expected) {
        return content;
      }
      byte[] more = in.readNBytes(most + 1 - content.length);
      if (content.length + more.length > most) {
        throw new UnfitFileException(file, Fault.TOO_LARGE, "has more than " + size(most));
      }
      byte[] whole = Arrays.copyOf(content, content.length + more.length);
      System.arraycopy(more, 0, whole, content.length, more.length);
      return whole;
    } catch (FileNotFoundException unopened) {
      // This stream gives the same message for every reason; the channel distinguishes them.
      Files.newByteChannel(file).close();
      throw unopened;
    }
  }

  private static void checkHeap(Path file, long needed, long size) throws UnfitFileException {
    if (size <= SMALL || needed <= freeHeap()) {
      return;
    }
    // Garbage counts as used until it is collected. A file that is too large is looked at again and
    // again, and each collection is a pause.
    long now = System.nanoTime();
    long last = collected.get();
    if ((last == 0 || now - last > COLLECT_AGAIN.toNanos()) && collected.compareAndSet(last, now)) {
      System.gc();
    }
    if (needed > freeHeap()) {
      throw new UnfitFileException(
          file,
          Fault.TOO_LARGE,
          "has "
              + (size >> 20)
              + " MiB, which may take "
              + (needed >> 20)
              + " MiB of heap, more than is free. Give the process more memory, or make the file"
              + " smaller");
    }
  }

  private static long freeHeap() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class);
    } catch (NoSuchFileException missing) {
      String dangling = dangling(file);
      if (dangling != null) {
        throw new UnfitFileException(file, Fault.DANGLING, dangling);
      }
      throw missing;
    }
  }

  /**
   * The reason why {@code file} does not exist, as a predicate, if a symbolic link is the reason;
   * null if none is. Without a time limit.
   */
  public static @Nullable String dangling(Path file) {
    for (Path at = file.toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at)) {
        return null;
      }
      if (Files.isSymbolicLink(at)) {
        return at.equals(file.toAbsolutePath())
            ? "is a symbolic link to nothing that exists"
            : "is below \"" + at + "\", which is a symbolic link to nothing that exists";
      }
    }
    return null;
  }

  private static String size(int bytes) {
    if (bytes % (1 << 20) == 0) {
      return (bytes >> 20) + " MiB";
    }
    return bytes % 1024 == 0 ? bytes / 1024 + " KiB" : bytes + " bytes";
  }
}
