package io.terminator.tls.certificate.reader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Detects that a file has changed without reading it. For a symbolic link, the stamp is that of the
 * target; 0 if there is no file.
 */
public record FileStamp(long value, boolean isLink) {

  public static FileStamp of(Path file) {
    try {
      BasicFileAttributes own =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return of(file, own);
    } catch (IOException e) {
      return new FileStamp(0, false);
    }
  }

  /** {@code own} are the attributes of the file or, for a link, of the link itself. */
  public static FileStamp of(Path file, BasicFileAttributes own) {
    if (!own.isSymbolicLink()) {
      return new FileStamp(value(own), false);
    }
    try {
      return new FileStamp(value(Files.readAttributes(file, BasicFileAttributes.class)), true);
    } catch (IOException e) {
      return new FileStamp(0, true);
    }
  }

  private static long value(BasicFileAttributes attributes) {
    long stamp = attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
    stamp = stamp * 31 + attributes.size();
    return stamp * 31 + Objects.hashCode(attributes.fileKey());
  }

  /** Combines the stamps of both files. */
  public FileStamp and(FileStamp other) {
    return new FileStamp(value * 31 + other.value, isLink || other.isLink);
  }
}
