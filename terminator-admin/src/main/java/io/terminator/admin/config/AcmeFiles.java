package io.terminator.admin.config;

import io.terminator.admin.config.format.Reading;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.FileFailure;
import io.terminator.core.file.UnfitFileException;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether the files that {@code acme} names can be used. An order would fail with them, weeks after
 * the start. Each answer is a predicate, or null where the file is fit or not to be looked at.
 */
final class AcmeFiles {
  private AcmeFiles() {}

  static @Nullable String unfitTrust(Reading reading, Path file) {
    if (!reading.checksFiles()) {
      return null;
    }
    try {
      byte[] content = BoundedFile.read(file, BoundedFile.LARGE);
      return CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(content))
              .isEmpty()
          ? "holds no certificate"
          : null;
    } catch (CertificateException damaged) {
      return "holds no certificate that can be read";
    } catch (UnfitFileException unfit) {
      return unfit.getReason();
    } catch (IOException unreadable) {
      return "cannot be read (" + FileFailure.words(unreadable) + ")";
    }
  }

  /** {@code program} is looked for as the process does that runs it. */
  static @Nullable String unfitProgram(Reading reading, String program) {
    try {
      // Whoever only sends a candidate is not told which programs there are.
      if (!reading.checksFiles() || !reading.mayName(Path.of(program))) {
        return null;
      }
      if (program.indexOf('/') >= 0) {
        return unfit(Path.of(program));
      }
      String found = "is not in PATH";
      for (String directory : path(System.getenv()).split(File.pathSeparator)) {
        Path there = Path.of(directory.isEmpty() ? "." : directory, program);
        if (Files.exists(there)) {
          String unfit = unfit(there);
          if (unfit == null) {
            return null;
          }
          found = "in PATH " + unfit;
        }
      }
      return found;
    } catch (InvalidPathException unfit) {
      return "is not a path";
    }
  }

  private static String path(Map<String, String> environment) {
    return environment.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
  }

  private static @Nullable String unfit(Path program) {
    if (!Files.exists(program)) {
      return "does not exist";
    }
    if (Files.isDirectory(program)) {
      return "is a directory";
    }
    return Files.isExecutable(program) ? null : "cannot be executed by this user";
  }
}
