package io.terminator.core.file;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * The words for a failure of a file operation. Messages of java.nio often consist of the path
 * alone, and the names of its classes are not for operators. Any thread.
 */
public final class FileFailure {
  private FileFailure() {}

  /** The cause without the path, such as "permission denied". */
  public static String words(Exception failure) {
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (failure instanceof NoSuchFileException) {
      return "it does not exist";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return "it exists already";
    }
    if (failure instanceof NotDirectoryException) {
      return "it is not a directory";
    }
    String reason =
        failure instanceof FileSystemException named ? named.getReason() : failure.getMessage();
    return reason == null ? "an input or output error" : reason;
  }
}
