package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.admin.config.format.Problem;
import io.terminator.admin.config.format.WrittenSettings.Difference;
import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.admin.reload.ReloadOutcome.Result;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A reload of the whole configuration with connected clients: they are affected only by the
 * changes.
 */
class ReloadIT {
  private static final int RELOADS = 1000;
  private static final int CLIENTS = 4;

  private final TestCa ca = TestCa.create();
  private ScriptedBackend old;
  private ScriptedBackend fresh;
  private EchoBackend echo;

  @BeforeEach
  void startBackends() {
    old = ScriptedBackend.start(peer -> peer.write("old"));
    fresh = ScriptedBackend.start(peer -> peer.write("new"));
    echo = EchoBackend.start();
  }

  @AfterEach
  void stopBackends() {
    old.close();
    fresh.close();
    echo.close();
  }

  @Test
  void newConnectionsFollowTheNewFileAndLiveOnesGoOnAsTheyBegan() throws IOException {
    try (RunningTerminator terminator = start(file("web", 0, "", echo.port()))) {
      InetSocketAddress address = terminator.address();
      try (TlsConnection live = terminator.client().connect(address)) {
        assertEchoes(live);
        terminator.rewrite(file("web", 0, "", fresh.port()));

        ReloadOutcome outcome = terminator.terminator().reload("test");

        assertThat(outcome.result()).isEqualTo(Result.APPLIED);
        assertThat(outcome.changes())
            .containsExactly(
                new Difference(
                    "backends.app.servers",
                    "[127.0.0.1:" + echo.port() + "]",
                    "[127.0.0.1:" + fresh.port() + "]"));
        assertThat(answer(terminator, address)).isEqualTo("new");
        assertEchoes(live);
        assertThat(terminator.address()).isEqualTo(address);
      }
      assertThat(terminator.terminator().reload("test").result()).isEqualTo(Result.UNCHANGED);
    }
  }

