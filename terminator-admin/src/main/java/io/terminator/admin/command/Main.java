package io.terminator.admin.command;

import java.io.IOException;
import java.io.PrintWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The command line. Exit codes: 0 done, 2 problems in the configuration, 1 anything else. */
@Command(
    name = "terminator",
    description = "A TLS termination appliance: terminates TLS and forwards plain TCP.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      QuickstartCommand.class,
      RunCommand.class,
      CheckCommand.class,
      HealthcheckCommand.class,
      StatusCommand.class,
      TopCommand.class,
      VersionCommand.class
    })
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  public static void main(String[] arguments) {
    StderrLog.install();
    // Not a return: idle threads must not keep the process alive.
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Main::wrongUsage)
        .setExecutionExceptionHandler(Main::failed);
  }

  private static int wrongUsage(ParameterException wrong, String[] arguments) {
    CommandLine command = wrong.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(wrong.getMessage());
    err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
    return ExitCode.FAILED;
  }

  private static int failed(Exception failure, CommandLine command, ParseResult result) {
    if (failure instanceof IOException) {
      // The message is written for the operator; a stack trace would only hide it.
      LOG.error("{}", failure.getMessage());
    } else {
      LOG.error("Stopped by an unexpected error", failure);
    }
    return ExitCode.FAILED;
  }
}
