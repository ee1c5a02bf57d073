package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.NetworkNamespace;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two replicas on two hosts, restarted one after the other as by the Deployment in
 * docker/kubernetes: the new replica becomes ready, the old one is removed from the Service and
 * then receives SIGTERM.
 */
class ReplicasIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PORT = 8443;
  private static final int ADMIN = 9443;

  private final TestCa ca = TestCa.create();

  /** The targets of a Service: the replicas that were ready at their last check. */
  private final List<InetSocketAddress> endpoints = new CopyOnWriteArrayList<>();

  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicInteger served = new AtomicInteger();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  @TempDir Path directory;

  /** One host with the appliance on it. */
  private record Replica(NetworkNamespace host, ScriptedBackend backend, RunningProcess process)
      implements AutoCloseable {
    InetSocketAddress address() {
      return new InetSocketAddress(host.address(), PORT);
    }

    @Override
    public void close() {
      process.close();
      backend.close();
      host.close();
    }
  }

  @Test
  void aRollingRestartFailsNoRequestAndSessionsLiveOn() throws Exception {
    Path openssl = Processes.assumeAvailable("openssl");
    ca.server("localhost").writeTo(Files.createDirectory(directory.resolve("certs")), "localhost");
    Files.writeString(directory.resolve("secret"), "one secret for all the replicas, 32 b+\n");
    Files.writeString(directory.resolve("token"), "not-asked-for-probes-need-no-token\n");
    List<Replica> replicas = new ArrayList<>();
    List<Thread> clients = new ArrayList<>();
    try {
      replicas.add(start(1));
      replicas.add(start(2));
      replicas.forEach(replica -> await().atMost(PATIENCE).until(() -> isReady(replica)));
      replicas.forEach(replica -> endpoints.add(replica.address()));
      Path session = directory.resolve("session");
      assertThat(visit(openssl, replicas.get(0), "-sess_out", session)).contains("New, TLSv1.3");
      assertThat(visit(openssl, replicas.get(1), "-sess_in", session)).contains("Reused, TLSv1.3");
      for (int i = 0; i < 2; i++) {
        Thread client = new Thread(this::request);
        client.start();
        clients.add(client);
      }
      awaitMore(20);
      for (int old = 0; old < 2; old++) {
        Replica next = start(3 + old);
        replicas.add(next);
        await().atMost(PATIENCE).until(() -> isReady(next));
        endpoints.add(next.address());
        Replica gone = replicas.get(old);
        // preStop: the Service learns of it first, and some clients are on their way.
        endpoints.remove(gone.address());
        awaitMore(10);
        gone.process().signal("TERM");
        gone.process().awaitLine("Draining", PATIENCE);
        await().atMost(PATIENCE).until(() -> !isReady(gone));
        assertThat(gone.process().awaitExit(PATIENCE)).isZero();
        assertThat(gone.process().output()).contains("Drained; 0 connections remained");
      }
      awaitMore(20);
      stop.set(true);
      for (Thread client : clients) {
        client.join();
      }
      assertThat(failures).isEmpty();
      assertThat(visit(openssl, replicas.get(3), "-sess_in", session)).contains("Reused, TLSv1.3");
    } finally {
      stop.set(true);
      replicas.forEach(Replica::close);
    }
  }

  private void awaitMore(int count) {
    int before = served.get();
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(failures).isEmpty();
              assertThat(served.get()).isGreaterThanOrEqualTo(before + count);
            });
  }

  private void request() {
    while (!stop.get()) {
      InetSocketAddress endpoint =
          endpoints.get(ThreadLocalRandom.current().nextInt(endpoints.size()));
      try (TlsConnection connection =
          TlsClient.trusting(ca).serverName("localhost").connect(endpoint)) {
        assertThat(connection.readToEnd().text()).isEqualTo("hello");
        served.incrementAndGet();
      } catch (IndexOutOfBoundsException lessMeanwhile) {
        // The list became shorter between the two looks at it.
      } catch (Throwable failure) {
        failures.add(failure);
      }
    }
  }

  private Replica start(int number) throws IOException {
    NetworkNamespace host = NetworkNamespace.create(number);
    ScriptedBackend backend =
        ScriptedBackend.startOn(
            new InetSocketAddress(host.ours(), 0),
            peer -> {
              peer.write("hello");
              peer.finishOutput();
            });
    Path config =
        Files.writeString(
            directory.resolve("terminator-" + number + ".yaml"),
            """
            workers: 1
            state-dir: state-%d/
            tickets: { secret-file: secret }
            listeners:
              - { name: web, bind: "%s:%d", certificates: certs/, backend: app }
            backends:
              app: { servers: ["%s:%d"] }
            admin: { bind: "%s:%d", token-file: token, plain-http: true }
            log: { access: "off" }
            drain: { accept-grace: 500ms, window: 10s }
            """
                .formatted(
                    number,
                    host.address().getHostAddress(),
                    PORT,
                    host.ours().getHostAddress(),
                    backend.address().getPort(),
                    host.address().getHostAddress(),
                    ADMIN));
    List<String> command = new ArrayList<>(host.prefix());
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx64m",
            "-XX:MaxDirectMemorySize=128m",
            "-cp",
            ApplianceProcess.library() + "/*",
            "io.terminator.admin.command.Main",
            "run",
            "--config",
            config.toString()));
    RunningProcess process = Processes.start(command.toArray(new String[0]));
    return new Replica(host, backend, process);
  }

  private static boolean isReady(Replica replica) {
    try {
      HttpURLConnection probe =
          (HttpURLConnection)
              URI.create(
                      "http://%s:%d/readyz"
                          .formatted(replica.host().address().getHostAddress(), ADMIN))
                  .toURL()
                  .openConnection();
      probe.setConnectTimeout(1000);
      probe.setReadTimeout(5000);
      return probe.getResponseCode() == 200;
    } catch (IOException unreachable) {
      return false;
    }
  }

  private static String visit(Path openssl, Replica replica, String option, Path session) {
    try (RunningProcess client =
        Processes.start(
            "sh",
            "-c",
            "echo | %s s_client -ign_eof -connect %s:%d -servername localhost -tls1_3 %s %s"
                .formatted(
                    openssl, replica.host().address().getHostAddress(), PORT, option, session))) {
      assertThat(client.awaitExit(PATIENCE)).as(client.output()).isZero();
      return client.output();
    }
  }
}
