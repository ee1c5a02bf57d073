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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** What is done to the process as a whole: stopped, killed, cut off, short of heap. */
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
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(7));
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
          clients.add(
              inside(appliance, "sh", "-c", "(echo hello; exec sleep 600) | exec socat - " + tls));
        }
        for (RunningProcess client : clients) {
          client.awaitLine(".*hello.*", RunningTerminator.PATIENCE);
        }
        assertThat(active(appliance)).isEqualTo("3.0");
        run(appliance, "ip", "link", "set", "lo", "down");
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(5));
        run(appliance, "ip", "link", "set", "lo", "up");
        await()
            .atMost(RunningTerminator.PATIENCE)
            .untilAsserted(() -> assertThat(active(appliance)).isEqualTo("0.0"));
        assertThat(run(appliance, "sh", "-c", "(echo again; sleep 1) | socat - " + tls))
            .contains("again");
      } finally {
        clients.forEach(RunningProcess::close);
      }
      assertThat(backend.isRunning()).isTrue();
    }
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

  private static String active(ApplianceProcess appliance) {
    return metric(appliance, "terminator_connections_active{listener=\"web\",}");
  }

  private static String metric(ApplianceProcess appliance, String series) {
    String scrape =
        run(
            appliance,
            "curl",
            "-s",
            "http://127.0.0.1:" + appliance.admin().getPort() + "/metrics");
    return scrape
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .map(line -> line.substring(series.length() + 1))
        .findFirst()
        .orElse("");
  }

  private static void echo(TlsConnection connection) throws Exception {
    byte[] data = Deterministic.bytes(9, 1_000);
    connection.write(data);
    assertThat(connection.readExactly(data.length)).isEqualTo(data);
  }
}
