package io.terminator.admin.command;

import io.terminator.admin.client.Overview;
import io.terminator.admin.client.OverviewText;
import io.terminator.admin.config.ConfigProblems;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The state of a running appliance at a glance. */
@Command(
    name = "status",
    description =
        "Prints the state of a running instance. Exits with 0 if it serves, 1 if it"
            + " drains or does not answer.",
    mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
  @Mixin private AdminOption admin = new AdminOption();

  @Override
  public Integer call() {
    try {
      Overview overview = Overview.of(admin.client());
      if (admin.isJson()) {
        admin.out().println(overview.json());
      } else {
        admin.out().print(new OverviewText(overview).summary());
      }
      admin.out().flush();
      return overview.isServing() ? ExitCode.OK : ExitCode.FAILED;
    } catch (ConfigProblems problems) {
      return admin.fail(problems);
    } catch (IOException failure) {
      admin.fail(failure);
      return ExitCode.FAILED;
    }
  }
}
