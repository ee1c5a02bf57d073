package io.terminator.scenarios;

import io.terminator.testkit.Credential;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;

/**
 * The appliance as a separate process, started from the jars that the build produced, for tests of
 * signals, limits and system calls.
 */
final class ApplianceProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final TestCa ca;
  private final List<String> command;
  private final RunningProcess process;
  private final InetSocketAddress address;
  private final InetSocketAddress admin;
  private final Path directory;

  private ApplianceProcess(TestCa ca, List<String> command, Path directory) {
    this.ca = ca;
    this.command = command;
    this.process = Processes.start(command.toArray(new String[0]));
    this.directory = directory;
    Matcher ready;
    try {
      ready =
          process.awaitLine(
              ".*Ready: web on 127.0.0.1:(\\d+); admin API on http://127.0.0.1:(\\d+).*", PATIENCE);
    } catch (AssertionError late) {
      // Without an owner it would outlive the tests.
      process.close();
      throw late;
    }
    address = new InetSocketAddress("127.0.0.1", Integer.parseInt(ready.group(1)));
    admin = new InetSocketAddress("127.0.0.1", Integer.parseInt(ready.group(2)));
  }

  /**
   * One worker. {@code prefix} precedes the java command; {@code topLevel} is added to the
   * configuration file.
   */
  static ApplianceProcess before(InetSocketAddress backend, List<String> prefix, String topLevel)
      throws IOException {
    return before(backend, prefix, topLevel, "");
  }

  /** As above; {@code listenerKeys} are more entries of the listener, each after a comma. */
  static ApplianceProcess before(
      InetSocketAddress backend, List<String> prefix, String topLevel, String listenerKeys)
      throws IOException {
    return before(backend, prefix, topLevel, listenerKeys, "");
  }

  /** As above; {@code moreBackends} are more backends, one per line. */
  static ApplianceProcess before(
      InetSocketAddress backend,
      List<String> prefix,
      String topLevel,
      String listenerKeys,
      String moreBackends)
      throws IOException {
    TestCa ca = TestCa.create();
    Path directory = Files.createTempDirectory("terminator-process");
    Credential credential = ca.server("localhost", "127.0.0.1");
    credential.writeTo(Files.createDirectory(directory.resolve("certs")), "localhost");
    Path config =
        Files.writeString(
            directory.resolve("terminator.yaml"),
            topLevel
                // A test's end need not wait for balancers.
                + (topLevel.contains("drain:") ? "" : "drain: { accept-grace: 0 }\n")
                + "workers: 1\n"
                + "listeners:\n"
                + "  - { name: web, bind: \"127.0.0.1:0\", certificates: certs/, backend: app"
                + listenerKeys
                + " }\n"
                + "backends:\n"
                + "  app: { servers: [\"127.0.0.1:"
                + backend.getPort()
                + "\"] }\n"
                + moreBackends
                + "admin: { bind: \"127.0.0.1:0\" }\n"
                + "log: { access: ./access.log }\n");
    return new ApplianceProcess(ca, command(prefix, config), directory);
  }

  /**
   * With {@code config}, whose listener {@code web} and admin API have any port, in {@code
   * directory}, whose {@code certs} gets a certificate for localhost.
   */
  static ApplianceProcess with(TestCa ca, Path directory, String config) throws IOException {
    return with(ca, directory, config, List.of());
  }

  /** As above; {@code prefix} precedes the java command. */
  static ApplianceProcess with(TestCa ca, Path directory, String config, List<String> prefix)
      throws IOException {
    ca.server("localhost", "127.0.0.1")
        .writeTo(Files.createDirectory(directory.resolve("certs")), "localhost");
    Path file = Files.writeString(directory.resolve("terminator.yaml"), config);
    return new ApplianceProcess(ca, command(prefix, file), directory);
  }

  /**
   * The command that runs the built appliance with {@code config} on this JDK, after {@code
   * prefix}.
   */
  static List<String> command(List<String> prefix, Path config) {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "-XX:MaxDirectMemorySize=256m",
            "-cp",
            library() + "/*",
            "io.terminator.admin.command.Main",
            "run",
            "--config",
            config.toString()));
    return command;
  }

  /** Starts another process with the same files and the same address, after this one has ended. */
  ApplianceProcess again() throws IOException {
    Path config = directory.resolve("terminator.yaml");
    Files.writeString(
        config,
        Files.readString(config)
            .replace(
                "name: web, bind: \"127.0.0.1:0\"",
                "name: web, bind: \"127.0.0.1:" + address.getPort() + "\""));
    return new ApplianceProcess(ca, command, directory);
  }

  /** The directory in which the build puts the appliance's class path. */
  static Path library() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path library = at.resolve("terminator-admin/target/lib");
      if (Files.isDirectory(library)) {
        return library;
      }
    }
    throw new AssertionError("terminator-admin/target/lib is missing; run mvn package first");
  }

  TlsClient client() {
    return TlsClient.trusting(ca).serverName("localhost");
  }

  InetSocketAddress address() {
    return address;
  }

  InetSocketAddress admin() {
    return admin;
  }

  RunningProcess process() {
    return process;
  }

  Path directory() {
    return directory;
  }

  Path accessLog() {
    return directory.resolve("access.log");
  }

  /** The current sum over the series of {@code series}; -1 if there is none. */
  double metric(String series) throws IOException {
    try (InputStream body =
        new URL("http://127.0.0.1:" + admin.getPort() + "/metrics").openStream()) {
      return new Scrape(new String(body.readAllBytes(), StandardCharsets.UTF_8)).sum(series);
    }
  }

  /** The kernel's ID of the thread with this name. */
  long threadId(String name) throws IOException {
    try (var tasks = Files.list(proc("task"))) {
      for (Path task : tasks.toList()) {
        if (Files.readString(task.resolve("comm")).strip().equals(name)) {
          return Long.parseLong(task.getFileName().toString());
        }
      }
    }
    throw new AssertionError("no thread is named " + name);
  }

  private Path proc(String file) {
    return Path.of("/proc", Long.toString(process.pid()), file);
  }

  /** Ends the process; fails if its output contains a secret. */
  @Override
  public void close() {
    process.close();
    Said.byProcess(process, directory);
  }
}
