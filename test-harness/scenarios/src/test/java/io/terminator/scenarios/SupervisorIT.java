package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;

/** Notifications to systemd, and systemd's verification of the units. */
class SupervisorIT {
  private static final Path SYSTEMD = systemd();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void systemdHearsOfStartReloadAndStop() throws Exception {
    String socat = Processes.assumeAvailable("socat").toString();
    Path socket = Files.createTempDirectory("terminator-notify").resolve("notify");
    try (EchoBackend backend = EchoBackend.start();
        RunningProcess listening = Processes.start(socat, "-u", "UNIX-RECV:" + socket, "STDOUT")) {
      await().atMost(PATIENCE).until(() -> Files.exists(socket));
      try (ApplianceProcess appliance =
          ApplianceProcess.before(
              backend.address(),
              List.of("env", "NOTIFY_SOCKET=" + socket),
              "drain: { accept-grace: 0, window: 5s }\n")) {
        InetSocketAddress address = appliance.address();
        listening.awaitLine("^READY=1$", PATIENCE);
        listening.awaitLine("^STATUS=Serving web on .*:" + address.getPort() + "$", PATIENCE);
        // Ready means ready.
        try (TlsConnection connection = appliance.client().connect(address)) {
          connection.write("ping");
          assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
        }
        long before = System.nanoTime() / 1000;
        appliance.process().signal("HUP");
        listening.awaitLine("^RELOADING=1$", PATIENCE);
        Matcher at = listening.awaitLine("^MONOTONIC_USEC=(\\d+)$", PATIENCE);
        assertThat(Long.parseLong(at.group(1))).isBetween(before, System.nanoTime() / 1000);
        await().atMost(PATIENCE).until(() -> count(listening, "READY=1") == 2);
        appliance.process().terminate();
        listening.awaitLine("^STOPPING=1$", PATIENCE);
        assertThat(appliance.process().awaitExit(PATIENCE)).isZero();
      }
    }
  }

