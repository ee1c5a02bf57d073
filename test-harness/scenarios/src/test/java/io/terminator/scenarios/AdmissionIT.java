package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Admission before the handshake: addresses, rates and concurrent connections. */
class AdmissionIT {
  private final EchoBackend backend = EchoBackend.start();

  @AfterEach
  void stopBackend() {
    backend.close();
  }

  @Test
  void limitsOpenConnectionsOverAllWorkersAndGivesPlacesBack() throws Exception {
    try (RunningTerminator terminator = with("limits: { connections: 2 }")) {
      TlsConnection first = terminator.client().connect(terminator.address());
      try (TlsConnection second = terminator.client().connect(terminator.address())) {
        assertRefused(terminator, CloseReason.LIMITED);
        assertEchoes(first);
        assertEchoes(second);
        first.close();
        await()
            .atMost(RunningTerminator.PATIENCE)
            .ignoreExceptions()
            .untilAsserted(
                () -> {
                  try (TlsConnection next = terminator.client().connect(terminator.address())) {
                    assertEchoes(next);
                  }
                });
      }
      assertThat(terminator.metrics()).contains("reason=\"limited\"");
      terminator.awaitNoConnection();
    }
  }

  @Test
  void limitsOneSourceAndLeavesPlacesToOthers() throws Exception {
    try (RunningTerminator terminator = with("limits: { connections-per-source: 1 }");
        TlsConnection first = terminator.client().connect(terminator.address())) {
      assertEchoes(first);
      assertRefused(terminator, CloseReason.LIMITED);
      long before = terminator.closes(CloseReason.LIMITED);
      try (Socket other = from("127.0.0.2", terminator)) {
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> terminator.totals().count(WorkerCount.CONNECTIONS_ACTIVE) == 2);
        assertThat(other.isConnected()).isTrue();
      }
      assertThat(terminator.closes(CloseReason.LIMITED)).isEqualTo(before);
    }
  }

  @Test
  void limitsNewConnectionsOfOneSourceASecond() throws Exception {
    try (RunningTerminator terminator = with("limits: { rate-per-source: 1 }")) {
      await()
          .atMost(RunningTerminator.PATIENCE)
          .ignoreExceptions()
          .until(
              () -> {
                TcpClient.connect(terminator.address()).close();
                return terminator.closes(CloseReason.LIMITED) > 0;
              });
      await()
          .atMost(RunningTerminator.PATIENCE)
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                try (TlsConnection later = terminator.client().connect(terminator.address())) {
                  assertEchoes(later);
                }
              });
    }
  }

  @Test
  void deniesBlocksAndWhoeverIsNotAllowed() throws Exception {
    try (RunningTerminator terminator = with("limits: { allow: 127.0.0.0/30, deny: 127.0.0.2 }")) {
      try (TlsConnection allowed = terminator.client().connect(terminator.address())) {
        assertEchoes(allowed);
      }
      for (String source : new String[] {"127.0.0.2", "127.0.0.4"}) {
        long before = terminator.closes(CloseReason.DENIED);
        try (Socket denied = from(source, terminator)) {
          terminator.awaitCloses(CloseReason.DENIED, before + 1);
          assertThatThrownBy(() -> denied.getInputStream().read())
              .as(source)
              .isInstanceOf(IOException.class);
        }
      }
    }
  }

  @Test
  void judgesClientsOfIpv6AndThoseOfIpv4ThatComeToADualStackAddress() throws Exception {
    TestCa ca = TestCa.create();
    try (RunningTerminator terminator =
        RunningTerminator.start(
            ca,
            Map.of("localhost", ca.server("localhost")),
            """
            workers: 1
            listeners:
              - { name: web, bind: "[::]:0", certificates: certs/, backend: app,
                  limits: { connections-per-source: 1, deny: 127.0.0.2 } }
              - { name: closed, bind: "[::1]:0", certificates: certs/, backend: app, limits: { deny: "::/64" } }
            backends:
              app: { servers: ["127.0.0.1:%d"] }
            """
                .formatted(backend.port()))) {
      int port = terminator.address().getPort();
      InetSocketAddress six = new InetSocketAddress("::1", port);
      InetSocketAddress four = new InetSocketAddress("127.0.0.1", port);
      try (TlsConnection first = terminator.client().connect(six);
          TlsConnection other = terminator.client().connect(four)) {
        assertEchoes(first);
        assertEchoes(other);
        for (InetSocketAddress again : List.of(six, four)) {
          long before = terminator.closes(CloseReason.LIMITED);
          assertThatThrownBy(() -> terminator.client().connect(again).close())
              .isInstanceOf(IOException.class);
          terminator.awaitCloses(CloseReason.LIMITED, before + 1);
        }
      }
      try (Socket denied =
          new Socket(four.getAddress(), port, InetAddress.getByName("127.0.0.2"), 0)) {
        terminator.awaitCloses(CloseReason.DENIED, 1);
        assertThatThrownBy(() -> denied.getInputStream().read()).isInstanceOf(IOException.class);
      }
      assertThatThrownBy(() -> terminator.client().connect(terminator.address("closed")))
          .isInstanceOf(IOException.class);
      terminator.awaitCloses(CloseReason.DENIED, 2);
    }
  }

  @Test
  void reportsEveryWrongLimitAtOnce() {
    assertThatThrownBy(
            () ->
                with(
                    "limits: { connections: 5, connections-per-source: 6, rate: -1,"
                        + " allow: 10.1.0.0/16, deny: [10.0.0.0/8, 192.0.2.1/24] }"))
        .hasMessageContaining("limits.connections-per-source")
        .hasMessageContaining("at most connections, 5")
        .hasMessageContaining("limits.rate")
        .hasMessageContaining("192.0.2.1/24");
    assertThatThrownBy(() -> with("limits: { allow: 10.1.0.0/16, deny: 10.0.0.0/8 }"))
        .hasMessageContaining("\"10.1.0.0/16\" can never connect: deny has 10.0.0.0/8");
  }

  private RunningTerminator with(String limits) {
    return RunningTerminator.before(backend.address(), "    " + limits + "\n", "workers: 2\n");
  }

  private static Socket from(String source, RunningTerminator terminator) throws IOException {
    return new Socket(
        terminator.address().getAddress(),
        terminator.address().getPort(),
        InetAddress.getByName(source),
        0);
  }

  private static void assertRefused(RunningTerminator terminator, CloseReason reason)
      throws IOException {
    long before = terminator.closes(reason);
    assertThatThrownBy(() -> terminator.client().connect(terminator.address()).close())
        .isInstanceOf(IOException.class);
    terminator.awaitCloses(reason, before + 1);
  }

  private static void assertEchoes(TlsConnection connection) throws IOException {
    connection.write("here");
    assertThat(connection.readExactly(4)).asString().isEqualTo("here");
  }
}