  @Test
  void listenersComeGoMoveAndAreRenamed() throws IOException {
    int port = freePort();
    try (RunningTerminator terminator = start(file("web", port, "", old.port()))) {
      terminator.rewrite(file("renamed", port, "", old.port()));
      assertThat(terminator.terminator().reload("test").result()).isEqualTo(Result.APPLIED);
      assertThat(terminator.terminator().addresses()).containsOnlyKeys("renamed");
      assertThat(answer(terminator, terminator.address("renamed"))).isEqualTo("old");

      terminator.rewrite(
          file("renamed", port, "", old.port())
              .replace("backends:", listener("second", 0, "") + "backends:"));
      terminator.terminator().reload("test");
      assertThat(answer(terminator, terminator.address("second"))).isEqualTo("old");
      assertThat(answer(terminator, terminator.address("renamed"))).isEqualTo("old");

      int other = freePort();
      terminator.rewrite(file("renamed", other, "", old.port()));
      terminator.terminator().reload("test");
      assertThat(terminator.address("renamed").getPort()).isEqualTo(other);
      assertThat(answer(terminator, terminator.address("renamed"))).isEqualTo("old");
      assertThatThrownBy(
              () -> terminator.client().connect(new InetSocketAddress("127.0.0.1", port)))
          .isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void theTlsPolicyChangesForNewConnections() throws IOException {
    try (RunningTerminator terminator = start(file("web", 0, "", old.port()))) {
      TlsClient old12 = terminator.client().only(TlsVersion.TLS_1_2);
      old12.connect(terminator.address()).close();
      terminator.rewrite(file("web", 0, "    tls: modern\n", old.port()));
      terminator.terminator().reload("test");
      assertThatThrownBy(() -> old12.connect(terminator.address()))
          .hasMessageContaining("protocol_version");
      assertThat(answer(terminator, terminator.address())).isEqualTo("old");
    }
  }

  @Test
  void aFileWithAProblemChangesNothingAtAll() throws IOException {
    try (RunningTerminator terminator = start(file("web", 0, "", old.port()))) {
      terminator.rewrite(file("web", 0, "    hurry: true\n    backlog: -1\n", fresh.port()));
      ReloadOutcome typo = terminator.terminator().reload("test");
      assertThat(typo.result()).isEqualTo(Result.REFUSED);
      assertThat(typo.problems()).extracting(Problem::line).containsExactly(6, 7);
      assertStillOld(terminator);

      try (ServerSocket taken = new ServerSocket(0)) {
        terminator.rewrite(
            file("web", 0, "", fresh.port())
                .replace(
                    "backends:",
                    listener("second", 0, "")
                        + listener("third", taken.getLocalPort(), "")
                        + "backends:"));
        ReloadOutcome unbound = terminator.terminator().reload("test");
        assertThat(unbound.problems())
            .singleElement()
            .satisfies(problem -> assertThat(problem.path()).isEqualTo("listeners[third].bind"));
        assertThat(terminator.terminator().addresses()).containsOnlyKeys("web");
      }
      assertStillOld(terminator);

      java.nio.file.Files.createDirectory(terminator.directory().resolve("empty"));
      terminator.rewrite(file("web", 0, "", fresh.port()).replace("certs/", "empty/"));
      ReloadOutcome unserved = terminator.terminator().reload("test");
      assertThat(unserved.problems())
          .singleElement()
          .satisfies(
              problem -> assertThat(problem.finding()).isEqualTo("has no usable certificate"));
      assertStillOld(terminator);
      assertThat(terminator.terminator().library().liveContexts()).isEqualTo(1);
    }
  }

  @Test
  void whatOnlyAStartCanChangeIsNamed() throws IOException {
    try (RunningTerminator terminator = start(file("web", 0, "", old.port()))) {
      terminator.rewrite(
          file("web", 0, "", fresh.port()).replace("workers: 1", "workers: 2")
              + "memory: { frames: 16MiB }\n");
      assertThat(terminator.terminator().reload("test").atNextStart())
          .containsExactly("workers", "memory");
      assertThat(answer(terminator, terminator.address())).isEqualTo("new");
    }
  }

  @Test
  void aThousandReloadsUnderLoadFailNobodyAndLeaveNothing() throws Exception {
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger exchanges = new AtomicInteger();
    try (RunningTerminator terminator = start(file("web", 0, "", echo.port()))) {
      InetSocketAddress address = terminator.address();
      Thread[] clients = new Thread[CLIENTS];
      for (int i = 0; i < CLIENTS; i++) {
        clients[i] =
            new Thread(
                () -> {
                  while (!stop.get()) {
                    try (TlsConnection connection = terminator.client().connect(address)) {
                      assertEchoes(connection);
                      exchanges.incrementAndGet();
                    } catch (Throwable failure) {
                      failures.add(failure);
                      return;
                    }
                  }
                });
        clients[i].start();
      }
      String[] variants = {
        file("web", 0, "    tls: modern\n", echo.port()),
        file("web", 0, "    deadlines: { idle: 5m }\n", echo.port()),
        file("web", 0, "", echo.port()).replace("] }", "], balance: round-robin }"),
        file("web", 0, "    sni: { unknown: reject }\n", echo.port()),
      };
      for (int i = 0; i < RELOADS; i++) {
        terminator.rewrite(variants[i % variants.length]);
        assertThat(terminator.terminator().reload("test").result()).isEqualTo(Result.APPLIED);
      }
      int before = exchanges.get();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> exchanges.get() > before + 20 || !failures.isEmpty());
      stop.set(true);
      for (Thread client : clients) {
        client.join();
      }
      assertThat(failures).isEmpty();
      terminator.awaitNoConnection();
      assertThat(terminator.terminator().library().liveContexts()).isLessThanOrEqualTo(2);
    }
  }

  private void assertStillOld(RunningTerminator terminator) throws IOException {
    assertThat(answer(terminator, terminator.address())).isEqualTo("old");
  }

  private static void assertEchoes(TlsConnection connection) throws IOException {
    connection.write("ping");
    assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
  }

  private static String answer(RunningTerminator terminator, InetSocketAddress address)
      throws IOException {
    try (TlsConnection connection = terminator.client().connect(address)) {
      return connection.readToEnd().text();
    }
  }

  private RunningTerminator start(String yaml) {
    return RunningTerminator.start(ca, Map.of("localhost", ca.server("localhost")), yaml);
  }

  private static String file(String listener, int port, String keys, int backendPort) {
    return "workers: 1\nlisteners:\n"
        + listener(listener, port, keys)
        + "backends:\n  app: { servers: [\"127.0.0.1:"
        + backendPort
        + "\"] }\n";
  }

  private static String listener(String name, int port, String keys) {
    return "  - name: "
        + name
        + "\n    bind: \"127.0.0.1:"
        + port
        + "\"\n    certificates: certs/\n"
        + keys
        + "    backend: app\n";
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }
}
