package io.terminator.admin.command;

import io.terminator.admin.lifecycle.Lifetime;
import io.terminator.admin.lifecycle.Supervisor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** From installation to a first request over TLS. */
@Command(
    name = "quickstart",
    description = "Serves a demo backend with sample certificates on loopback.",
    mixinStandardHelpOptions = true)
final class QuickstartCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec command;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8443",
      description = "Port for TLS; 0 chooses a free port. Default: ${DEFAULT-VALUE}")
  private int port;

  @Option(
      names = "--admin-port",
      paramLabel = "PORT",
      defaultValue = "9443",
      description = "Port of the admin API; 0 chooses a free port. Default: ${DEFAULT-VALUE}")
  private int adminPort;

  @Option(
      names = "--workers",
      paramLabel = "COUNT",
      defaultValue = "auto",
      description = "Number of workers. Default: ${DEFAULT-VALUE}, one per core")
  private String workers = "auto";

  /** The launcher sets the property to its own location. */
  @Option(
      names = "--home",
      paramLabel = "DIRECTORY",
      defaultValue = "${sys:terminator.home:-.}",
      description = "Directory that holds certs-sample.")
  private Path home = Path.of(".");

  @Override
  public Integer call() throws IOException {
    if (command == null) {
      throw new IllegalStateException("used outside of a command");
    }
    Lifetime lifetime = Lifetime.begin(Supervisor.NONE);
    // The welcome text already says that the certificates are samples.
    StderrLog.showErrorsOnly();
    Quickstart quickstart = Quickstart.start(home, port, adminPort, workers);
    lifetime.take(quickstart.terminator());
    StderrLog.showAll();
    command.commandLine().getOut().println(quickstart.welcome(Path.of("")));
    command.commandLine().getOut().flush();
    lifetime.serve(quickstart.terminator());
    quickstart.backend().close();
    return ExitCode.OK;
  }
}
