package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.admin.lifecycle.State;
import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Unix sockets towards clients and servers, and addresses that are already in use. */
class UnixSocketIT {
  private final TestCa ca = TestCa.create();

  // The path of a socket has at most 107 bytes: a short directory, not the test's name.
  @TempDir Path directory;

  private Path front;
  private Path back;

  @BeforeEach
  void name() {
    front = directory.resolve("front.sock");
    back = directory.resolve("back.sock");
  }

  @Test
  void servesClientsOnAUnixSocketFromABackendOnAnother() throws Exception {
    String socat = Processes.assumeAvailable("socat").toString();
    int port = Ports.free();
    InetSocketAddress relay = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try (RunningProcess backend =
            Processes.start(socat, "UNIX-LISTEN:" + back + ",fork", "EXEC:cat");
        RunningTerminator terminator =
            start("limits: { connections: 1, deny: [0.0.0.0/0, \"::/0\"] }");
        RunningProcess clients =
            Processes.start(
                socat,
                "TCP-LISTEN:" + port + ",bind=127.0.0.1,fork,reuseaddr",
                "UNIX-CONNECT:" + front)) {
      await()
          .atMost(RunningTerminator.PATIENCE)
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                assertThat(backend.isRunning() && clients.isRunning()).isTrue();
                try (TlsConnection client = terminator.client().connect(relay)) {
                  assertEchoes(client);
                }
              });
      terminator.awaitNoConnection();
      try (TlsConnection client = terminator.client().connect(relay)) {
        assertEchoes(client);
        // The listener's own limits hold without an address too.
        long before = terminator.closes(CloseReason.LIMITED);
        assertThatThrownBy(() -> terminator.client().connect(relay))
            .isInstanceOf(IOException.class);
        terminator.awaitCloses(CloseReason.LIMITED, before + 1);
        assertEchoes(client);
      }
      terminator.awaitNoConnection();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(terminator::accessLog, log -> log.contains("\"event\":\"connection\""));
      assertThat(terminator.accessLog())
          .as("a client on a unix socket has no address")
          .doesNotContain("\"client\":");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aClientThatClosesAfterItsEndHoldsNothingAfterwards(TlsVersion version) throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(SocketPeer::awaitEnd);
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", ca.server("localhost")),
                """
                workers: 1
                listeners:
                  - name: web
                    bind: "unix:%s"
                    certificates: certs/
                    backend: app
                    deadlines: { half-close: 1s }
                backends:
                  app: { servers: [{ address: "%s", connections: 1 }] }
                """
                    .formatted(front, backend.hostAndPort()))) {
      for (int i = 1; i <= 5; i++) {
        RawTlsClient client =
            terminator.client().only(version).raw(TcpClient.connect(front)).handshake();
        client.write("last words".getBytes(StandardCharsets.US_ASCII));
        // Nobody reads the close_notify that answers: the write of it fails where TCP would take
        // it.
        client.closeNotify();
        client.close();
        terminator.awaitNoConnection();
        assertThat(terminator.closes(CloseReason.CLIENT_CLOSED)).isEqualTo(i);
      }
    }
  }

  @Test
  void believesAProxyThatReachesItsUnixSocket() throws Exception {
    String socat = Processes.assumeAvailable("socat").toString();
    int port = Ports.free();
    InetSocketAddress relay = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try (RunningProcess backend =
            Processes.start(socat, "UNIX-LISTEN:" + back + ",fork", "EXEC:cat");
        RunningTerminator terminator = start("proxy-protocol: { accept-from: 192.0.2.1 }");
        RunningProcess clients =
            Processes.start(
                socat,
                "TCP-LISTEN:" + port + ",bind=127.0.0.1,fork,reuseaddr",
                "UNIX-CONNECT:" + front)) {
      await()
          .atMost(RunningTerminator.PATIENCE)
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                assertThat(backend.isRunning() && clients.isRunning()).isTrue();
                TcpClient tcp = TcpClient.connect(relay);
                tcp.write(
                    "PROXY TCP4 192.0.2.7 198.51.100.2 7 443\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
                try (RawTlsClient client = terminator.client().raw(tcp).handshake()) {
                  client.write("here".getBytes(StandardCharsets.US_ASCII));
                  assertThat(client.readExactly(4)).asString().isEqualTo("here");
                }
              });
      terminator.awaitNoConnection();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(terminator::accessLog, log -> log.contains("\"client\":\"192.0.2.7\""));
    }
  }

  @Test
  void servesFromOneAbstractSocketToAnother() throws Exception {
    String socat = Processes.assumeAvailable("socat").toString();
    String name = "terminator-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    InetSocketAddress relay = new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free());
    String yaml =
        "workers: 2\nlisteners:\n  - { name: web, bind: \"unix:@%s-front\", certificates: certs/, backend: app }\nbackends:\n  app: { servers: [\"unix:@%s-back\"], check: tcp }\n"
            .formatted(name, name);
    try (RunningProcess backend =
            Processes.start(socat, "ABSTRACT-LISTEN:" + name + "-back,fork", "EXEC:cat");
        RunningTerminator terminator =
            RunningTerminator.start(ca, Map.of("localhost", ca.server("localhost")), yaml);
        RunningProcess clients =
            Processes.start(
                socat,
                "TCP-LISTEN:" + relay.getPort() + ",bind=127.0.0.1,fork,reuseaddr",
                "ABSTRACT-CONNECT:" + name + "-front")) {
      await()
          .atMost(RunningTerminator.PATIENCE)
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                assertThat(backend.isRunning() && clients.isRunning()).isTrue();
                try (TlsConnection client = terminator.client().connect(relay)) {
                  assertEchoes(client);
                }
              });
      assertThat(terminator.metrics()).contains("server=\"unix:@" + name + "-back\"");
      // One name, one listener; and no file of that name anywhere.
      assertThatThrownBy(
              () -> RunningTerminator.start(ca, Map.of("localhost", ca.server("localhost")), yaml))
          .hasMessageContaining("listener \"web\" cannot listen on unix:@" + name)
          .hasMessageContaining("Address already in use");
      assertThat(Path.of("@" + name + "-front")).doesNotExist();
      terminator.awaitNoConnection();
    }
  }

  @Test
  void takesThePlaceOfADeadSocketButNotOfALiveOneOrOfAFile() throws Exception {
    try (RunningTerminator first = start("")) {
      assertThat(first.terminator().state()).isEqualTo(State.SERVING);
      assertThatThrownBy(() -> start(""))
          .hasMessageContaining("listener \"web\": another process listens on " + front);
    }
    // What a killed process leaves behind: a socket file without a listener.
    Files.deleteIfExists(front);
    try (java.nio.channels.ServerSocketChannel dead =
        java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
      dead.bind(java.net.UnixDomainSocketAddress.of(front));
    }
    assertThat(front).exists();
    try (RunningTerminator next = start("")) {
      assertThat(next.terminator().state()).isEqualTo(State.SERVING);
    }
    Files.deleteIfExists(front);
    Files.writeString(front, "precious");
    assertThatThrownBy(() -> start("")).hasMessageContaining(front + " exists and is not a socket");
    assertThat(front).hasContent("precious");
  }

  @Test
  void saysWhatIsWrongWithAServersSocket() throws Exception {
    String yaml =
        """
        workers: 1
        listeners:
          - { name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }
        backends:
          app: { servers: ["unix:%s"] }
        """
            .formatted(back);
    try (RunningTerminator terminator =
        RunningTerminator.start(ca, Map.of("localhost", ca.server("localhost")), yaml)) {
      terminator.client().connect(terminator.address()).close();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(
              terminator::accessLog,
              log -> log.contains("\"detail\":\"unix:" + back + ": no such file"));
    }
  }

  @Test
  void doesNotShareAPortWithASecondInstance() {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator first = RunningTerminator.before(backend.address())) {
      String address = "127.0.0.1:" + first.address().getPort();
      assertThatThrownBy(
              () ->
                  RunningTerminator.start(
                      ca,
                      Map.of("localhost", ca.server("localhost")),
                      "workers: 2\nlisteners:\n  - { name: web, bind: \""
                          + address
                          + "\", certificates: certs/, backend: app }\n"
                          + "backends: { app: { servers: [\"127.0.0.1:9\"] } }\n"))
          .hasMessageContaining("listener \"web\" cannot listen on " + address)
          .hasMessageContaining("Address already in use");
    }
  }

  private RunningTerminator start(String listenerKeys) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        "workers: 2\nlisteners:\n  - name: web\n    bind: \"unix:%s\"\n    certificates: certs/\n    backend: app\n    %s\nbackends:\n  app: { servers: [\"unix:%s\"] }\n"
            .formatted(front, listenerKeys, back));
  }

  private static void assertEchoes(TlsConnection client) throws IOException {
    client.write("here");
    assertThat(client.readExactly(4)).asString().isEqualTo("here");
  }
}
