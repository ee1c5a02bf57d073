package io.terminator.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Starts programs of the machine next to the product. */
public final class Processes {

  // Debian keeps servers where an ordinary user's PATH does not look.
  private static final List<String> SYSTEM_DIRECTORIES = List.of("/usr/sbin", "/usr/local/sbin");

  private Processes() {}

  /** Starts {@code command} in the current directory. */
  public static RunningProcess start(String... command) {
    return start(new ProcessBuilder(command));
  }

  /** Starts {@code builder}, with standard error redirected to standard output. */
  public static RunningProcess start(ProcessBuilder builder) {
    try {
      return new RunningProcess(builder.command(), builder.redirectErrorStream(true).start());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + builder.command(), e);
    }
  }

  /**
   * The path of {@code program}. If it is missing, the test is skipped with a message that names
   * it; with {@code CI=true} in the environment it fails, so that no test is skipped unnoticed.
   */
  public static Path assumeAvailable(String program) {
    Path found = find(program);
    if (found != null) {
      return found;
    }
    String message = program + ": not found on PATH. Install it to run this test";
    if ("true".equals(System.getenv("CI"))) {
      return Assertions.fail(message + "; with CI=true nothing is skipped");
    }
    return Assumptions.abort(message);
  }

  /**
   * The executable of this name on PATH or in the system's server directories; null if there is
   * none.
   */
  static @Nullable Path find(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    for (String directory : path.split(File.pathSeparator)) {
      Path candidate = Path.of(directory, program);
      if (Files.isExecutable(candidate)) {
        return candidate;
      }
    }
    for (String directory : SYSTEM_DIRECTORIES) {
      Path candidate = Path.of(directory, program);
      if (Files.isExecutable(candidate)) {
        return candidate;
      }
    }
    return null;
  }
}
