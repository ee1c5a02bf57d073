package io.terminator.scenarios;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.Credential;
import io.terminator.testkit.Ending;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.Received;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A FIN without close_notify always becomes a reset for the other side; log and metrics call it a
 * truncation only if bytes may be missing.
 */
class TruncationIT {
  private final TestCa ca = TestCa.create();
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aClientThatLeavesAfterItsAnswerHasClosedAndItsBackendIsReset(TlsVersion version)
      throws Exception {
    CompletableFuture<Ending> seen = new CompletableFuture<>();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  peer.readExactly(4);
                  peer.write("pong");
                  seen.complete(peer.awaitEnd());
                });
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
      client.handshake();
      client.write("ping".getBytes(US_ASCII));
      client.readExactly(4);
      client.truncate();
      assertThat(seen.get(20, TimeUnit.SECONDS)).isEqualTo(Ending.RESET);
      terminator.awaitCloses(CloseReason.CLIENT_CLOSED, 1);
      assertThat(terminator.closes(CloseReason.CLIENT_TRUNCATED)).isZero();
    }
  }

  @Test
  void aBackendThatLeavesOutItsGoodbyeAfterTheClientsEndIsNoTruncation() throws Exception {
    try (ScriptedBackend backend = tlsBackend("pong", "");
        RunningTerminator terminator = before(backend.address().getPort());
        RawTlsClient client = client().raw(terminator.address())) {
      client.handshake();
      client.write("ping".getBytes(US_ASCII));
      client.readExactly(4);
      client.finishOutput();
      // A client that had closed would not notice; one that still listens may miss something.
      assertThat(client.readToEnd().ending()).isEqualTo(Ending.RESET);
      terminator.awaitCloses(CloseReason.CLIENT_CLOSED, 1);
      assertThat(terminator.closes(CloseReason.BACKEND_TRUNCATED)).isZero();
      assertThat(backend.failures()).isEmpty();
    }
  }

  @Test
  void anAnswerThatIsCutAfterTheClientsEndIsATruncation() throws Exception {
    try (ScriptedBackend backend = tlsBackend("", "half of");
        RunningTerminator terminator = before(backend.address().getPort());
        RawTlsClient client = client().raw(terminator.address())) {
      client.handshake();
      client.write("ping".getBytes(US_ASCII));
      client.finishOutput();
      Received answer = client.readToEnd();
      assertThat(answer.text()).isEqualTo("half of");
      assertThat(answer.ending()).isEqualTo(Ending.RESET);
      terminator.awaitCloses(CloseReason.BACKEND_TRUNCATED, 1);
      assertThat(backend.failures()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aClientThatResetsAfterTheBackendsEndHasClosed(TlsVersion version) throws Exception {
    CompletableFuture<Ending> seen = new CompletableFuture<>();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  peer.readExactly(4);
                  peer.write("pong");
                  peer.finishOutput();
                  seen.complete(peer.awaitEnd());
                });
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
      client.handshake();
      client.write("ping".getBytes(US_ASCII));
      client.readExactly(4);
      // The close_notify is there, and unread at the close: what wget and Python's sockets do.
      assertThat(client.tcp().isReadable(RunningTerminator.PATIENCE)).isTrue();
      client.reset();
      assertThat(seen.get(20, TimeUnit.SECONDS)).isEqualTo(Ending.RESET);
      terminator.awaitCloses(CloseReason.BACKEND_CLOSED, 1);
      assertThat(terminator.closes(CloseReason.CLIENT_RESET)).isZero();
    }
  }

  @Test
  void nginxClosesAfterAKeptConnectionsClient() throws Exception {
    int port = Ports.free();
    try (RunningProcess nginx = nginx(port)) {
      Awaitility.await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> !nginx.isRunning() || Ports.isAccepting(port));
      assertThat(nginx.isRunning()).as(nginx.output()).isTrue();
      try (RunningTerminator terminator = before(port)) {
        for (TlsVersion version : TlsVersion.values()) {
          long closed = terminator.closes(CloseReason.CLIENT_CLOSED);
          try (RawTlsClient client = client().only(version).raw(terminator.address())) {
            client.handshake();
            client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
            StringBuilder answer = new StringBuilder();
            while (answer.indexOf("kept.") < 0) {
              answer.append((char) client.readExactly(1)[0]);
            }
            assertThat(answer).startsWith("HTTP/1.1 200");
            client.finishOutput();
            terminator.awaitCloses(CloseReason.CLIENT_CLOSED, closed + 1);
          }
        }
        assertThat(terminator.closes(CloseReason.BACKEND_TRUNCATED)).isZero();
        awaitLog(terminator, "the backend closed without close_notify after the client had closed");
      }
    }
  }

  /** OpenLDAP checks the certificate after the handshake and sends no alert. */
  @Test
  void ldapsearchClosesAtOnceIfItRefusesTheCertificate() throws Exception {
    Path program = Processes.assumeAvailable("ldapsearch");
    Path strangers =
        Files.writeString(directory.resolve("strangers.pem"), TestCa.create().rootPem());
    try (ScriptedBackend backend = ScriptedBackend.start(SocketPeer::awaitEnd);
        RunningTerminator terminator = atAddress(backend)) {
      ProcessBuilder search =
          new ProcessBuilder(
              program.toString(),
              "-x",
              "-H",
              "ldaps://127.0.0.1:" + terminator.address().getPort(),
              "-s",
              "base");
      search.environment().put("LDAPTLS_CACERT", strangers.toString());
      try (RunningProcess process = Processes.start(search)) {
        assertThat(process.awaitExit(RunningTerminator.PATIENCE)).as(process.output()).isNotZero();
      }
      terminator.awaitCloses(CloseReason.CLIENT_CLOSED, 1);
      assertThat(terminator.closes(CloseReason.CLIENT_TRUNCATED)).isZero();
      awaitLog(terminator, "the client closed without close_notify and sent nothing");
    }
  }

  @Test
  void redisCliClosesAfterItsAnswer() throws Exception {
    Path program = Processes.assumeAvailable("redis-cli");
    Path authorities = Files.writeString(directory.resolve("ca.pem"), ca.rootPem());
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  peer.readUntil("PING\r\n");
                  peer.write("+PONG\r\n");
                  peer.awaitEnd();
                });
        RunningTerminator terminator = atAddress(backend);
        RunningProcess cli =
            Processes.start(
                program.toString(),
                "-h",
                "127.0.0.1",
                "-p",
                String.valueOf(terminator.address().getPort()),
                "--tls",
                "--cacert",
                authorities.toString(),
                "PING")) {
      cli.awaitLine("PONG", RunningTerminator.PATIENCE);
      terminator.awaitCloses(CloseReason.CLIENT_CLOSED, 1);
      assertThat(terminator.closes(CloseReason.CLIENT_TRUNCATED)).isZero();
      awaitLog(terminator, "the client closed without close_notify after an answer");
    }
  }

  private static void awaitLog(RunningTerminator terminator, String words) {
    Awaitility.await()
        .atMost(RunningTerminator.PATIENCE)
        .until(terminator::accessLog, log -> log.contains(words));
  }

  /**
   * Answers "ping" with {@code first}, waits for the end, sends {@code second} and a FIN without
   * close_notify. TLS 1.3 only: in TLS 1.2 the JDK answers a close_notify by itself.
   */
  private ScriptedBackend tlsBackend(String first, String second) {
    return ScriptedBackend.start(
        peer -> {
          SSLSocket tls =
              (SSLSocket)
                  ca.serverContext(ca.server("localhost"))
                      .getSocketFactory()
                      .createSocket(peer.socket(), "localhost", 0, false);
          tls.setUseClientMode(false);
          tls.setEnabledProtocols(new String[] {TlsVersion.TLS_1_3.jdkName()});
          tls.getInputStream().readNBytes(4);
          tls.getOutputStream().write(first.getBytes(US_ASCII));
          assertThat(tls.getInputStream().read()).isEqualTo(-1);
          tls.getOutputStream().write(second.getBytes(US_ASCII));
          peer.finishOutput();
          peer.awaitEnd();
        });
  }

  private TlsClient client() {
    return TlsClient.trusting(ca).serverName("localhost");
  }

  /** Its certificate is also valid for 127.0.0.1. */
  private RunningTerminator atAddress(ScriptedBackend backend) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost", "127.0.0.1")),
        """
        workers: 1
        listeners:
          - { name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }
        backends:
          app: { servers: ["%s"] }
        """
            .formatted(backend.hostAndPort()));
  }

  private RunningTerminator before(int port) throws IOException {
    Path authorities = Files.writeString(directory.resolve("ca.pem"), ca.rootPem());
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        """
        workers: 1
        listeners:
          - { name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }
        backends:
          app: { servers: ["127.0.0.1:%d"], tls: { ca: "%s", name: localhost } }
        """
            .formatted(port, authorities));
  }

  private RunningProcess nginx(int port) throws IOException {
    Path program = Processes.assumeAvailable("nginx");
    Credential server = ca.server("localhost");
    Files.writeString(directory.resolve("nginx.crt"), server.chainPem());
    Files.writeString(directory.resolve("nginx.key"), server.keyPem());
    Path file = directory.resolve("nginx.conf");
    Files.writeString(
        file,
        """
        daemon off;
        master_process off;
        pid %1$s/nginx.pid;
        error_log stderr warn;
        events { }
        http {
          access_log off;
          client_body_temp_path %1$s/t1; proxy_temp_path %1$s/t2; fastcgi_temp_path %1$s/t3;
          uwsgi_temp_path %1$s/t4; scgi_temp_path %1$s/t5;
          server {
            listen 127.0.0.1:%2$d ssl;
            ssl_certificate %1$s/nginx.crt;
            ssl_certificate_key %1$s/nginx.key;
            location / { return 200 "kept."; }
          }
        }
        """
            .formatted(directory, port));
    return Processes.start(program.toString(), "-p", directory.toString(), "-c", file.toString());
  }
}
