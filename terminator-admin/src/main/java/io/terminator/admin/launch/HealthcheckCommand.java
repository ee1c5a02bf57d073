package io.terminator.admin.launch;

import io.terminator.admin.config.ConfigFile;
import io.terminator.core.setting.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.URL;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Asks a running appliance whether it is ready, for containers without curl. */
@Command(
    name = "healthcheck",
    description = "Exit code 0 if the appliance with this configuration is ready, else 1.",
    mixinStandardHelpOptions = true)
final class HealthcheckCommand implements Callable<Integer> {
  private static final int PATIENCE_MILLIS = 3000;

  @Mixin private ConfigOption config = new ConfigOption();

  @Override
  public Integer call() {
    ConfigFile.Loaded loaded = config.load();
    if (loaded == null) {
      return ExitCode.CONFIG_PROBLEMS;
    }
    Endpoint.Inet bind = loaded.config().admin().bind();
    if (bind.port() == 0) {
      config.err().println("admin.bind has port 0; expected a fixed port, or nobody knows it");
      return ExitCode.FAILED;
    }
    try {
      int status = ask(bind);
      if (status == HttpURLConnection.HTTP_OK) {
        config.out().println("ready");
        return ExitCode.OK;
      }
      config.err().println("not ready: " + bind + " answered " + status);
    } catch (IOException failure) {
      config.err().println("not ready: " + bind + ": " + failure.getMessage());
    }
    return ExitCode.FAILED;
  }

  private static int ask(Endpoint.Inet bind) throws IOException {
    InetAddress address =
        bind.host().isEmpty()
            ? InetAddress.getLoopbackAddress()
            : InetAddress.getByName(bind.host());
    // Any address of the listener is none to connect to.
    String host =
        (address.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address).getHostAddress();
    URL url = new URL("http", host, bind.port(), "/readyz");
    HttpURLConnection connection = (HttpURLConnection) url.openConnection(Proxy.NO_PROXY);
    connection.setConnectTimeout(PATIENCE_MILLIS);
    connection.setReadTimeout(PATIENCE_MILLIS);
    try (InputStream in = connection.getInputStream()) {
      in.readAllBytes();
    } catch (IOException failure) {
      if (connection.getResponseCode() < 0) {
        throw failure;
      }
    }
    return connection.getResponseCode();
  }
}
