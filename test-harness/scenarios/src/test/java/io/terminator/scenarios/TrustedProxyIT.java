package io.terminator.scenarios;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Listeners behind a proxy that sends PROXY headers: a real HAProxy, a real nginx, and untrusted
 * senders.
 */
class TrustedProxyIT {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
  private static final String LOCALHOST = "proxy-protocol: { accept-from: 127.0.0.1 }";

  private final TestCa ca = TestCa.create();

  // Answers with the line of version 1 that it got.
  private final ScriptedBackend backend =
      ScriptedBackend.start(peer -> peer.write(peer.readUntil("\r\n")));

  @TempDir Path directory;

  @AfterEach
  void stopBackend() {
    backend.close();
  }

  private enum Sender {
    HAPROXY_V1,
    HAPROXY_V2,
    NGINX
  }

  @ParameterizedTest
  @EnumSource
  void learnsFromRealProxiesWhoTheClientIs(Sender sender) throws Exception {
    int port = Ports.free();
    try (RunningTerminator terminator = with(LOCALHOST);
        RunningProcess proxy =
            sender == Sender.NGINX
                ? nginx(port, terminator.address())
                : haproxy(
                    port,
                    terminator.address(),
                    sender == Sender.HAPROXY_V1
                        ? "send-proxy"
                        : "send-proxy-v2 proxy-v2-options crc32c,unique-id,authority")) {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> !proxy.isRunning() || accepts(address));
      assertThat(proxy.isRunning()).as(proxy.output()).isTrue();
      try (TlsConnection client = terminator.client().connect(address)) {
        assertThat(client.readToEnd().text())
            .isEqualTo(
                "PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\n"
                    .formatted(client.localAddress().getPort(), port));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY TCP6 2001:db8::1 2001:db8::2 7 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 7 443\r\n"
      })
  void takesAHeaderInPiecesAndNamesTheClientInTheLog(String header) throws Exception {
    try (RunningTerminator terminator = with(LOCALHOST)) {
      try (TcpClient tcp = TcpClient.connect(terminator.address())) {
        tcp.writeInSegments(header.getBytes(US_ASCII), 5);
        try (RawTlsClient client = terminator.client().raw(tcp).handshake()) {
          assertThat(client.readToEnd().text()).isEqualTo(header);
        }
      }
      terminator.awaitNoConnection();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(
              terminator::accessLog,
              line ->
                  line.contains(
                          "\"client\":\"" + (header.contains("TCP6") ? "2001:db8::1" : "192.0.2.1"))
                      && line.contains("\"client-port\":7,")
                      && line.contains("\"proxy\":\"127.0.0.1\""));
    }
  }

