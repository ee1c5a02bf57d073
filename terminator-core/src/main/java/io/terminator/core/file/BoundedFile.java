package io.terminator.core.file;

import io.terminator.core.file.UnfitFileException.Fault;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Arrays;

/**
 * Reads whole files within three bounds: a regular file at the end of its links, a size, and a time. Whoever names a FIFO, a
 * device without end or a file of a server that does not answer gets an error, and the caller its thread back. Any thread
 * that may wait, never a worker.
 */
public final class BoundedFile {
  /** Certificates, keys and tokens: a chain of twenty RSA-4096 certificates has 40 KiB. */
  public static final int SMALL = 1 << 20;

  /** Lists: of issuers, revocations and addresses. */
  public static final int LARGE = 64 << 20;

  /** Enough for {@link #LARGE} from a slow network file system; an operator waits so long for an answer. */
  private static final Duration LONGEST = Duration.ofSeconds(10);

  /** Reads that have not come back keep their thread: so many, and then nothing is read until one does. */
  private static final int MOST_READS = 32;

  /** Of the process, as the threads that a stuck file system holds are. */
  private static final TimedReads READS = new TimedReads(LONGEST, MOST_READS);

  private BoundedFile() {}

  /**
   * The content, at most {@code most} bytes of it: {@link UnfitFileException} where the file is not regular, larger, or
   * slower than ten seconds; other exceptions as {@link Files#newInputStream} has them.
   */
  public static byte[] read(Path file, int most) throws IOException {
    return READS.run(file, () -> content(file, most));
  }

  private static byte[] content(Path file, int most) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    // Before it is opened: to open a FIFO waits for whoever writes to it.
    if (!attributes.isRegularFile()) {
      throw new UnfitFileException(
          file,
          Fault.NOT_REGULAR,
          attributes.isDirectory() ? "is a directory" : "is not a regular file");
    }
    if (attributes.size() > most) {
      throw new UnfitFileException(
          file, Fault.TOO_LARGE, "has " + attributes.size() + " bytes, more than " + size(most));
    }
    try (FileInputStream in = new FileInputStream(file.toFile())) {
      // One byte more tells a file that grew, or whose size is a fiction, as those of /proc are.
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
      // This stream says so for every reason; the channel tells them apart.
      Files.newByteChannel(file).close();
      throw unopened;
    }
  }

  private static String size(int bytes) {
    if (bytes % (1 << 20) == 0) {
      return (bytes >> 20) + " MiB";
    }
    return bytes % 1024 == 0 ? bytes / 1024 + " KiB" : bytes + " bytes";
  }
}