  /** As under nohup: Java then installs no handler, and reports nothing. */
  @Test
  void anIgnoredSignalIsToldWithTheWayOut() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance =
            ApplianceProcess.before(
                backend.address(), List.of("sh", "-c", "trap '' HUP; exec \"$@\"", "sh"), "")) {
      appliance
          .process()
          .awaitLine(
              ".*SIGHUP is ignored, .*nohup.*POST /v1/config:reload.* or start with setsid.*",
              PATIENCE);
      HttpRequest status =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + appliance.admin().getPort() + "/v1/status"))
              .build();
      assertThat(
              HttpClient.newHttpClient().send(status, HttpResponse.BodyHandlers.ofString()).body())
          .contains("\"ignoredSignals\":[\"SIGHUP\"]");
    }
  }

  @Test
  void everyReloadIsToldWithItsReasonAndNoneTakesADrainBack() throws Exception {
    String socat = Processes.assumeAvailable("socat").toString();
    String name = "terminator-notify-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    try (EchoBackend backend = EchoBackend.start();
        RunningProcess listening =
            Processes.start(socat, "-u", "ABSTRACT-RECV:" + name, "STDOUT")) {
      await().atMost(PATIENCE).until(() -> isBound("@" + name));
      try (ApplianceProcess appliance =
          ApplianceProcess.before(
              backend.address(),
              List.of("env", "NOTIFY_SOCKET=@" + name),
              "drain: { accept-grace: 1h, window: 1h }\n")) {
        String serving = "^STATUS=Serving web on 127.0.0.1:" + appliance.address().getPort();
        listening.awaitLine(serving + "$", PATIENCE);
        Path config = appliance.directory().resolve("terminator.yaml");
        String good = Files.readString(config);
        Files.writeString(config, good.replace("accept-grace", "acept-grace"));
        // An API reload, then one by signal: both are reported, with the reason.
        String reload = "http://127.0.0.1:" + appliance.admin().getPort() + "/v1/config:reload";
        assertThat(post(reload)).isEqualTo(422);
        listening.awaitLine("^RELOADING=1$", PATIENCE);
        String refused = serving + " as before; the reload was refused: .*acept-grace.*";
        listening.awaitLine(refused, PATIENCE);
        assertThat(count(listening, "READY=1")).isEqualTo(2);
        appliance.process().signal("HUP");
        await().atMost(PATIENCE).until(() -> count(listening, "READY=1") == 3);
        assertThat(count(listening, "RELOADING=1")).isEqualTo(2);
        Files.writeString(config, good);
        appliance.process().terminate();
        listening.awaitLine("^STOPPING=1$", PATIENCE);
        appliance.process().signal("HUP");
        listening.awaitLine(
            "^STATUS=Draining; the reload was refused: .*the appliance is draining.*", PATIENCE);
        assertThat(count(listening, "READY=1")).as("READY=1 in a drain").isEqualTo(3);
        assertThat(count(listening, "RELOADING=1")).as("RELOADING=1 in a drain").isEqualTo(2);
        assertThat(appliance.process().output()).doesNotContain("Correct the file");
        // The drain requested by the API is in progress: another request must not shorten it.
        assertThat(post(reload.replace("/config:reload", ":drain"))).isEqualTo(202);
        assertThat(post(reload.replace("/config:reload", ":drain"))).isEqualTo(202);
        assertThat(appliance.process().output()).doesNotContain("Exiting at once");
        appliance.process().terminate();
        assertThat(appliance.process().awaitExit(PATIENCE)).isZero();
      }
    }
  }

  private static boolean isBound(String name) throws Exception {
    return Files.readString(Path.of("/proc/net/unix")).contains(name);
  }

  private static int post(String url) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(url))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  @Test
  void aSocketThatNobodyReadsIsAWarningAndNoMore() throws Exception {
    try (EchoBackend backend = EchoBackend.start()) {
      for (String socket :
          List.of("/nonexistent/notify", "relative/notify", "@nobody-reads-this", "/dev/null")) {
        try (ApplianceProcess appliance =
            ApplianceProcess.before(
                backend.address(),
                List.of("env", "NOTIFY_SOCKET=" + socket),
                "drain: { accept-grace: 0, window: 1s }\n")) {
          appliance.process().awaitLine("WARN .*NOTIFY_SOCKET: .*" + socket, PATIENCE);
          assertThat(appliance.process().output())
              .doesNotContain("Exception")
              .doesNotContain("sendToDomainSocket");
          if (socket.startsWith("/nonexistent")) {
            appliance.process().awaitLine("WARN .*" + socket + ".* does not exist", PATIENCE);
          }
          appliance.client().connect(appliance.address()).close();
        }
      }
    }
  }

  @Test
  void certbotsHookHandsARenewedCertificateOverWhole() throws Exception {
    TestCa ca = TestCa.create();
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      Path certs = terminator.directory().resolve("certs");
      Path live = Files.createTempDirectory("terminator-live").resolve("www.example.org");
      Credential renewed = ca.server("www.example.org", "127.0.0.1");
      renewed.writeTo(Files.createDirectories(live), "both");
      Files.move(live.resolve("both.crt"), live.resolve("fullchain.pem"));
      Files.move(live.resolve("both.key"), live.resolve("privkey.pem"));
      ProcessBuilder hook =
          new ProcessBuilder("sh", SYSTEMD.resolve("certbot-deploy-hook").toString());
      hook.environment()
          .putAll(
              Map.of(
                  "RENEWED_LINEAGE",
                  live.toString(),
                  "TERMINATOR_CERTIFICATES",
                  certs.toString(),
                  "TERMINATOR_USER",
                  System.getProperty("user.name")));
      try (RunningProcess run = Processes.start(hook)) {
        assertThat(run.awaitExit(PATIENCE)).as(run.output()).isZero();
      }
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(certs.resolve("www.example.org.pem"))))
          .isEqualTo("rw-------");
      try (var all = Files.list(certs)) {
        assertThat(all.filter(file -> file.getFileName().toString().startsWith("."))).isEmpty();
      }
      await()
          .atMost(PATIENCE)
          // Until the new file is seen, the old certificate is served, which this client refuses.
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  TlsClient.trusting(ca)
                      .serverName("www.example.org")
                      .connect(terminator.address())
                      .close());
    }
  }

  @Test
  void systemdTakesTheUnits() throws Exception {
    String analyze = Processes.assumeAvailable("systemd-analyze").toString();
    Path directory = Files.createTempDirectory("terminator-units");
    for (String unit : List.of("terminator.service", "terminator@.service")) {
      // The release is not unpacked where the unit says, and its user is not on this machine.
      String text =
          Files.readString(SYSTEMD.resolve(unit))
              .replace("/opt/terminator/bin/terminator", "/bin/true")
              .replace("User=terminator\n", "");
      Path copy = Files.writeString(directory.resolve(unit.replace("@", "@one")), text);
      try (RunningProcess verify = Processes.start(analyze, "verify", copy.toString())) {
        assertThat(verify.awaitExit(PATIENCE)).as(verify.output()).isZero();
        assertThat(verify.output()).doesNotContain(unit.replace("@", "@one"));
      }
    }
  }

  @Test
  void systemdTakesTheSocketUnit() throws Exception {
    String analyze = Processes.assumeAvailable("systemd-analyze").toString();
    Path directory = Files.createTempDirectory("terminator-units");
    Files.writeString(
        directory.resolve("terminator.service"), "[Service]\nType=notify\nExecStart=/bin/true\n");
    Path socket =
        Files.copy(SYSTEMD.resolve("terminator.socket"), directory.resolve("terminator.socket"));
    try (RunningProcess verify = Processes.start(analyze, "verify", socket.toString())) {
      assertThat(verify.awaitExit(PATIENCE)).as(verify.output()).isZero();
      assertThat(verify.output()).doesNotContain("terminator.socket");
    }
    assertThat(settings("terminator.socket")).containsEntry("FileDescriptorName", "web");
    assertThat(Files.readString(SYSTEMD.resolve("terminator.socket")))
        .contains("bind: \"systemd:web\"");
  }

  @Test
  void bothUnitsAreHardenedAlike() throws Exception {
    Map<String, String> one = settings("terminator.service");
    Map<String, String> two = settings("terminator@.service");
    for (String own : List.of("Description", "ExecStart", "ExecStartPre", "EnvironmentFile")) {
      assertThat(one.remove(own)).isNotNull();
      assertThat(two.remove(own)).isNotNull();
    }
    assertThat(two).isEqualTo(one);
    assertThat(one).containsEntry("Type", "notify").containsEntry("NoNewPrivileges", "true");
  }

  private static Map<String, String> settings(String unit) throws Exception {
    Map<String, String> settings = new TreeMap<>();
    for (String line : Files.readAllLines(SYSTEMD.resolve(unit))) {
      if (!line.startsWith("#") && line.contains("=")) {
        settings.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
      }
    }
    return settings;
  }

  private static long count(RunningProcess process, String line) {
    return new ArrayList<>(process.lines()).stream().filter(line::equals).count();
  }

  private static Path systemd() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("docker/systemd"))) {
      at = at.getParent();
      if (at == null) {
        throw new IllegalStateException("docker/systemd is in no directory above");
      }
    }
    return at.resolve("docker/systemd");
  }
}