  @Test
  void losesNothingThatComesInOneSegmentWithTheHeader() throws Exception {
    try (RunningTerminator terminator = with(LOCALHOST)) {
      try (TcpClient tcp = TcpClient.connect(terminator.address())) {
        tcp.write(
            "PROXY TCP4 192.0.2.1 198.51.100.2 7 443\r\nGET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
        assertThat(tcp.readToEnd().text()).startsWith("HTTP/1.1 400 ");
      }
      try (TcpClient tcp = TcpClient.connect(terminator.address())) {
        RawTlsClient client = terminator.client().raw(tcp);
        byte[] hello = client.clientHello();
        byte[] header = "PROXY TCP4 192.0.2.1 198.51.100.2 7 443\r\n".getBytes(US_ASCII);
        byte[] both = java.util.Arrays.copyOf(header, header.length + hello.length);
        System.arraycopy(hello, 0, both, header.length, hello.length);
        tcp.write(both);
        client.handshake();
        assertThat(client.readToEnd().text()).startsWith("PROXY TCP4 192.0.2.1 ");
      }
    }
  }

  @Test
  void takesLocalAndUnknownForTheProxyItself() throws Exception {
    try (RunningTerminator terminator = with(LOCALHOST)) {
      for (String header :
          new String[] {SIGNATURE + "20000000", SIGNATURE + "213100d8" + "2f".repeat(216)}) {
        try (TcpClient tcp = TcpClient.connect(terminator.address())) {
          tcp.write(HexFormat.of().parseHex(header));
          try (RawTlsClient client = terminator.client().raw(tcp).handshake()) {
            assertThat(client.readToEnd().text())
                .startsWith("PROXY TCP4 127.0.0.1 127.0.0.1 " + tcp.localAddress().getPort());
          }
        }
      }
      TcpClient.connect(terminator.address()).close();
      terminator.awaitCloses(CloseReason.PROBE, 1);
    }
  }

  @Test
  void closesWhoSendsNoHeaderOrHalfOfOne() throws Exception {
    try (RunningTerminator terminator =
        with("proxy-protocol: { accept-from: 127.0.0.0/8, timeout: 300ms }")) {
      assertThatThrownBy(() -> terminator.client().connect(terminator.address()))
          .isInstanceOf(IOException.class);
      terminator.awaitCloses(CloseReason.PROXY_HEADER_INVALID, 1);
      try (TcpClient tcp = TcpClient.connect(terminator.address())) {
        byte[] corrupt =
            HexFormat.of().parseHex(SIGNATURE + "21110013" + "00".repeat(12) + "030004deadbeef");
        tcp.write(corrupt);
        terminator.awaitCloses(CloseReason.PROXY_HEADER_INVALID, 2);
      }
      try (TcpClient tcp = TcpClient.connect(terminator.address())) {
        tcp.write("PROXY TCP4".getBytes(US_ASCII));
        terminator.awaitCloses(CloseReason.PROXY_HEADER_TIMEOUT, 1);
      }
      assertThat(terminator.metric("terminator_close_total{reason=\"proxy_header_invalid\"}"))
          .isEqualTo(2);
      assertThat(terminator.metric("terminator_close_total{reason=\"proxy_header_timeout\"}"))
          .isEqualTo(1);
      assertThat(backend.accepted()).isZero();
    }
  }

  @Test
  void refusesOthersOrTakesThemAsTheyAre() throws Exception {
    try (RunningTerminator terminator = with("proxy-protocol: { accept-from: 192.0.2.0/24 }")) {
      assertThatThrownBy(() -> terminator.client().connect(terminator.address()))
          .isInstanceOf(IOException.class);
      terminator.awaitCloses(CloseReason.DENIED, 1);
    }
    try (RunningTerminator terminator =
        with("proxy-protocol: { accept-from: 192.0.2.0/24, others: direct }")) {
      try (TlsConnection client = terminator.client().connect(terminator.address())) {
        assertThat(client.readToEnd().text()).startsWith("PROXY TCP4 127.0.0.1 ");
      }
      try (TcpClient tcp = TcpClient.connect(terminator.address())) {
        tcp.write("PROXY TCP4 192.0.2.1 198.51.100.2 7 443\r\n".getBytes(US_ASCII));
        // An unexpected PROXY header is not TLS; the log names it.
        terminator.awaitCloses(CloseReason.HANDSHAKE_FAILED, 1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PROXY TCP4 192.0.2.1 198.51.100.2 7 443\r\n", "PROXY UNKNOWN\r\n"})
  void saysThatASecondHeaderFollowedTheAcceptedOne(String first) throws Exception {
    try (RunningTerminator terminator = with(LOCALHOST)) {
      try (TcpClient tcp = TcpClient.connect(terminator.address())) {
        tcp.write((first + "PROXY TCP4 192.0.2.9 198.51.100.2 9 443\r\n").getBytes(US_ASCII));
        terminator.awaitCloses(CloseReason.HANDSHAKE_FAILED, 1);
      }
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(
              terminator::accessLog,
              log ->
                  log.contains("a second PROXY header came after the one that was accepted")
                      && log.contains("\"blame\":\"operator\"")
                      && !log.contains("accept-from"));
    }
  }

  @Test
  void judgesTheClientThatIsSpokenFor() throws Exception {
    try (RunningTerminator terminator =
        with(
            LOCALHOST
                + "\n    limits: { connections-per-source: 1, deny: 203.0.113.0/24, allow: [192.0.2.0/24, 203.0.112.0/23] }")) {
      try (TcpClient denied = proxied(terminator, "203.0.113.1")) {
        terminator.awaitCloses(CloseReason.DENIED, 1);
      }
      try (TcpClient notAllowed = proxied(terminator, "198.51.100.1")) {
        terminator.awaitCloses(CloseReason.DENIED, 2);
      }
      try (TcpClient first = proxied(terminator, "192.0.2.1");
          RawTlsClient served = terminator.client().raw(first)) {
        served.handshake();
        try (TcpClient second = proxied(terminator, "192.0.2.1")) {
          terminator.awaitCloses(CloseReason.LIMITED, 1);
        }
        try (TcpClient other = proxied(terminator, "192.0.2.2");
            RawTlsClient alsoServed = terminator.client().raw(other)) {
          alsoServed.handshake();
        }
      }
      terminator.awaitNoConnection();
      // The place was given back.
      try (TcpClient again = proxied(terminator, "192.0.2.1");
          RawTlsClient served = terminator.client().raw(again)) {
        assertThat(served.handshake().readToEnd().text()).startsWith("PROXY TCP4 192.0.2.1 ");
      }
    }
  }

  @Test
  void passesOnWhatAHeaderAdded() throws Exception {
    byte[] header =
        HexFormat.of()
            .parseHex(SIGNATURE + "2111" + "0011" + "c0000201c6336402000701bb" + "ea0002abcd");
    try (ScriptedBackend reader =
            ScriptedBackend.start(
                peer -> {
                  byte[] start = peer.readExactly(16);
                  byte[] rest = peer.readExactly((start[14] & 0xff) << 8 | (start[15] & 0xff));
                  peer.write(HexFormat.of().formatHex(rest) + "\n");
                });
        RunningTerminator terminator =
            start(LOCALHOST, reader.port(), "v2, pass-proxy-tlvs: true");
        TcpClient tcp = TcpClient.connect(terminator.address())) {
      tcp.write(header);
      try (RawTlsClient client = terminator.client().raw(tcp).handshake()) {
        assertThat(client.readToEnd().text())
            .startsWith("c0000201c6336402000701bb")
            .contains("ea0002abcd");
      }
    }
  }

  private static TcpClient proxied(RunningTerminator terminator, String source) throws IOException {
    TcpClient tcp = TcpClient.connect(terminator.address());
    tcp.write(("PROXY TCP4 " + source + " 198.51.100.2 7 443\r\n").getBytes(US_ASCII));
    return tcp;
  }

  private RunningTerminator with(String listenerKeys) {
    return start(listenerKeys, backend.port(), "v1");
  }

  private RunningTerminator start(String listenerKeys, int port, String out) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n    certificates: certs/\n    backend: app\n    "
            + listenerKeys
            + "\nbackends:\n  app: { servers: [\"127.0.0.1:"
            + port
            + "\"], proxy-protocol: "
            + out
            + " }\n");
  }

  private RunningProcess haproxy(int port, InetSocketAddress terminator, String option)
      throws IOException {
    Path program = Processes.assumeAvailable("haproxy");
    Path file = directory.resolve("haproxy.cfg");
    Files.writeString(
        file,
        """
        defaults
          mode tcp
          timeout client 30s
          timeout server 30s
          timeout connect 5s
        listen front
          bind 127.0.0.1:%d
          unique-id-format %%[uuid]
          server terminator 127.0.0.1:%d %s
        """
            .formatted(port, terminator.getPort(), option));
    return Processes.start(program.toString(), "-db", "-f", file.toString());
  }

  private RunningProcess nginx(int port, InetSocketAddress terminator) throws IOException {
    Path program = Processes.assumeAvailable("nginx");
    Path module = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");
    Files.createDirectories(directory.resolve("logs"));
    Path file = directory.resolve("nginx.conf");
    Files.writeString(
        file,
        """
        %s
        daemon off;
        master_process off;
        pid %s/nginx.pid;
        error_log stderr warn;
        events { }
        stream { server { listen 127.0.0.1:%d; proxy_pass 127.0.0.1:%d; proxy_protocol on; } }
        """
            .formatted(
                Files.exists(module) ? "load_module " + module + ";" : "",
                directory,
                port,
                terminator.getPort()));
    return Processes.start(program.toString(), "-p", directory.toString(), "-c", file.toString());
  }

  private static boolean accepts(InetSocketAddress address) {
    try (SocketPeer probe = SocketPeer.connect(address)) {
      return probe.socket().isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }
}
