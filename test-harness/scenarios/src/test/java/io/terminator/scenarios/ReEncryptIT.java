package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.connect.ConnectCount;
import io.terminator.core.observe.ByteCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.route.ServerHealth;
import io.terminator.core.route.ServerView;
import io.terminator.testkit.CertificateForge;
import io.terminator.testkit.CertificateForge.Forged;
import io.terminator.testkit.Counted;
import io.terminator.testkit.Credential;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ending;
import io.terminator.testkit.HttpBackend;
import io.terminator.testkit.KeyAlgorithm;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS to backends: data is encrypted again, for the verified server only. */
class ReEncryptIT {
  private static final long SEED = 11;
  private static final int SIZE = 3 * 1024 * 1024;

  private final TestCa ca = TestCa.create();
  private final TestCa stranger = TestCa.create();
  @TempDir Path directory;
  private Path authorities = Path.of("");

  @BeforeEach
  void writeAuthorities() throws IOException {
    authorities = Files.writeString(directory.resolve("ca.pem"), ca.rootPem());
  }

  @Test
  void keepsHalfClosesAndResetsWhatTheyAreOverTwoHops() throws Exception {
    CompletableFuture<Ending> requestEnd = new CompletableFuture<>();
    CompletableFuture<Ending> brokenEnd = new CompletableFuture<>();
    byte[] payload = Deterministic.bytes(SEED, SIZE);
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  if (new String(peer.readExactly(1), java.nio.charset.StandardCharsets.US_ASCII)
                      .equals("r")) {
                    brokenEnd.complete(peer.awaitEnd());
                    return;
                  }
                  Counted request = peer.countToEnd();
                  requestEnd.complete(request.ending());
                  peer.write(payload);
                  peer.finishOutput();
                });
        RunningTerminator second = RunningTerminator.before(backend.address());
        RunningTerminator first =
            start(
                "[\"127.0.0.1:%d\"], tls: { ca: \"%s\", sni: localhost }"
                    .formatted(
                        second.address().getPort(),
                        Files.writeString(
                            directory.resolve("second.pem"), second.ca().rootPem())))) {
      try (RawTlsClient client =
          TlsClient.trusting(ca).serverName("localhost").raw(first.address())) {
        client.handshake();
        client.write("q".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        client.write(payload);
        client.finishOutput();
        Counted answer = client.countToEnd();
        assertThat(answer.sha256()).isEqualTo(Deterministic.sha256(SEED, SIZE));
        assertThat(answer.ending()).isEqualTo(Ending.CLOSE_NOTIFY);
      }
      assertThat(requestEnd.get(20, TimeUnit.SECONDS)).isEqualTo(Ending.FIN);
      first.awaitCloses(CloseReason.CLIENT_CLOSED, 1);
      // It took our end for a whole one: close_notify came before the FIN.
      second.awaitCloses(CloseReason.CLIENT_CLOSED, 1);

      try (RawTlsClient client =
          TlsClient.trusting(ca).serverName("localhost").raw(first.address())) {
        client.handshake();
        client.write("r".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> second.totals().bytes(ByteCount.BYTES_IN) == SIZE + 2);
        client.reset();
      }
      first.awaitCloses(CloseReason.CLIENT_RESET, 1);
      second.awaitCloses(CloseReason.CLIENT_RESET, 1);
      assertThat(brokenEnd.get(20, TimeUnit.SECONDS)).isEqualTo(Ending.RESET);
    }
  }

  @Test
  void servesNobodyFromAServerThatIsNotWhoItShouldBe() throws Exception {
    refuses(ca.server("other.example"), "not for localhost");
    refuses(ca.expired("localhost"), "expired");
    refuses(ca.notYetValid("localhost"), "not valid yet");
    refuses(stranger.server("localhost"), "tls.ca trusts");
    refuses(ca.server("localhost").withoutIssuers(), "tls.ca trusts");
  }

  private void refuses(Credential credential, String words) throws Exception {
    try (EchoBackend server = EchoBackend.startTls(ca.serverContext(credential));
        RunningTerminator terminator =
            start(
                "[\"%s\"], tls: { ca: \"%s\", name: localhost }"
                    .formatted(server.hostAndPort(), authorities))) {
      try (TlsConnection client = connect(terminator)) {
        try {
          client.write("secret");
        } catch (IOException refusedFirst) {
          // The server was dialled and refused before the client wrote.
        }
        terminator.awaitCloses(CloseReason.BACKEND_UNTRUSTED, 1);
      }
      assertThat(server.bytes()).isZero();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(terminator.accessLog())
                      .contains("\"reason\":\"backend_untrusted\"", words));
    }
  }

  @Test
  void goesOnToTheNextServerAndSaysWhatIsWrongWithOneThatSpeaksNoTls() throws Exception {
    try (EchoBackend expired = EchoBackend.startTls(ca.serverContext(ca.expired("localhost")));
        EchoBackend plain = EchoBackend.start();
        EchoBackend good = EchoBackend.startTls(ca.serverContext(ca.server("127.0.0.1")));
        RunningTerminator terminator =
            start(
                "[\"%s\", \"%s\", \"%s\"], tls: { ca: \"%s\" }, connect: { timeout: 30s }"
                    .formatted(
                        expired.hostAndPort(),
                        plain.hostAndPort(),
                        good.hostAndPort(),
                        authorities))) {
      for (int i = 0; i < 4; i++) {
        try (TlsConnection client = connect(terminator)) {
          client.write("x");
          assertThat(client.readExactly(1)).asString().isEqualTo("x");
        }
      }
      assertThat(good.bytes()).isEqualTo(4);
      assertThat(terminator.totals().count(ConnectCount.RETRIES)).isPositive();
    }
    try (ScriptedBackend http =
            ScriptedBackend.start(
                client -> {
                  client.readExactly(1);
                  client.write("HTTP/1.1 400 Bad Request\r\n\r\n");
                  client.awaitEnd();
                });
        RunningTerminator terminator =
            start("[\"%s\"], tls: { ca: \"%s\" }".formatted(http.hostAndPort(), authorities))) {
      try (TlsConnection client = connect(terminator)) {
        assertThat(client.version()).isNotNull();
        terminator.awaitCloses(CloseReason.BACKEND_HANDSHAKE_FAILED, 1);
      }
    }
  }

  @Test
  void aServerThatIsSilentInItsHandshakeIsATimeout() throws Exception {
    try (ScriptedBackend silent = ScriptedBackend.start(client -> client.awaitEnd());
        RunningTerminator terminator =
            start(
                "[\"%s\"], tls: on, connect: { timeout: 200ms }".formatted(silent.hostAndPort()))) {
      try (TlsConnection client = connect(terminator)) {
        assertThat(client.version()).isNotNull();
        terminator.awaitCloses(CloseReason.CONNECT_TIMEOUT, 1);
      }
    }
  }

  @Test
  void checksServersOverTls() throws Exception {
    String often = "interval: 100ms, timeout: 5s, fall: 2";
    try (EchoBackend expired = EchoBackend.startTls(ca.serverContext(ca.expired("localhost")));
        EchoBackend good = EchoBackend.startTls(ca.serverContext(ca.server("localhost")));
        RunningTerminator terminator =
            start(
                "[\"%s\", \"%s\"], tls: { ca: \"%s\", name: localhost }, check: { type: tls, %s }"
                    .formatted(expired.hostAndPort(), good.hostAndPort(), authorities, often))) {
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(terminator.terminator().pools().get(0).view())
                      .extracting(server -> server.standing().health())
                      .containsExactly(ServerHealth.DOWN, ServerHealth.UP));
      assertThat(terminator.terminator().pools().get(0).view().get(0).standing().finding())
          .contains("expired");
    }
  }

  /**
   * A health check has no client, so the certificate cannot be checked against the client's server
   * name.
   */
  @Test
  void checksVerifyTheChainAloneWhereTheNameIsTheClients() throws Exception {
    try (EchoBackend foreign =
            EchoBackend.startTls(stranger.serverContext(stranger.server("localhost")));
        EchoBackend good = EchoBackend.startTls(ca.serverContext(ca.server("localhost")));
        RunningTerminator terminator =
            start(
                ("[\"%s\", \"%s\"], tls: { ca: \"%s\", sni: client },"
                        + " check: { type: tls, interval: 100ms, timeout: 5s, fall: 2 }")
                    .formatted(foreign.hostAndPort(), good.hostAndPort(), authorities))) {
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(terminator.terminator().pools().get(0).view())
                      .extracting(server -> server.standing().health())
                      .containsExactly(ServerHealth.DOWN, ServerHealth.UP));
      try (TlsConnection client = connect(terminator)) {
        client.write("x");
        assertThat(client.readExactly(1)).asString().isEqualTo("x");
      }
    }
  }

  @Test
  void checksSendAServerNameOfTheirOwnWhereTheNameIsTheClients() throws Exception {
    String often = "interval: 100ms, timeout: 5s, fall: 2";
    String https = "type: https, path: /health, " + often;
    String trusted = "ca: \"" + authorities + "\", sni: client";
    try (HttpBackend http = HttpBackend.start();
        RunningTerminator strict =
            RunningTerminator.start(
                ca,
                Map.of("strict", ca.server("a.example")),
                """
                workers: 1
                listeners:
                  - name: web
                    bind: "127.0.0.1:0"
                    certificates: certs/
                    sni: { missing: reject, unknown: reject }
                    backend: app
                backends:
                  app: { servers: ["%s"] }
                """
                    .formatted(http.hostAndPort()))) {
      int port = strict.address().getPort();
      checks(port, ServerHealth.DOWN, "tls: { %s }, check: { %s }", trusted, https);
      checks(
          port,
          ServerHealth.UP,
          "tls: { %s }, check: { host: \"a.example:443\", %s }",
          trusted,
          https);
      checks(
          port,
          ServerHealth.UP,
          "tls: { %s, name: a.example }, check: { type: tls, %s }",
          trusted,
          often);
      checks(port, ServerHealth.UP, "check: { host: a.example, %s }", https);
    }
  }

  private void checks(int port, ServerHealth expected, String settings, Object... values) {
    try (RunningTerminator terminator =
        start("[\"127.0.0.1:%d\"], ".formatted(port) + settings.formatted(values))) {
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(terminator.terminator().pools().get(0).view())
                      .extracting(server -> server.standing().health())
                      .containsExactly(expected));
    }
  }

  /** Otherwise one client could take the server from all others, and bring the backup into use. */
  @Test
  void aNameThatAClientMadeUpDoesNotEjectTheServer() throws Exception {
    try (EchoBackend good = EchoBackend.startTls(ca.serverContext(ca.server("localhost")));
        RunningTerminator terminator =
            start(
                "[\"%s\"], tls: { ca: \"%s\", sni: client }"
                    .formatted(good.hostAndPort(), authorities))) {
      for (String name : List.of("made-up.example", "other.example")) {
        try (RawTlsClient client =
            TlsClient.trusting(ca).serverName(name).raw(terminator.address())) {
          client.handshake();
          client.readToEnd();
        }
      }
      terminator.awaitCloses(CloseReason.BACKEND_UNTRUSTED, 2);
      ServerView server = terminator.terminator().pools().get(0).view().get(0);
      assertThat(server.standing().passedOver()).isFalse();
      assertThat(server.counts().connectFailures()).isZero();
      try (TlsConnection client = connect(terminator)) {
        client.write("x");
        assertThat(client.readExactly(1)).asString().isEqualTo("x");
      }
    }
    try (EchoBackend foreign =
            EchoBackend.startTls(stranger.serverContext(stranger.server("localhost")));
        RunningTerminator terminator =
            start(
                "[\"%s\"], tls: { ca: \"%s\", sni: client }"
                    .formatted(foreign.hostAndPort(), authorities))) {
      try (RawTlsClient client =
          TlsClient.trusting(ca).serverName("made-up.example").raw(terminator.address())) {
        client.handshake();
        client.readToEnd();
      }
      terminator.awaitCloses(CloseReason.BACKEND_UNTRUSTED, 1);
      ServerView server = terminator.terminator().pools().get(0).view().get(0);
      assertThat(server.counts().connectFailures()).as("it has a foreign chain").isPositive();
    }
  }

  @Test
  void theLimitsOfATrustedCaCount() throws Exception {
    Forged limited = CertificateForge.of("Limited").authority().permitting("a.test").forge();
    Files.writeString(authorities, limited.pem());
    refuses(
        CertificateForge.of("x").names("localhost").forServers().signedBy(limited).forge().with(),
        "limits names or path length");
  }

  /** A CN of one word is not a host name, and the empty name means every host (RFC 5280). */
  @Test
  void constraintsOnHostNamesLetServersWithAddressesIn() throws Exception {
    Forged root = CertificateForge.of("Root").authority().forge();
    Files.writeString(authorities, root.pem());
    for (String domain : List.of("a.test", "")) {
      Forged narrow =
          CertificateForge.of("Narrow").authority().permitting(domain).signedBy(root).forge();
      Credential server =
          CertificateForge.of("worker")
              .extension(
                  Extension.subjectAlternativeName,
                  false,
                  new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1")))
              .forServers()
              .signedBy(narrow)
              .forge()
              .with(narrow);
      try (EchoBackend backend = EchoBackend.startTls(ca.serverContext(server));
          RunningTerminator terminator =
              start("[\"%s\"], tls: { ca: \"%s\" }".formatted(backend.hostAndPort(), authorities));
          TlsConnection client = connect(terminator)) {
        client.write("x");
        assertThat(client.readExactly(1)).as(domain).asString().isEqualTo("x");
      }
    }
    Forged narrow =
        CertificateForge.of("Narrow").authority().permitting("a.test").signedBy(root).forge();
    refuses(
        CertificateForge.of("x")
            .names("localhost")
            .forServers()
            .signedBy(narrow)
            .forge()
            .with(narrow),
        "does not lead to a CA");
  }

  /** A key for which BoringSSL offers no signature algorithm; tcnative cannot change that. */
  @Test
  void aServerWhoseOnlyKeyIsOnP521IsSaidToBeUnsupported() throws Exception {
    Path program = Processes.assumeAvailable("openssl");
    Credential p521 = ca.leaf("localhost").algorithm(KeyAlgorithm.ECDSA_P521).issue();
    Path chain = Files.writeString(directory.resolve("p521.crt"), p521.chainPem());
    Path key = Files.writeString(directory.resolve("p521.key"), p521.keyPem());
    try (RunningProcess openssl =
        Processes.start(
            program.toString(),
            "s_server",
            "-accept",
            "127.0.0.1:0",
            "-cert",
            chain.toString(),
            "-key",
            key.toString())) {
      String port = openssl.awaitLine("ACCEPT 127.0.0.1:(\\d+)", Duration.ofSeconds(20)).group(1);
      unsupported("127.0.0.1:" + port);
    }
    try (EchoBackend java = EchoBackend.startTls(ca.serverContext(p521))) {
      unsupported(java.hostAndPort());
    }
  }

  private void unsupported(String server) throws Exception {
    try (RunningTerminator terminator =
        start("[\"%s\"], tls: { ca: \"%s\", name: localhost }".formatted(server, authorities))) {
      try (TlsConnection client = connect(terminator)) {
        assertThat(client.version()).isNotNull();
        terminator.awaitCloses(CloseReason.BACKEND_HANDSHAKE_FAILED, 1);
      }
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(terminator.accessLog())
                      .contains("P-521 or Ed25519 are not supported"));
    }
  }

  @Test
  void anOutgoingCertificateForServersAloneIsWarnedOf() throws Exception {
    Credential ours = ca.server("localhost");
    Path chain = Files.writeString(directory.resolve("server-only.crt"), ours.chainPem());
    Path key = Files.writeString(directory.resolve("server-only.key"), ours.keyPem());
    List<String> warned = new CopyOnWriteArrayList<>();
    Handler handler = new Warnings(warned);
    Logger log = Logger.getLogger("io.terminator.admin.appliance.Backend");
    log.addHandler(handler);
    try (RunningTerminator terminator =
        start(
            "[\"127.0.0.1:1\"], tls: { ca: \"%s\", certificate: \"%s\", key: \"%s\" }"
                .formatted(authorities, chain, key))) {
      assertThat(warned)
          .anySatisfy(
              line ->
                  assertThat(line)
                      .contains("backends.app.tls.certificate", "server-only.crt", "clientAuth"));
    } finally {
      log.removeHandler(handler);
    }
  }

  private static final class Warnings extends Handler {
    private final List<String> messages;

    Warnings(List<String> messages) {
      this.messages = messages;
    }

    @Override
    public void publish(LogRecord line) {
      messages.add(line.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  void showsNginxOurCertificateTheClientsNameAndItsProtocol() throws Exception {
    int port = Ports.free();
    Credential ours = ca.client("terminator");
    Path chain = Files.writeString(directory.resolve("client.crt"), ours.chainPem());
    Path key = Files.writeString(directory.resolve("client.key"), ours.keyPem());
    try (RunningProcess nginx = nginx(port);
        RunningTerminator terminator =
            start(
                ("[\"127.0.0.1:%d\"], check: { type: https, path: /up, interval: 100ms },"
                        + " tls: { ca: \"%s\", sni: client, certificate: \"%s\", key: \"%s\" }")
                    .formatted(port, authorities, chain, key))) {
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> !nginx.isRunning() || Ports.isAccepting(port));
      assertThat(nginx.isRunning()).as(nginx.output()).isTrue();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(
              () ->
                  terminator.terminator().pools().get(0).view().get(0).standing().health()
                      == ServerHealth.UP);
      for (int i = 0; i < 2; i++) {
        try (TlsConnection client =
            TlsClient.trusting(ca)
                .serverName("localhost")
                .alpn("http/1.1")
                .connect(terminator.address())) {
          client.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
          assertThat(client.readToEnd().text())
              .startsWith("HTTP/1.1 200")
              .contains("verify=SUCCESS", "CN=terminator", "sni=localhost", "alpn=http/1.1");
        }
      }
      // The client has its end before the connection has been counted.
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> terminator.closes(CloseReason.BACKEND_CLOSED) == 2);
    }
  }

  @Test
  void anEndWithoutCloseNotifyIsATruncation() throws Exception {
    Path program = Processes.assumeAvailable("openssl");
    Credential server = ca.server("localhost");
    Path chain = Files.writeString(directory.resolve("server.crt"), server.chainPem());
    Path key = Files.writeString(directory.resolve("server.key"), server.keyPem());
    try (RunningProcess openssl =
        Processes.start(
            program.toString(),
            "s_server",
            "-accept",
            "127.0.0.1:0",
            "-rev",
            "-cert",
            chain.toString(),
            "-cert_chain",
            chain.toString(),
            "-key",
            key.toString())) {
      String port = openssl.awaitLine("ACCEPT 127.0.0.1:(\\d+)", Duration.ofSeconds(20)).group(1);
      try (RunningTerminator terminator =
          start(
              "[\"127.0.0.1:%s\"], tls: { ca: \"%s\", name: localhost }"
                  .formatted(port, authorities))) {
        try (TlsConnection client = connect(terminator)) {
          client.write("abc\n");
          assertThat(client.readUntil("\n")).isEqualTo("cba\n");
          openssl.kill();
          terminator.awaitCloses(CloseReason.BACKEND_TRUNCATED, 1);
        }
      }
    }
  }

  @Test
  void aReloadReadsTheAuthoritiesAgainAndRefusesOnesThatAreNone() throws Exception {
    try (EchoBackend server = EchoBackend.startTls(ca.serverContext(stranger.server("localhost")));
        RunningTerminator terminator =
            start(
                "[\"%s\"], tls: { ca: \"%s\", name: localhost }"
                    .formatted(server.hostAndPort(), authorities))) {
      try (TlsConnection client = connect(terminator)) {
        assertThat(client.version()).isNotNull();
        terminator.awaitCloses(CloseReason.BACKEND_UNTRUSTED, 1);
      }
      Files.writeString(authorities, "nothing\n");
      assertThat(terminator.terminator().reload("test").problems())
          .anySatisfy(
              problem ->
                  assertThat(problem.toString()).contains("backends.app.tls", "certificate"));
      Files.writeString(authorities, stranger.rootPem());
      assertThat(terminator.terminator().reload("test").problems()).isEmpty();
      try (TlsConnection client = connect(terminator)) {
        client.write("x");
        assertThat(client.readExactly(1)).asString().isEqualTo("x");
      }
    }
  }

  private TlsConnection connect(RunningTerminator terminator) throws IOException {
    return TlsClient.trusting(ca).serverName("localhost").connect(terminator.address());
  }

  private RunningTerminator start(String servers) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        """
        workers: 1
        listeners:
          - name: web
            bind: "127.0.0.1:0"
            certificates: certs/
            tls: { alpn: [http/1.1] }
            backend: app
        backends:
          app: { balance: round-robin, servers: %s }
        """
            .formatted(servers));
  }

  private RunningProcess nginx(int port) throws IOException {
    Path program = Processes.assumeAvailable("nginx");
    Credential server = ca.server("localhost", "127.0.0.1");
    Files.writeString(directory.resolve("nginx.crt"), server.chainPem());
    Files.writeString(directory.resolve("nginx.key"), server.keyPem());
    Path file = directory.resolve("nginx.conf");
    Files.writeString(
        file,
        """
        daemon off;
        %s
        worker_processes 1;
        pid %2$s/nginx.pid;
        error_log stderr warn;
        events { worker_connections 64; }
        http {
          access_log off;
          client_body_temp_path %2$s/t1; proxy_temp_path %2$s/t2; fastcgi_temp_path %2$s/t3;
          uwsgi_temp_path %2$s/t4; scgi_temp_path %2$s/t5;
          server {
            listen 127.0.0.1:%3$d ssl;
            ssl_certificate %2$s/nginx.crt;
            ssl_certificate_key %2$s/nginx.key;
            ssl_client_certificate %2$s/ca.pem;
            ssl_verify_client on;
            ssl_verify_depth 3;
            location / {
              default_type text/plain;
              return 200 "verify=$ssl_client_verify $ssl_client_s_dn sni=$ssl_server_name alpn=$ssl_alpn_protocol.";
            }
          }
        }
        """
            .formatted(
                "root".equals(System.getProperty("user.name")) ? "user root;" : "",
                directory,
                port));
    return Processes.start(program.toString(), "-p", directory.toString(), "-c", file.toString());
  }
}
