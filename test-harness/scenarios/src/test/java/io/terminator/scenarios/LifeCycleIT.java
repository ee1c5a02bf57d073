package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.admin.appliance.Terminator;
import io.terminator.admin.lifecycle.Parts;
import io.terminator.admin.lifecycle.State;
import io.terminator.admin.lifecycle.Supervisor;
import io.terminator.admin.reload.ConfigSource;
import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ports;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operations that each state permits; a start that fails half way leaves nothing behind. */
class LifeCycleIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir Path directory;

  @Test
  void aReloadDuringADrainIsRefusedAndOpensNothing() throws Exception {
    int late = Ports.free();
    TestCa ca = TestCa.create();
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", ca.server("localhost", "127.0.0.1")),
                config(backend, ""))) {
      assertThat(terminator.terminator().state()).isEqualTo(State.SERVING);
      assertThat(terminator.metrics())
          .contains("terminator_state{state=\"serving\",} 1.0")
          .contains("terminator_state{state=\"draining\",} 0.0")
          .contains("terminator_chore_failures_total{chore=\"address-files\",} 0.0");
      try (TlsConnection live = terminator.client().connect(terminator.address())) {
        echo(live);
        Thread drain = new Thread(terminator.terminator()::drain, "drain of the test");
        drain.start();
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> terminator.terminator().state() == State.DRAINING);
        HttpResponse<String> readiness = send(terminator, "GET", "/readyz");
        assertThat(readiness.statusCode()).isEqualTo(503);
        assertThat(readiness.body()).contains("not ready: draining");
        terminator.rewrite(
            config(
                backend,
                "  - { name: late, bind: \"127.0.0.1:"
                    + late
                    + "\", certificates: certs/, backend: app }\n"));
        ReloadOutcome outcome = terminator.terminator().reload("the test");
        assertThat(outcome.result()).isEqualTo(ReloadOutcome.Result.REFUSED);
        assertThat(outcome.problems())
            .singleElement()
            .asString()
            .contains("the appliance is draining")
            .contains("expected a reload while it is serving");
        HttpResponse<String> byApi = send(terminator, "POST", "/v1/config:reload");
        assertThat(byApi.statusCode()).isEqualTo(409);
        assertThat(byApi.body()).contains("the appliance is draining");
        assertThat(send(terminator, "POST", "/v1/workers/0:restart").statusCode()).isEqualTo(409);
        assertThat(Ports.isAccepting(late)).as("the new listener").isFalse();
        assertThat(terminator.metrics())
            .contains("terminator_state{state=\"draining\",} 1.0")
            .contains("terminator_config_reloads_total{result=\"refused\",} 2.0");
      }
      drainEnds(terminator);
      assertThat(Ports.isAccepting(late)).as("the new listener after the drain").isFalse();
    }
  }

  private static void drainEnds(RunningTerminator terminator) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> terminator.terminator().addresses().isEmpty());
  }

  @Test
  void aStartThatFailsAtAnyStepLeavesNothingOpen() throws Exception {
    Path config = write(Ports.free(), Ports.free(), Ports.free(), "");
    List<String> steps = new ArrayList<>();
    start(config, new Parts(steps::add)).close();
    assertThat(steps)
        .contains("log", "key log", "workers", "chores", "admin API")
        .doesNotHaveDuplicates();
    awaitNoThreadOfOurs();
    Set<String> before = sockets();
    for (String step : steps) {
      assertThatThrownBy(
              () ->
                  start(
                      config,
                      new Parts(
                          made -> {
                            if (made.equals(step)) {
                              throw new IllegalStateException("no " + step);
                            }
                          })))
          .as(step)
          .hasMessage("no " + step);
      awaitNoThreadOfOurs();
    }
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(sockets()).isSubsetOf(before));
    // Every address and file can be taken again.
    start(config, new Parts()).close();
  }

  @Test
  void aStartThatFindsAnAddressTakenLeavesNothingOpen() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    for (String taken : List.of("listener", "admin", "http")) {
      try (ServerSocket other = new ServerSocket(0, 1, loopback)) {
        int port = other.getLocalPort();
        int free = Ports.free();
        Path config =
            write(
                taken.equals("listener") ? port : free,
                taken.equals("admin") ? port : 0,
                taken.equals("http") ? port : 0,
                "");
        assertThatThrownBy(() -> start(config, new Parts()))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("127.0.0.1:" + port);
        awaitNoThreadOfOurs();
        if (!taken.equals("listener")) {
          assertThat(Ports.isAccepting(free))
              .as("the listener although " + taken + " is taken")
              .isFalse();
        }
      }
    }
  }

  @Test
  void aBackendWhoseFilesCannotBeUsedStopsTheStartAndLeavesNothingOpen() throws Exception {
    int listener = Ports.free();
    Path config =
        write(
            listener,
            0,
            0,
            ", tls: { ca: " + Files.writeString(directory.resolve("ca"), "no") + " }");
    assertThatThrownBy(() -> start(config, new Parts()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ca");
    awaitNoThreadOfOurs();
    assertThat(Ports.isAccepting(listener)).isFalse();
  }

  private Terminator start(Path config, Parts parts) throws Exception {
    ConfigSource source = ConfigSource.file(config, Map.of());
    return Terminator.start(source.load(), source, "test", Supervisor.NONE, parts);
  }

  private Path write(int listener, int admin, int http, String backendKeys) throws IOException {
    Path certs = directory.resolve("certs");
    if (!Files.isDirectory(certs)) {
      TestCa.create()
          .server("localhost", "127.0.0.1")
          .writeTo(Files.createDirectory(certs), "localhost");
    }
    return Files.writeString(
        directory.resolve("terminator.yaml"),
        """
        workers: 2
        listeners:
          - { name: web, bind: "127.0.0.1:%d", certificates: certs/, backend: app }
        backends:
          app: { servers: ["127.0.0.1:1"], check: { type: tcp, interval: 1s }%s }
        admin: { bind: "127.0.0.1:%d" }
        http: { bind: "127.0.0.1:%d" }
        log: { access: ./access.log }
        key-log: { file: ./keys, sources: ["127.0.0.1"] }
        """
            .formatted(listener, backendKeys, admin, http));
  }

  private static String config(EchoBackend backend, String moreListeners) {
    return "workers: 1\n"
        + "listeners:\n"
        + "  - { name: web, bind: \"127.0.0.1:0\", certificates: certs/, backend: app }\n"
        + moreListeners
        + "backends:\n"
        + "  app: { servers: [\"127.0.0.1:"
        + backend.address().getPort()
        + "\"] }\n"
        + "drain: { accept-grace: 2s, window: 30s }\n";
  }

  private static void awaitNoThreadOfOurs() {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(
                        Thread.getAllStackTraces().keySet().stream()
                            .map(Thread::getName)
                            .filter(
                                name ->
                                    name.matches(
                                        "(worker|admin|http|chores|log-flusher|stall-watch|checker|terminator-key-log"
                                            + "|certificate|ocsp|staple).*")))
                    .isEmpty());
  }

  private static Set<String> sockets() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.map(LifeCycleIT::target)
          .filter(target -> target.startsWith("socket:") || target.contains("access.log"))
          .collect(Collectors.toSet());
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException closedMeanwhile) {
      return "";
    }
  }

  private static void echo(TlsConnection connection) throws IOException {
    connection.write("ping");
    assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
  }

  private static HttpResponse<String> send(RunningTerminator terminator, String method, String path)
      throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(terminator.terminator().adminUrl() + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
