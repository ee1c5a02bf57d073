package io.terminator.core.file;

import io.terminator.core.file.UnfitFileException.Fault;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Files that the appliance appends to. Such a file is a regular file, a character device such as
 * {@code /dev/null}, or an open descriptor such as {@code /dev/stdout}. A FIFO waits for its reader
 * when it is opened, and again whenever the reader pauses. Blocks; never on a worker.
 */
public final class AppendFile {
  /** What {@link #problem} accepts, for messages. */
  public static final String EXPECTED = "a regular file or a character device";

  private static final int TYPE = 0170000;
  private static final int CHARACTER_DEVICE = 0020000;
  private static final int FIFO = 0010000;
  private static final int SOCKET = 0140000;
  private static final int BLOCK_DEVICE = 0060000;

  private static final Pattern DESCRIPTORS = Pattern.compile("/proc/[0-9]+(/task/[0-9]+)?/fd");
  private static final int MOST_HOPS = 40;

  private AppendFile() {}

  /**
   * Opens {@code file}. Throws {@link UnfitFileException} if {@link #problem} finds one, or after
   * ten seconds; other exceptions as {@link FileChannel#open}.
   */
  public static FileChannel open(Path file, OpenOption... options) throws IOException {
    return BoundedFile.walk(
        file,
        step -> {
          String problem = problem(file);
          if (problem != null) {
            throw new UnfitFileException(file, Fault.NOT_REGULAR, problem);
          }
          return FileChannel.open(file, options);
        });
  }

  /**
   * The reason why nothing must be appended to {@code file}, as a predicate without the file's
   * name; null if there is none, or if the file does not exist.
   */
  public static @Nullable String problem(Path file) {
    int mode;
    try {
      mode = (Integer) Files.getAttribute(file, "unix:mode");
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException unknown) {
      return null;
    }
    return switch (mode & TYPE) {
      case FIFO -> isDescriptor(file) ? null : "is a FIFO";
      case SOCKET -> isDescriptor(file) ? null : "is a socket";
      case BLOCK_DEVICE -> "is a block device";
      case CHARACTER_DEVICE -> null;
      default -> Files.isDirectory(file) ? "is a directory" : null;
    };
  }

  /** Whether the links of {@code file} end at a descriptor that a process has already opened. */
  private static boolean isDescriptor(Path file) {
    try {
      Path at = file.toAbsolutePath();
      for (int i = 0; i < MOST_HOPS; i++) {
        Path parent = at.getParent();
        if (parent == null) {
          return false;
        }
        Path home = parent.toRealPath();
        if (DESCRIPTORS.matcher(home.toString()).matches()) {
          return true;
        }
        Path entry = home.resolve(at.getFileName());
        if (!Files.isSymbolicLink(entry)) {
          return false;
        }
        at = home.resolve(Files.readSymbolicLink(entry)).normalize();
      }
      return false;
    } catch (IOException unreadable) {
      return false;
    }
  }
}
