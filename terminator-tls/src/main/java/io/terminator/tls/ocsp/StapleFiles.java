package io.terminator.tls.ocsp;

import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.DirectoryOperations;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Responses on disk, one file per certificate, so that a start does not need the responder. The
 * files are not trusted: a response that is read is verified like one from a responder.
 * Thread-safe.
 */
final class StapleFiles {
  private static final Logger LOG = LoggerFactory.getLogger(StapleFiles.class);
  private static final Duration FORGOTTEN = Duration.ofDays(30);

  private final Path directory;
  private final DirectoryOperations operations = new DirectoryOperations();
  private volatile boolean isReported;

  StapleFiles(Path directory) {
    this.directory = directory;
  }

  /** Returns null if there is no usable file. */
  byte @Nullable [] read(String fingerprint) {
    try {
      return BoundedFile.read(file(fingerprint), OcspQuestion.MOST);
    } catch (IOException none) {
      return null;
    }
  }

  /**
   * Writes the file completely or not at all; if the directory is not writable, only the cache is
   * lost.
   */
  void write(String fingerprint, byte[] der) {
    try {
      operations.run(
          directory,
          step -> {
            Files.createDirectories(directory);
            Path unfinished = Files.createTempFile(directory, ".unfinished-", "");
            try {
              step.run();
              Files.write(unfinished, der);
              step.run();
              Files.move(unfinished, file(fingerprint), StandardCopyOption.ATOMIC_MOVE);
            } finally {
              Files.deleteIfExists(unfinished);
            }
            return directory;
          });
    } catch (IOException unusable) {
      if (!isReported) {
        isReported = true;
        LOG.warn("ocsp: responses cannot be stored in \"{}\" ({})", directory, unusable.toString());
      }
    }
  }

  /** Deletes files that were not refreshed for a long time, and remains of an interrupted run. */
  void prune(Instant now) {
    Instant oldest = now.minus(FORGOTTEN);
    try {
      operations.run(directory, step -> prune(oldest, step));
    } catch (NoSuchFileException nothingKept) {
      return;
    } catch (IOException | DirectoryIteratorException unusable) {
      LOG.warn("ocsp: \"{}\" cannot be cleaned up ({})", directory, unusable.toString());
    }
  }

  private Path prune(Instant oldest, Runnable step) throws IOException {
    try (DirectoryStream<Path> files = BoundedFile.entries(directory)) {
      for (Path file : files) {
        step.run();
        if (Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
          Files.deleteIfExists(file);
        }
      }
    }
    return directory;
  }

  private Path file(String fingerprint) {
    return directory.resolve(fingerprint + ".der");
  }
}
