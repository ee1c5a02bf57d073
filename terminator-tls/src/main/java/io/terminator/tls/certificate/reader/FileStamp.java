package io.terminator.tls.certificate.reader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What tells that a file was changed without reading it. Of a symbolic link it is of what it leads
 * to; 0 where there is nothing.
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

  /** {@code own} are the attributes of the file or, where it is a link, of the link. */
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

  /** Of both files together. */
  public FileStamp and(FileStamp other) {
    return new FileStamp(value * 31 + other.value, isLink || other.isLink);
  }
}
