package io.terminator.load.subject;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Finds programs and reads their versions. */
public final class Programs {
  private static final long PATIENCE_SECONDS = 30;

  private Programs() {}

  /** Searches PATH and the directories of system daemons. */
  public static Optional<Path> find(String name) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    for (String directory : (path + ":/usr/sbin:/usr/local/sbin:/usr/bin").split(":")) {
      Path file = Path.of(directory.isEmpty() ? "." : directory, name);
      if (Files.isExecutable(file) && !Files.isDirectory(file)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  /** The output of the command on both streams, whatever its exit status. */
  public static String output(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      return said.strip();
    } catch (IOException missing) {
      return "";
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  /** The first line of {@link #output}. */
  public static String firstLine(List<String> command) {
    return output(command).lines().findFirst().orElse("unknown");
  }
}
