package io.terminator.admin.command;

import io.terminator.admin.appliance.Terminator;
import io.terminator.admin.config.ConfigProblems;
import io.terminator.admin.demo.DemoBackend;
import io.terminator.admin.reload.ConfigSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** An appliance with sample certificates in front of the demo backend. */
final class Quickstart {
  private static final String SERVER_CERTIFICATES = "certs-sample/server";
  private static final String ROOT_CERTIFICATE = "certs-sample/ca/root.crt";

  private final Path home;
  private final DemoBackend backend;
  private final Terminator terminator;

  private Quickstart(Path home, DemoBackend backend, Terminator terminator) {
    this.home = home;
    this.backend = backend;
    this.terminator = terminator;
  }

  /**
   * {@code home} contains the sample certificates; ports may be 0. Exception messages are written
   * for the operator.
   */
  static Quickstart start(Path home, int port, int adminPort, String workers) throws IOException {
    Path root = home.toAbsolutePath().normalize();
    if (!Files.isDirectory(root.resolve(SERVER_CERTIFICATES))) {
      throw new IOException(
          "There is no "
              + SERVER_CERTIFICATES
              + " in "
              + root
              + ". Expected the sample certificates; name the directory of the project with"
              + " --home");
    }
    DemoBackend backend =
        DemoBackend.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    try {
      String yaml = configuration(port, adminPort, workers, backend.address().getPort());
      ConfigSource source = ConfigSource.text("quickstart", root, yaml);
      return new Quickstart(root, backend, Terminator.start(source, ProductVersion.text()));
    } catch (ConfigProblems problems) {
      backend.close();
      throw new IOException("Cannot start with these options: " + problems.getMessage(), problems);
    } catch (IOException taken) {
      backend.close();
      throw new IOException(
          taken.getMessage() + " (here by --port and --admin-port; 0 is any free one)", taken);
    } catch (RuntimeException failure) {
      backend.close();
      throw failure;
    }
  }

  /** The caller closes this first. */
  Terminator terminator() {
    return terminator;
  }

  /** The caller closes this after {@link #terminator}. */
  DemoBackend backend() {
    return backend;
  }

  /** The next steps, with paths relative to {@code directory}. */
  String welcome(Path directory) {
    InetSocketAddress tls =
        (InetSocketAddress) Objects.requireNonNull(terminator.addresses().get("quickstart")).get(0);
    boolean unpacked = Files.exists(home.resolve("conf/terminator.yaml"));
    String curl = "curl --cacert " + seen(ROOT_CERTIFICATE, directory);
    return String.join(
        "\n",
        "",
        "Terminator listens on https://localhost:"
            + tls.getPort()
            + ", in front of a demo backend.",
        "",
        "  Try it:                  " + curl + " https://localhost:" + tls.getPort() + "/",
        "  Change the certificate:  replace the files in "
            + seen(SERVER_CERTIFICATES, directory)
            + " by your own; the directory is watched",
        "  Write a configuration:   start from "
            + seen(unpacked ? "conf/terminator.yaml" : "docker/config/minimal.yaml", directory)
            + ", then: "
            + (unpacked ? seen("bin/terminator", directory) : "./terminator")
            + " run --config FILE",
        "",
        "Dashboard: " + terminator.adminUrl() + "/",
        "Metrics: " + terminator.adminUrl() + "/metrics. Stop with Ctrl-C.",
        "The keys of the sample certificates are public; use them only to try Terminator.",
        "");
  }

  /** The same path as for any other configuration. A demo needs no time to drain. */
  private static String configuration(int port, int adminPort, String workers, int backendPort) {
    return """
    workers: "%s"
    listeners:
      - name: quickstart
        bind: "127.0.0.1:%d"
        certificates: %s/
        http: {}
        backend: demo
    backends:
      demo: { servers: ["127.0.0.1:%d"] }
    admin: { bind: "127.0.0.1:%d" }
    drain: { accept-grace: 0, window: 2s }
    """
        .formatted(
            workers.replace("\"", "").replace("\\", ""),
            port,
            SERVER_CERTIFICATES,
            backendPort,
            adminPort);
  }

  private String seen(String path, Path directory) {
    Path absolute = home.resolve(path);
    Path relative = directory.toAbsolutePath().normalize().relativize(absolute);
    return relative.startsWith("..") ? absolute.toString() : relative.toString();
  }
}
