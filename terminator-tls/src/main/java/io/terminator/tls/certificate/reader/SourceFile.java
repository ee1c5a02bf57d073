package io.terminator.tls.certificate.reader;

import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads one small file of the operator's, whatever is wrong with it. */
public final class SourceFile {
  /** A chain of twenty RSA-4096 certificates has 40 KiB. */
  static final int MOST_BYTES = 1 << 20;

  private SourceFile() {}

  public static byte @Nullable [] read(Path file, Findings findings) {
    return read(file, false, findings);
  }

  /** Warns as well where any user of the machine may read it. */
  public static byte @Nullable [] readSecret(Path file, Findings findings) {
    return read(file, true, findings);
  }

  private static byte @Nullable [] read(Path file, boolean isSecret, Findings findings) {
    String place = file.toString();
    try {
      PosixFileAttributes attributes = Files.readAttributes(file, PosixFileAttributes.class);
      // A FIFO would block.
      if (!attributes.isRegularFile()) {
        findings.add(
            Kind.UNREADABLE,
            place,
            "is not a file. Expected a file with a certificate or a private key");
        return null;
      }
      if (attributes.size() > MOST_BYTES) {
        return tooLarge(attributes.size(), place, findings);
      }
      byte[] content = readWhole(file, (int) attributes.size(), place, findings);
      if (isSecret && content != null) {
        checkExposure(file, attributes, findings);
      }
      return content;
    } catch (NoSuchFileException e) {
      findings.add(
          Kind.MISSING_FILE,
          place,
          Files.isSymbolicLink(file)
              ? "a symbolic link to a file that does not exist"
              : "no such file. Expected a file with a certificate or a private key");
    } catch (AccessDeniedException e) {
      findings.add(
          Kind.UNREADABLE,
          place,
          "may not be read. Expected to be readable by the user that the appliance runs as");
    } catch (FileSystemLoopException e) {
      addLoop(place, findings);
    } catch (FileSystemException e) {
      String reason = String.valueOf(e.getReason());
      if (reason.contains("symbolic links")) {
        addLoop(place, findings);
      } else {
        findings.add(Kind.UNREADABLE, place, "cannot be read: " + reason);
      }
    } catch (IOException e) {
      findings.add(Kind.UNREADABLE, place, "cannot be read: " + e.getMessage());
    }
    return null;
  }

  private static void addLoop(String place, Findings findings) {
    findings.add(
        Kind.CYCLIC_LINK,
        place,
        "symbolic links that lead in a circle. Expected a file at their end");
  }

  private static byte @Nullable [] readWhole(Path file, int size, String place, Findings findings)
      throws IOException {
    byte[] content = new byte[size + 1];
    try (FileInputStream in = new FileInputStream(file.toFile())) {
      int length = in.readNBytes(content, 0, content.length);
      if (length <= size) {
        return length == 0 ? new byte[0] : Arrays.copyOf(content, length);
      }
      // It grows while it is read.
      byte[] more = in.readNBytes(MOST_BYTES + 1 - length);
      if (length + more.length > MOST_BYTES) {
        return tooLarge(Files.size(file), place, findings);
      }
      byte[] all = Arrays.copyOf(content, length + more.length);
      System.arraycopy(more, 0, all, length, more.length);
      return all;
    } catch (FileNotFoundException e) {
      // This stream says so for every reason; the channel tells them apart.
      Files.newByteChannel(file).close();
      throw e;
    }
  }

  private static byte @Nullable [] tooLarge(long size, String place, Findings findings) {
    findings.add(
        Kind.TOO_LARGE,
        place,
        "has " + size + " bytes. Expected a certificate or a key, 1 MiB at most");
    return null;
  }

  private static void checkExposure(Path key, PosixFileAttributes attributes, Findings findings) {
    // A mounted Kubernetes Secret is 0644 by default and seen by its own container alone.
    if (attributes.permissions().contains(PosixFilePermission.OTHERS_READ)
        && !Files.exists(key.resolveSibling("..data"))) {
      findings.add(
          Kind.KEY_EXPOSED,
          key.toString(),
          "holds a private key that every user of this machine can read. Run chmod o-rwx on it");
    }
  }
}
