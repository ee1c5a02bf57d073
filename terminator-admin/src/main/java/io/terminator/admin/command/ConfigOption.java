package io.terminator.admin.command;

import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.config.ConfigProblems;
import io.terminator.admin.config.format.Problem;
import io.terminator.admin.http.AdminConfig;
import io.terminator.admin.reload.ConfigSource;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code --config FILE}, for every command that reads a configuration. */
final class ConfigOption {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The configuration, in YAML.")
  private Path file = Path.of("terminator.yaml");

  Path file() {
    return file;
  }

  PrintWriter out() {
    return command().commandLine().getOut();
  }

  PrintWriter err() {
    return command().commandLine().getErr();
  }

  /**
   * Returns null if the file has problems, which have been printed. Warnings are always printed.
   */
  ConfigFile.@Nullable Loaded load() {
    return ConfigReport.load(ConfigSource.file(file, System.getenv()), err());
  }

  /**
   * Reads the {@code admin} section only. Returns null if it has problems, which have been printed.
   */
  @Nullable AdminConfig loadAdmin() {
    try {
      return new ConfigFile(System.getenv()).readAdmin(file);
    } catch (ConfigProblems problems) {
      ConfigReport.print(problems, err());
      return null;
    }
  }

  void warn(Problem warning) {
    ConfigReport.warn(warning, err());
  }

  private CommandSpec command() {
    if (command == null) {
      throw new IllegalStateException("used outside of a command");
    }
    return command;
  }
}
