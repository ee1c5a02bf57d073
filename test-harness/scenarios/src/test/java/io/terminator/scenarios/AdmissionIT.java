package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may connect, how often and how many at a time: decided before a handshake. */
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
