package io.terminator.admin.command;

import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.config.ConfigProblems;
import io.terminator.admin.config.format.Problem;
import io.terminator.admin.reload.ConfigSource;
import io.terminator.core.setting.Quantity;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** Prints what is wrong with a configuration, one line each. */
final class ConfigReport {
  private ConfigReport() {}

  /**
   * Returns null if the source has problems, which have been printed. Warnings are always printed.
   */
  static ConfigFile.@Nullable Loaded load(ConfigSource source, PrintWriter err) {
    try {
      ConfigFile.Loaded loaded = source.load();
      loaded.warnings().forEach(warning -> warn(warning, err));
      return loaded;
    } catch (ConfigProblems problems) {
      print(problems, err);
      return null;
    }
  }

  static void print(ConfigProblems problems, PrintWriter err) {
    problems.problems().forEach(err::println);
    problems.warnings().forEach(warning -> warn(warning, err));
    err.println(Quantity.of(problems.problems().size(), "problem") + ".");
    err.flush();
  }

  static void warn(Problem warning, PrintWriter err) {
    err.println("warning: " + warning);
    err.flush();
  }
}
