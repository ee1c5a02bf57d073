package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One listener at several addresses: IPv4, IPv6 and a unix socket. */
class AddressesIT {
  private final TestCa ca = TestCa.create();
  private final EchoBackend backend = EchoBackend.start();

  // The path of a socket has at most 107 bytes: a short directory, not the test's name.
  @TempDir Path directory;

  @AfterEach
  void stop() {
    backend.close();
  }

  @Test
  void servesOnEachOfThemAsOneListener() throws Exception {
    String socat = Processes.assumeAvailable("socat").toString();
    Path front = directory.resolve("front.sock");
    try (RunningTerminator terminator =
        start(
            "[\"127.0.0.1:0\", \"[::1]:0\", \"unix:" + front + "\"]",
            "limits: { connections: 2 }")) {
      List<SocketAddress> addresses = addresses(terminator);
      assertThat(addresses).hasSize(3);
      assertThat(((InetSocketAddress) addresses.get(1)).getAddress().getHostAddress())
          .isEqualTo("0:0:0:0:0:0:0:1");
      InetSocketAddress relay =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free());
      try (RunningProcess clients =
          Processes.start(
              socat,
              "TCP-LISTEN:" + relay.getPort() + ",bind=127.0.0.1,fork,reuseaddr",
              "UNIX-CONNECT:" + front)) {
        await()
            .atMost(RunningTerminator.PATIENCE)
            .ignoreExceptions()
            .untilAsserted(
                () -> {
                  assertThat(clients.isRunning()).isTrue();
                  assertEchoes(terminator, relay);
                });
      }
      terminator.awaitNoConnection();
      InetSocketAddress four = (InetSocketAddress) addresses.get(0);
      InetSocketAddress six = (InetSocketAddress) addresses.get(1);
      try (TlsConnection one = terminator.client().connect(four);
          TlsConnection two = terminator.client().connect(six)) {
        // Two addresses, one limit.
        long before = terminator.closes(CloseReason.LIMITED);
        assertThatThrownBy(() -> terminator.client().connect(six)).isInstanceOf(IOException.class);
        terminator.awaitCloses(CloseReason.LIMITED, before + 1);
        assertEchoes(one);
        assertEchoes(two);
        assertThat(terminator.metrics())
            .contains("terminator_connections_active{listener=\"web\",} 2.0");
      }
    }
  }

  @Test
  void aPortAloneIsEveryAddressOfBothFamilies() throws Exception {
    int http = Ports.free();
    int admin = Ports.free();
    try (RunningTerminator terminator =
        RunningTerminator.start(
            ca,
            Map.of("localhost", ca.server("localhost", "127.0.0.1")),
            yaml("\":0\"", "")
                + "http: { bind: \":"
                + http
                + "\" }\nadmin: { bind: \":"
                + admin
                + "\", plain-http: true, token-file: token }\n",
            Map.of("token", "0123456789abcdef0123456789abcdef"))) {
      int port = terminator.address().getPort();
      assertThat(terminator.terminator().listening()).startsWith("web on [::]:" + port + ", ");
      for (String host : List.of("127.0.0.1", "::1")) {
        assertEchoes(terminator, new InetSocketAddress(host, port));
        TcpClient.connect(new InetSocketAddress(host, http)).close();
        TcpClient.connect(new InetSocketAddress(host, admin)).close();
      }
      terminator.awaitNoConnection();
      // Clients of the one family are not seen as mapped into the other.
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(terminator.accessLog())
                      .contains("\"client\":\"127.0.0.1\"", "\"client\":\"::1\""));
    }
  }

  @Test
  void aPortAloneIsEveryAddressOfIpv4WhereThereIsNoIpv6() throws Exception {
    try (ApplianceProcess appliance =
            ApplianceProcess.before(
                backend.address(),
                List.of("env", "JAVA_TOOL_OPTIONS=-Djava.net.preferIPv4Stack=true"),
                "");
        TlsConnection client = appliance.client().connect(appliance.address())) {
      assertEchoes(client);
      Path config = appliance.directory().resolve("terminator.yaml");
      int port = Ports.free();
      Files.writeString(
          config,
          Files.readString(config)
              .replaceFirst("bind: \"127.0.0.1:0\"", "bind: \":" + port + "\""));
      appliance.process().signal("HUP");
      appliance.process().awaitLine(".*reload by=SIGHUP: applied.*", RunningTerminator.PATIENCE);
      appliance.client().connect(new InetSocketAddress("127.0.0.1", port)).close();
      assertThatThrownBy(() -> TcpClient.connect(new InetSocketAddress("::1", port)))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aReloadKeepsTheSocketsOfAddressesThatStay() throws Exception {
    int stays = Ports.free();
    try (RunningTerminator terminator =
        start("[\"127.0.0.1:0\", \"127.0.0.1:" + stays + "\"]", "")) {
      InetSocketAddress goes = (InetSocketAddress) addresses(terminator).get(0);
      InetSocketAddress kept = (InetSocketAddress) addresses(terminator).get(1);
      try (TlsConnection atKept = terminator.client().connect(kept);
          TlsConnection atGone = terminator.client().connect(goes)) {
        assertEchoes(atKept);
        assertEchoes(atGone);
        // The one that stays is the first now, and there is another.
        terminator.rewrite(yaml("[\"127.0.0.1:" + stays + "\", \"[::1]:0\"]", ""));
        assertThat(terminator.terminator().reload("test").result())
            .isEqualTo(ReloadOutcome.Result.APPLIED);
        assertThat(addresses(terminator)).hasSize(2).first().isEqualTo(kept);
        assertThatThrownBy(() -> TcpClient.connect(goes)).isInstanceOf(IOException.class);
        assertEchoes(atKept);
        assertEchoes(atGone);
        assertEchoes(terminator, kept);
        assertEchoes(terminator, (InetSocketAddress) addresses(terminator).get(1));

        // One that is taken, and nothing of it comes.
        terminator.rewrite(
            yaml("[\"127.0.0.1:0\", \"127.0.0.1:" + backend.address().getPort() + "\"]", ""));
        ReloadOutcome refused = terminator.terminator().reload("test");
        assertThat(refused.result()).isEqualTo(ReloadOutcome.Result.REFUSED);
        assertThat(refused.problems())
            .singleElement()
            .asString()
            .contains("listeners[web].bind", "127.0.0.1:" + backend.address().getPort());
        assertThat(addresses(terminator)).hasSize(2).first().isEqualTo(kept);
        assertEchoes(terminator, kept);
      }
    }
  }

  @Test
  void startsAtAllOfThemOrNotAtAll() {
    int free = Ports.free();
    int taken = backend.address().getPort();
    assertThatThrownBy(() -> start("[\"127.0.0.1:" + free + "\", \"127.0.0.1:" + taken + "\"]", ""))
        .hasMessageContaining("listener \"web\" cannot listen on 127.0.0.1:" + taken)
        .hasMessageContaining("Address already in use");
    assertThatThrownBy(() -> TcpClient.connect(new InetSocketAddress("127.0.0.1", free)))
        .isInstanceOf(IOException.class);
  }

  private static List<SocketAddress> addresses(RunningTerminator terminator) {
    return Objects.requireNonNull(terminator.terminator().addresses().get("web"));
  }

  private RunningTerminator start(String bind, String listenerKeys) {
    return RunningTerminator.start(
        ca, Map.of("localhost", ca.server("localhost", "127.0.0.1")), yaml(bind, listenerKeys));
  }

  private String yaml(String bind, String listenerKeys) {
    return "workers: 2\nlisteners:\n  - name: web\n    bind: %s\n    certificates: certs/\n    backend: app\n    %s\nbackends:\n  app: { servers: [\"127.0.0.1:%d\"] }\n"
        .formatted(bind, listenerKeys, backend.address().getPort());
  }

  private static void assertEchoes(RunningTerminator terminator, InetSocketAddress address)
      throws IOException {
    try (TlsConnection client = terminator.client().connect(address)) {
      assertEchoes(client);
    }
  }

  private static void assertEchoes(TlsConnection client) throws IOException {
    client.write("here");
    assertThat(client.readExactly(4)).asString().isEqualTo("here");
  }
}
