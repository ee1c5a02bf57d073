package io.terminator.scenarios;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Ports;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every receiver in Debian behind Terminator, with version 2 within its limit: a client whose
 * header would be too long, an IPv6 client of an IPv4 server, and a client on a unix socket.
 */
class ProxyReceiversIT {
  private static final String NAME =
      "a-name-longer-than-half-of-the-room-in-nginx.receivers.example";

  private final TestCa ca = TestCa.create();
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void letsEveryClientIn(ProxyReceiver receiver) throws Exception {
    Assumptions.assumeTrue(
        receiver != ProxyReceiver.POSTFIX || "root".equals(System.getProperty("user.name")),
        "Postfix: only root can start it");
    int port = Ports.free();
    Path front = directory.resolve("front.sock");
    try (RunningProcess server = receiver.start(directory, port);
        RunningTerminator terminator = before(port, receiver.limit, front)) {
      try (RawTlsClient client = client().raw(terminator.address("six"))) {
        String answer = exchange(receiver, client);
        if (receiver.namesClient()) {
          assertThat(answer).contains("client=::1.");
        } else if (receiver != ProxyReceiver.NGINX_MAIL) {
          await()
              .atMost(RunningTerminator.PATIENCE)
              .untilAsserted(() -> assertThat(server.output()).contains("::1"));
        }
        if (receiver == ProxyReceiver.HAPROXY) {
          assertThat(answer).contains("authority=" + NAME + ".");
        }
      }
      try (RawTlsClient client = client().raw(TcpClient.connect(front))) {
        exchange(receiver, client);
      }
    }
  }

  private TlsClient client() {
    return TlsClient.trusting(ca).serverName(NAME).alpn("http/1.1");
  }

  private static String exchange(ProxyReceiver receiver, RawTlsClient client) throws IOException {
    client.handshake();
    StringBuilder answer = new StringBuilder();
    if (receiver.speaksFirst()) {
      while (answer.indexOf("\n") < 0) {
        answer.append(new String(client.readExactly(1), US_ASCII));
      }
      answer.setLength(0);
    }
    client.write(receiver.question().getBytes(US_ASCII));
    if (receiver.speaksFirst()) {
      while (!answer.toString().contains(receiver.answer())
          || answer.charAt(answer.length() - 1) != '\n') {
        answer.append(new String(client.readExactly(1), US_ASCII));
      }
      client.finishOutput();
      return answer.toString();
    }
    return client.readToEnd().text();
  }

  private RunningTerminator before(int port, String limit, Path front) {
    return RunningTerminator.start(
        ca,
        Map.of("server", ca.server(NAME)),
        """
        workers: 1
        listeners:
          - { name: six, bind: "[::1]:0", certificates: certs/, backend: app, tls: { alpn: [http/1.1] } }
          - { name: unix, bind: "unix:%s", certificates: certs/, backend: app, tls: { alpn: [http/1.1] } }
        backends:
          app:
            servers: ["127.0.0.1:%d"]
            proxy-protocol: v2
            proxy-header-limit: %s
        """
            .formatted(front, port, limit));
  }
}
