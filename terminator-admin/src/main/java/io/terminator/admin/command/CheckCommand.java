package io.terminator.admin.command;

import io.terminator.admin.appliance.CertificateCheck;
import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.admin.config.format.Problem;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Reads everything that a start would read, including certificates, without starting anything. */
@Command(
    name = "check",
    description = "Prints every problem of a configuration and its certificates; exit code 0 or 2.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();

  @Override
  public Integer call() {
    ConfigFile.Loaded loaded = config.load();
    if (loaded == null) {
      return ExitCode.CONFIG_PROBLEMS;
    }
    TerminatorConfig read = loaded.config();
    CertificateCheck certificates = CertificateCheck.of(read, config.file().toString());
    loaded.mask().hide(certificates.warnings()).forEach(config::warn);
    List<Problem> problems = certificates.problems();
    loaded.mask().hide(problems).forEach(problem -> config.err().println(problem));
    if (!problems.isEmpty()) {
      config.err().println(counted(problems.size(), "problem") + ".");
      return ExitCode.CONFIG_PROBLEMS;
    }
    int warnings = loaded.warnings().size() + certificates.warnings().size();
    config
        .out()
        .println(
            String.join(
                    ", ",
                    "OK: " + counted(read.services().size(), "listener"),
                    counted(read.backends().size(), "backend"),
                    counted(certificates.usable(), "certificate"),
                    counted(warnings, "warning"))
                + ".");
    return ExitCode.OK;
  }

  private static String counted(int count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
