package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Deterministic;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Faults of the whole process: it is stopped, killed, cut off from the network, or short of heap.
 */
class HostileProcessIT {
  private static final List<String> OWN_NETWORK =
      List.of("unshare", "-n", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh");

  @Test
  void stoppedAndContinuedItServesWhoWaitedAndReportsNoStall() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance = ApplianceProcess.before(backend.address(), List.of(), "");
        TlsConnection older = appliance.client().connect(appliance.address())) {
      echo(older);
      appliance.process().signal("STOP");
      byte[] hello;
      try (RawTlsClient client = appliance.client().raw(appliance.address())) {
        hello = client.clientHello();
      }
      List<TcpClient> queued = new ArrayList<>();
      try {
        for (int i = 0; i < 10; i++) {
          TcpClient client = TcpClient.connect(appliance.address());
          queued.add(client);
          client.write(hello);
        }
        // More than the watchdog's limit, and than a client has for its hello.
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(10));
        appliance.process().signal("CONT");
        echo(older);
        for (TcpClient client : queued) {
          assertThat(client.readExactly(1)[0]).isEqualTo((byte) 22);
        }
      } finally {
        for (TcpClient client : queued) {
          client.close();
        }
      }
      try (TlsConnection newer = appliance.client().fresh().connect(appliance.address())) {
        echo(newer);
      }
      assertThat(appliance.metric("terminator_worker_stalls_total")).isZero();
    }
  }

  @Test
  void killedAndStartedAgainItServesOnTheSameAddress() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess first = ApplianceProcess.before(backend.address(), List.of(), "")) {
      TlsConnection client = first.client().connect(first.address());
      echo(client);
      first.process().kill();
      first.process().awaitExit(RunningTerminator.PATIENCE);
      try {
        assertThat(client.read(new byte[1])).isEqualTo(-1);
      } catch (IOException reset) {
        // Either tells the client.
      }
      try (ApplianceProcess second = first.again();
          TlsConnection newer = second.client().connect(first.address())) {
        echo(newer);
      }
    }
  }

  @Test
  void peersThatVanishWithoutAWordAreClosedByTheirDeadline() throws Exception {
    Processes.assumeAvailable("unshare");
    Processes.assumeAvailable("socat");
    // Nobody else is in that network: any port is free.
    InetSocketAddress inside = new InetSocketAddress("127.0.0.1", 7_000);
    try (ApplianceProcess appliance =
            ApplianceProcess.before(
                inside, OWN_NETWORK, "", ", deadlines: { idle: 3s, half-close: 2s }");
        RunningProcess backend =
            inside(appliance, "socat", "TCP-LISTEN:7000,fork,reuseaddr", "EXEC:cat")) {
      List<RunningProcess> clients = new ArrayList<>();
      String tls = "OPENSSL:127.0.0.1:" + appliance.address().getPort() + ",verify=0";
      try {
        for (int i = 0; i < 3; i++) {
          clients.add(staying(appliance, tls));
        }
        for (RunningProcess client : clients) {
          client.awaitLine(".*hello.*", RunningTerminator.PATIENCE);
        }
        assertThat(active(appliance)).isEqualTo(3);
        run(appliance, "ip", "link", "set", "lo", "down");
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(5));
        run(appliance, "ip", "link", "set", "lo", "up");
        await()
            .atMost(RunningTerminator.PATIENCE)
            .untilAsserted(() -> assertThat(active(appliance)).isEqualTo(0));
        assertThat(run(appliance, "sh", "-c", "(echo again; sleep 1) | socat - " + tls))
            .contains("again");
      } finally {
        clients.forEach(RunningProcess::close);
      }
      assertThat(backend.isRunning()).isTrue();
    }
  }

  @Test
  void withoutAPortTowardsTheBackendClientsAreToldAndTheNextIsServedAgain() throws Exception {
    Processes.assumeAvailable("unshare");
    Processes.assumeAvailable("socat");
    InetSocketAddress target = new InetSocketAddress("127.0.0.1", 7_000);
    // The listener and the admin API take two of these ten.
    List<String> fewPorts =
        List.of(
            "unshare",
            "-n",
            "sh",
            "-c",
            "ip link set lo up && echo 40000 40009 > /proc/sys/net/ipv4/ip_local_port_range && exec \"$@\"",
            "sh");
    try (ApplianceProcess appliance = ApplianceProcess.before(target, fewPorts, "");
        RunningProcess backend =
            inside(appliance, "socat", "TCP-LISTEN:7000,fork,reuseaddr", "EXEC:cat")) {
      List<RunningProcess> clients = new ArrayList<>();
      try {
        // Each from a port of its own outside of the range.
        for (int i = 0; i < 8; i++) {
          clients.add(staying(appliance, from(appliance, 50_000 + i)));
        }
        for (RunningProcess client : clients) {
          client.awaitLine(".*hello.*", RunningTerminator.PATIENCE);
        }
        Duration before = appliance.process().cpuTime();
        for (int i = 0; i < 5; i++) {
          String said =
              run(appliance, "sh", "-c", "echo hello | socat - " + from(appliance, 50_100 + i));
          assertThat(said).doesNotContain("hello");
        }
        assertThat(appliance.process().cpuTime().minus(before)).isLessThan(Duration.ofSeconds(2));
        assertThat(metric(appliance, "terminator_close_total{reason=\"connect_failed\"}"))
            .isEqualTo(5);
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> Files.readString(appliance.accessLog()).contains("connect_failed"));
        assertThat(Files.readString(appliance.accessLog())).contains("requested address");
        assertThat(active(appliance)).isEqualTo(8);
        clients.remove(0).close();
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(
                () -> {
                  try (RunningProcess next =
                      staying(appliance, from(appliance, 50_200 + clients.size()))) {
                    next.awaitLine(".*hello.*", Duration.ofSeconds(2));
                    return true;
                  } catch (AssertionError notYet) {
                    return false;
                  }
                });
      } finally {
        clients.forEach(RunningProcess::close);
      }
      assertThat(backend.isRunning()).isTrue();
    }
  }

  @Test
  void aClockThatJumpsEndsNoConnectionAndStopsNoDeadline() throws Exception {
    Processes.assumeAvailable("faketime");
    Path library = Path.of("/usr/lib", System.getProperty("os.arch").replace("amd64", "x86_64"));
    library =
        library.resolveSibling(library.getFileName() + "-linux-gnu/faketime/libfaketimeMT.so.1");
    assertThat(library).exists();
    Path clock = Files.writeString(Files.createTempFile("terminator", ".clock"), "+0\n");
    List<String> jumping =
        List.of(
            "env",
            "LD_PRELOAD=" + library,
            "FAKETIME_TIMESTAMP_FILE=" + clock,
            "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1");
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance =
            ApplianceProcess.before(
                backend.address(), jumping, "", ", deadlines: { client-hello: 2s, idle: 60s }");
        TlsConnection older = appliance.client().connect(appliance.address())) {
      Instant today = Instant.now();
      // An hour is more than every deadline; less than the certificate's life, which is the
      // client's to judge.
      for (String offset : List.of("+1h", "-1h", "+0")) {
        echo(older);
        Files.writeString(clock, offset + "\n");
        try (TlsConnection newer = appliance.client().connect(appliance.address());
            TlsConnection whole = appliance.client().fresh().connect(appliance.address());
            TcpClient silent = TcpClient.connect(appliance.address())) {
          echo(older);
          echo(newer);
          echo(whole);
          assertThat(silent.patience(Duration.ofSeconds(20)).readToEnd()).isNotNull();
        }
      }
      echo(older);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> Files.readAllLines(appliance.accessLog()).size() >= 9);
      // The clock did jump: the lines say so.
      List<Instant> times = new ArrayList<>();
      for (String line : Files.readAllLines(appliance.accessLog())) {
        times.add(Instant.parse(line.replaceFirst(".*\"time\":\"([^\"]+)\".*", "$1")));
      }
      assertThat(times)
          .anyMatch(time -> time.isAfter(today.plus(Duration.ofMinutes(50))))
          .anyMatch(time -> time.isBefore(today.minus(Duration.ofMinutes(50))));
      assertThat(appliance.metric("terminator_close_total{reason=\"client_hello_timeout\",}"))
          .isEqualTo(3);
      assertThat(appliance.metric("terminator_close_total{reason=\"idle\",}")).isZero();
      assertThat(appliance.metric("terminator_worker_stalls_total")).isZero();
    } finally {
      Files.delete(clock);
    }
  }

  /** A client that sends a greeting, prints the answer and stays connected. */
  private static RunningProcess staying(ApplianceProcess appliance, String tls) {
    return inside(
        appliance, "socat", tls, "SYSTEM:echo hello; read answer; echo $answer >&2; read never");
  }

  private static String from(ApplianceProcess appliance, int port) {
    return "OPENSSL:127.0.0.1:"
        + appliance.address().getPort()
        + ",verify=0,reuseaddr,bind=127.0.0.1:"
        + port;
  }

  /** Within the appliance's own network. */
  private static RunningProcess inside(ApplianceProcess appliance, String... command) {
    List<String> all = new ArrayList<>();
    all.addAll(List.of("nsenter", "-t", Long.toString(appliance.process().pid()), "-n"));
    all.addAll(Arrays.asList(command));
    return Processes.start(all.toArray(new String[0]));
  }

  private static String run(ApplianceProcess appliance, String... command) {
    try (RunningProcess process = inside(appliance, command)) {
      process.awaitExit(Duration.ofSeconds(30));
      return process.output();
    }
  }

  private static double active(ApplianceProcess appliance) {
    return metric(appliance, "terminator_connections_active{listener=\"web\",}");
  }

  private static double metric(ApplianceProcess appliance, String series) {
    String scrape =
        run(
            appliance,
            "curl",
            "-s",
            "http://127.0.0.1:" + appliance.admin().getPort() + "/metrics");
    return new Scrape(scrape).sum(series);
  }

  private static void echo(TlsConnection connection) throws Exception {
    byte[] data = Deterministic.bytes(9, 1_000);
    connection.write(data);
    assertThat(connection.readExactly(data.length)).isEqualTo(data);
  }
}
