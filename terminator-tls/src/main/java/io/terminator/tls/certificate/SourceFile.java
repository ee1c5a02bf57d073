package io.terminator.tls.certificate;

import io.terminator.tls.certificate.CredentialProblem.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import org.jspecify.annotations.Nullable;

/** Reads one small file of the operator's, whatever is wrong with it. */
final class SourceFile {
  /** A chain of twenty RSA-4096 certificates has 40 KiB. */
  static final int MOST_BYTES = 1 << 20;

  private SourceFile() {}

  static byte @Nullable [] read(Path file, Findings findings) {
    String place = file.toString();
    try {
      // Resolved first: opening a loop of links says only "too many levels", and a FIFO would
      // block.
      if (!Files.isRegularFile(file.toRealPath())) {
        findings.add(
            Kind.UNREADABLE,
            place,
            "is not a file. Expected a file with a certificate or a private key");
        return null;
      }
      return readWhole(file, place, findings);
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

  private static byte @Nullable [] readWhole(Path file, String place, Findings findings)
      throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(MOST_BYTES + 1);
      if (content.length > MOST_BYTES) {
        findings.add(
            Kind.TOO_LARGE,
            place,
            "has " + Files.size(file) + " bytes. Expected a certificate or a key, 1 MiB at most");
        return null;
      }
      return content;
    }
  }

  /** Warns where any user of the machine may read a private key. */
  static void checkExposure(Path key, Findings findings) {
    try {
      // A mounted Kubernetes Secret is 0644 by default and seen by its own container alone.
      boolean isMountedSecret =
          key.getParent() != null && Files.exists(key.getParent().resolve("..data"));
      if (!isMountedSecret
          && Files.getPosixFilePermissions(key).contains(PosixFilePermission.OTHERS_READ)) {
        findings.add(
            Kind.KEY_EXPOSED,
            key.toString(),
            "holds a private key that every user of this machine can read. Run chmod o-rwx on it");
      }
    } catch (IOException | UnsupportedOperationException e) {
      // No permissions to look at; if the file cannot be read, reading it has said so.
    }
  }
}
