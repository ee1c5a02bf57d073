package io.terminator.admin.command;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The command line. Exit codes: 0 done, 2 problems in the configuration, 1 anything else. */
@Command(
    name = "terminator",
    description = "A TLS termination appliance: terminates TLS and forwards TCP or HTTP.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      QuickstartCommand.class,
      RunCommand.class,
      CheckCommand.class,
      HealthcheckCommand.class,
      StatusCommand.class,
      TopCommand.class,
      AcmeCommand.class,
      VersionCommand.class
    })
public final class Main {
  public static void main(String[] arguments) {
    StderrLog.install();
    Run run = Run.parse(arguments);
    // Not a return: idle threads must not keep the process alive.
    System.exit(run == null ? commandLine().execute(arguments) : execute(run));
  }

  private static int execute(Run run) {
    try {
      return run.execute(text(System.err));
    } catch (Exception failure) {
      return failed(failure);
    }
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setOut(text(System.out))
        .setErr(text(System.err))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Main::wrongUsage)
        .setExecutionExceptionHandler((failure, command, result) -> failed(failure));
  }

  /** As {@link StderrLog#charset} writes. */
  private static PrintWriter text(PrintStream stream) {
    return new PrintWriter(stream, true, StderrLog.charset());
  }

  private static int wrongUsage(ParameterException wrong, String[] arguments) {
    CommandLine command = wrong.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(wrong.getMessage());
    err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
    return ExitCode.FAILED;
  }

  private static int failed(Exception failure) {
    Logger log = LoggerFactory.getLogger(Main.class);
    if (failure instanceof IOException) {
      // The message is written for the operator; a stack trace would only hide it.
      log.error("{}", failure.getMessage());
    } else {
      log.error("Stopped by an unexpected error", failure);
    }
    return ExitCode.FAILED;
  }
}
