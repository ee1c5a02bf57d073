package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * A new version replaces the running one: two processes share the port for a while, and no client
 * is affected.
 */
class UpgradeIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CLIENTS = 4;

  @Test
  void aSecondProcessTakesOverThePortWithoutAFailedRequest() throws Exception {
    TestCa ca = TestCa.create();
    Path directory = Files.createTempDirectory("terminator-upgrade");
    ca.server("localhost").writeTo(Files.createDirectory(directory.resolve("certs")), "localhost");
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", Ports.free());
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger served = new AtomicInteger();
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    try (EchoBackend backend = EchoBackend.start()) {
      Files.writeString(
          directory.resolve("terminator.yaml"),
          """
          workers: 1
          listeners:
            - { name: web, bind: "127.0.0.1:%d", certificates: certs/, backend: app, shared: true }
          backends:
            app: { servers: ["127.0.0.1:%d"] }
          admin: { bind: "127.0.0.1:${ADMIN_PORT:-9443}" }
          log: { access: "off" }
          drain: { accept-grace: 500ms, window: 5s }
          """
              .formatted(address.getPort(), backend.address().getPort()));
      Thread[] clients = new Thread[CLIENTS];
      TlsConnection longLived;
      try (RunningProcess old = start(directory)) {
        for (int i = 0; i < CLIENTS; i++) {
          clients[i] =
              new Thread(
                  () -> {
                    while (!stop.get()) {
                      try (TlsConnection connection = client(ca).connect(address)) {
                        connection.write("ping");
                        assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
                        served.incrementAndGet();
                      } catch (Throwable failure) {
                        failures.add(failure);
                      }
                    }
                  });
          clients[i].start();
        }
        awaitMore(served, 20);
        longLived = client(ca).connect(address);
        longLived.write("before");
        assertThat(longLived.readExactly(6)).asString().isEqualTo("before");
        try (RunningProcess next = start(directory)) {
          awaitMore(served, 50);
          old.signal("TERM");
          old.awaitLine("Draining", PATIENCE);
          // Connections of the old process continue while it drains.
          longLived.write("during");
          assertThat(longLived.readExactly(6)).asString().isEqualTo("during");
          longLived.close();
          assertThat(old.awaitExit(PATIENCE)).isZero();
          assertThat(old.output()).contains("Drained; 0 connections remained");
          awaitMore(served, 50);
          stop.set(true);
          for (Thread client : clients) {
            client.join();
          }
          assertThat(failures).isEmpty();
          next.terminate();
          assertThat(next.awaitExit(PATIENCE)).isZero();
        }
      } finally {
        stop.set(true);
      }
    }
  }

  private static void awaitMore(AtomicInteger served, int more) {
    int from = served.get();
    await().atMost(PATIENCE).until(() -> served.get() >= from + more);
  }

  private static TlsClient client(TestCa ca) {
    return TlsClient.trusting(ca).serverName("localhost");
  }

  /** Starts a process with its own admin port and returns when it is ready. */
  private static RunningProcess start(Path directory) {
    ProcessBuilder command =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                ApplianceProcess.library() + "/*",
                "io.terminator.admin.command.Main",
                "run",
                "--config",
                directory.resolve("terminator.yaml").toString()));
    command.environment().put("ADMIN_PORT", Integer.toString(Ports.free()));
    RunningProcess process = Processes.start(command);
    process.awaitLine("Ready: web on", PATIENCE);
    return process;
  }
}
