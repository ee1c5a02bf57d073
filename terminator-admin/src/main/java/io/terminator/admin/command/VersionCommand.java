package io.terminator.admin.command;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** For bug reports: the product version and its platform. */
@Command(name = "version", description = "Prints the version.", mixinStandardHelpOptions = true)
final class VersionCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec command;

  @Override
  public Integer call() {
    if (command == null) {
      throw new IllegalStateException("used outside of a command");
    }
    command
        .commandLine()
        .getOut()
        .println("Terminator " + ProductVersion.text() + ", Java " + Runtime.version());
    return ExitCode.OK;
  }
}
