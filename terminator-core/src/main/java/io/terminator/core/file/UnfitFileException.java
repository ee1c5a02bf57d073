package io.terminator.core.file;

import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * The file must not or cannot be read. {@link #getReason} gives the reason without the file's name
 * or content.
 */
public final class UnfitFileException extends FileSystemException {
  private static final long serialVersionUID = 1L;

  private final Fault fault;

  /** The reason why a file must not be read. */
  public enum Fault {
    /** A symbolic link, or a file below one, whose target does not exist. */
    DANGLING,
    /** A directory, a device, a FIFO or a socket. */
    NOT_REGULAR,
    TOO_LARGE,
    TOO_SLOW
  }

  UnfitFileException(Path file, Fault fault, String reason) {
    super(file.toString(), null, reason);
    this.fault = fault;
  }

  public Fault fault() {
    return fault;
  }
}
