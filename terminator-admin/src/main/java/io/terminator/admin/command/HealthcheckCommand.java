package io.terminator.admin.command;

import io.terminator.admin.client.AdminClient;
import io.terminator.admin.client.Trust;
import io.terminator.admin.http.AdminConfig;
import io.terminator.admin.http.AdminTlsConfig;
import io.terminator.admin.http.AdminTlsConfig.ClientAuth;
import io.terminator.core.setting.Endpoint;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
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
    if (admin.bind() instanceof Endpoint.Inet inet && inet.port() == 0) {
      config
          .err()
          .println(
              "admin.bind has port 0; expected a fixed port, so that the health check can find it");
      return ExitCode.FAILED;
    }
    AdminTlsConfig tls = admin.tls();
    if (tls != null && tls.clientAuth() == ClientAuth.REQUIRED) {
      config
          .err()
          .println(
              "admin.tls.client-auth is required, and a healthcheck has no certificate; expected"
                  + " optional, or a check of the port alone");
      return ExitCode.FAILED;
    }
    try {
      Trust trust = tls == null ? null : Trust.pinned(tls.certificate());
      AdminClient client = new AdminClient(url(admin), trust, null, PATIENCE);
      int status = client.get("/readyz").status();
      if (status == HttpURLConnection.HTTP_OK) {
        config.out().println("ready");
        return ExitCode.OK;
      }
      config.err().println("not ready: " + admin.bind() + " answered " + status);
    } catch (IOException failure) {
      config.err().println("not ready: " + admin.bind() + ": " + failure.getMessage());
    }
    return ExitCode.FAILED;
  }

  private static String url(AdminConfig admin) throws IOException {
    if (!(admin.bind() instanceof Endpoint.Inet bind)) {
      return admin.bind().toString();
    }
    InetAddress address =
        bind.host().isEmpty()
            ? InetAddress.getLoopbackAddress()
            : InetAddress.getByName(bind.host());
    // The wildcard address of a listener is not an address to connect to.
    String host =
        (address.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address).getHostAddress();
    return (admin.tls() == null ? "http://" : "https://") + new Endpoint.Inet(host, bind.port());
  }
}
