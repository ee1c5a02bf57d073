package io.terminator.admin.command;

import io.terminator.admin.client.AdminClient;
import io.terminator.admin.client.Trust;
import io.terminator.admin.http.AdminConfig;
import io.terminator.core.chain.SocketFailure;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Checks whether a running appliance is ready, for containers without curl. */
@Command(
    name = "healthcheck",
    description = "Exits with 0 if the instance with this configuration is ready, else with 1.",
    mixinStandardHelpOptions = true)
final class HealthcheckCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  @Mixin private ConfigOption config = new ConfigOption();

  @Override
  public Integer call() {
    // Reads only the admin section: a change that the appliance would refuse, or has refused, must
    // not make it unhealthy.
    AdminConfig admin = config.loadAdmin();
    if (admin == null) {
      return ExitCode.CONFIG_PROBLEMS;
    }
    ConfiguredAdmin configured = new ConfiguredAdmin(admin);
    if (configured.needsCertificate()) {
      config
          .err()
          .println(
              "admin.tls.client-auth is required, and a healthcheck has no certificate; expected"
                  + " optional, or a check of the port alone");
      return ExitCode.FAILED;
    }
    try {
      Path certificate = configured.certificate();
      Trust trust = certificate == null ? null : Trust.pinned(certificate);
      AdminClient client = new AdminClient(configured.url(), trust, null, PATIENCE);
      int status = client.get("/readyz").status();
      if (status == HttpURLConnection.HTTP_OK) {
        config.out().println("ready");
        return ExitCode.OK;
      }
      config.err().println("not ready: " + admin.bind() + " answered " + status);
    } catch (IOException failure) {
      config.err().println("not ready: " + admin.bind() + ": " + SocketFailure.words(failure));
    }
    return ExitCode.FAILED;
  }
}
