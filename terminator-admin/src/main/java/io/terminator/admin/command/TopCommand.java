package io.terminator.admin.command;

import io.terminator.admin.client.AdminClient;
import io.terminator.admin.client.Overview;
import io.terminator.admin.client.OverviewText;
import io.terminator.admin.config.ConfigProblems;
import io.terminator.core.setting.TimeSpan;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The state of a running appliance, refreshed repeatedly. */
@Command(
    name = "top",
    description = "Shows the state of a running instance continuously. Stop with Ctrl-C.",
    mixinStandardHelpOptions = true)
final class TopCommand implements Callable<Integer> {
  /** Moves the cursor to the top and clears the screen. */
  private static final String CLEAR = "\u001b[H\u001b[2J\u001b[3J";

  private static final Duration SHORTEST = Duration.ofMillis(100);

  @Mixin private AdminOption admin = new AdminOption();

  @Option(
      names = "--once",
      description = "Print the state once and exit; exits with 1 if there is no answer.")
  private boolean once;

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      description = "Refresh interval, such as 500ms. Default: ${DEFAULT-VALUE}")
  private String interval = "2s";

  @Override
  public Integer call() {
    try {
      Duration pause = pause();
      AdminClient client = admin.client();
      while (true) {
        boolean answered = show(client);
        if (once || admin.out().checkError()) {
          return answered ? ExitCode.OK : ExitCode.FAILED;
        }
        TimeUnit.NANOSECONDS.sleep(pause.toNanos());
      }
    } catch (InterruptedException enough) {
      return ExitCode.OK;
    } catch (ConfigProblems problems) {
      return admin.fail(problems);
    } catch (IOException unfit) {
      admin.fail(unfit);
      return ExitCode.FAILED;
    }
  }

  private Duration pause() throws IOException {
    try {
      Duration pause = TimeSpan.parse(interval);
      if (pause.compareTo(SHORTEST) >= 0) {
        return pause;
      }
    } catch (IllegalArgumentException | ArithmeticException unreadable) {
      throw new IOException(
          "--interval: \"" + interval + "\"; expected a duration such as 2s", unreadable);
    }
    throw new IOException("--interval: \"" + interval + "\"; expected at least 100ms");
  }

  /** A restarting appliance comes back: only with --once does a missing answer end the command. */
  private boolean show(AdminClient client) {
    try {
      Overview overview = Overview.of(client);
      if (admin.isJson()) {
        admin.out().println(overview.json());
      } else {
        admin.out().print((once ? "" : CLEAR) + new OverviewText(overview).table());
      }
      admin.out().flush();
      return true;
    } catch (IOException failure) {
      admin.fail(failure);
      return false;
    }
  }
}
