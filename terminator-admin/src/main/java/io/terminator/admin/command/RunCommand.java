package io.terminator.admin.command;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves until it is stopped. */
@Command(
    name = "run",
    description = {
      "Runs Terminator with a configuration.",
      "SIGTERM drains, a second SIGTERM exits at once, SIGHUP reloads the configuration."
    },
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();

  @Option(names = "--debug", description = "Also log faults of clients.")
  private boolean debug;

  @Option(names = "--watch", description = "Also reload when the configuration file changes.")
  private boolean watch;

  @Override
  public Integer call() throws IOException {
    return run().execute(config.err());
  }

  /** What the options ask for. */
  Run run() {
    return new Run(config.file(), debug, watch);
  }
}
