package io.terminator.admin.command;

import io.terminator.admin.appliance.Terminator;
import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.lifecycle.Lifetime;
import io.terminator.admin.lifecycle.Parts;
import io.terminator.admin.lifecycle.Supervisor;
import io.terminator.admin.reload.ConfigSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of the appliance with the configuration in a file, from its start to its end. */
record Run(Path config, boolean debug, boolean watch) {
  private static final Logger LOG = LoggerFactory.getLogger(Run.class);

  /**
   * Understands the usual command lines of {@code run}, without picocli, whose reflection takes a
   * third of the time to the first request. Returns null for any other command line, including
   * wrong ones: picocli has the messages.
   */
  static @Nullable Run parse(String[] arguments) {
    if (arguments.length == 0 || !arguments[0].equals("run")) {
      return null;
    }
    Path config = null;
    boolean debug = false;
    boolean watch = false;
    for (int i = 1; i < arguments.length; i++) {
      if (arguments[i].equals("--config") && config == null && i + 1 < arguments.length) {
        i++;
        if (!isPlain(arguments[i])) {
          return null;
        }
        config = Path.of(arguments[i]);
      } else if (arguments[i].equals("--debug") && !debug) {
        debug = true;
      } else if (arguments[i].equals("--watch") && !watch) {
        watch = true;
      } else {
        return null;
      }
    }
    return config == null ? null : new Run(config, debug, watch);
  }

  /** Whether {@code value} can only be the name of a file: not an option, not in quotes. */
  private static boolean isPlain(String value) {
    return !value.isEmpty()
        && value.chars().allMatch(c -> Character.isLetterOrDigit(c) || "/._-+:,=".indexOf(c) >= 0)
        && value.charAt(0) != '-';
  }

  /** Serves until it is stopped; problems of the configuration are written to {@code err}. */
  int execute(PrintWriter err) throws IOException {
    if (debug) {
      StderrLog.showDebug();
    }
    ConfigSource source = ConfigSource.file(config, System.getenv());
    ConfigFile.Loaded loaded = ConfigReport.load(source, err);
    if (loaded == null) {
      return ExitCode.CONFIG_PROBLEMS;
    }
    // Before the start: a SIGTERM during startup must not be lost,
    // nor end a process that is half started.
    Supervisor supervisor = Supervisor.of(System.getenv());
    Lifetime lifetime = Lifetime.begin(supervisor);
    Terminator terminator =
        Terminator.start(loaded, source, ProductVersion.text(), supervisor, new Parts());
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
