package io.terminator.tls.certificate.reader;

import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import org.jspecify.annotations.Nullable;

/** Reads one small file of the operator and reports every kind of failure. */
public final class SourceFile {
  private SourceFile() {}

  public static byte @Nullable [] read(Path file, Findings findings) {
    return read(file, false, findings);
  }

  /** Reads a file that holds a secret, and warns if every user of the machine can read it. */
  public static byte @Nullable [] readSecret(Path file, Findings findings) {
    return read(file, true, findings);
  }

  private static byte @Nullable [] read(Path file, boolean isSecret, Findings findings) {
    String place = file.toString();
    try {
      byte[] content = BoundedFile.read(file, BoundedFile.SMALL);
      if (isSecret) {
        checkExposure(file, findings);
      }
      return content;
    } catch (UnfitFileException unfit) {
      Kind kind =
          switch (unfit.fault()) {
            case TOO_LARGE -> Kind.TOO_LARGE;
            case DANGLING -> Kind.MISSING_FILE;
            case NOT_REGULAR, TOO_SLOW -> Kind.UNREADABLE;
          };
      findings.add(
          kind, place, unfit.getReason() + ". Expected a file with a certificate or a private key");
    } catch (NoSuchFileException e) {
      findings.add(
          Kind.MISSING_FILE,
          place,
          "no such file. Expected a file with a certificate or a private key");
    } catch (AccessDeniedException e) {
      findings.add(
          Kind.UNREADABLE,
          place,
          "cannot be read (permission denied). Expected a file that Terminator's user can read");
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
    findings.add(Kind.CYCLIC_LINK, place, "a loop of symbolic links. Expected a file at their end");
  }

  private static void checkExposure(Path key, Findings findings) throws IOException {
    // A mounted Kubernetes Secret has mode 0644 by default; only its own container sees it.
    if (Files.getPosixFilePermissions(key).contains(PosixFilePermission.OTHERS_READ)
        && !Files.exists(key.resolveSibling("..data"))) {
      findings.add(
          Kind.KEY_EXPOSED,
          key.toString(),
          "contains a private key that every user of this machine can read. Run chmod"
              + " o-rwx on it");
    }
  }
}
