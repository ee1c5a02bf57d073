package io.terminator.admin.command;

import io.terminator.admin.appliance.Terminator;
import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.lifecycle.Lifetime;
import io.terminator.admin.lifecycle.Parts;
import io.terminator.admin.lifecycle.Supervisor;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
  private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

  @Mixin private ConfigOption config = new ConfigOption();

  @Option(names = "--debug", description = "Also log faults of clients.")
  private boolean debug;

  @Option(names = "--watch", description = "Also reload when the configuration file changes.")
  private boolean watch;

  @Override
  public Integer call() throws IOException {
    if (debug) {
      StderrLog.showDebug();
    }
    ConfigFile.Loaded loaded = config.load();
    if (loaded == null) {
      return ExitCode.CONFIG_PROBLEMS;
    }
    // Before the start: a SIGTERM during startup must not be lost,
    // nor end a process that is half started.
    Supervisor supervisor = Supervisor.of(System.getenv());
    Lifetime lifetime = Lifetime.begin(supervisor);
    Terminator terminator =
        Terminator.start(loaded, config.source(), Version.text(), supervisor, new Parts());
    lifetime.take(terminator);
    if (watch) {
      terminator.watchConfig();
    }
    LOG.info("Ready: {}; admin API on {}", terminator.listening(), terminator.adminUrl());
    supervisor.ready("Serving " + terminator.listening());
    lifetime.serve(terminator);
    return ExitCode.OK;
  }
}
