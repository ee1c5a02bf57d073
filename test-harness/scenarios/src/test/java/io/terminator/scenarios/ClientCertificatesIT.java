package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import io.terminator.testkit.Validity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Client certificates: which are accepted, which are refused and why, and what the backend
 * receives.
 */
class ClientCertificatesIT {
  private final TestCa ca = TestCa.create();
  private final Credential alice = ca.client("alice");

  @TempDir Path directory;
  private Path trusted;
  private Path revoked;

  @BeforeEach
  void writeFiles() throws Exception {
    trusted = Files.writeString(directory.resolve("clients.pem"), ca.rootPem());
    revoked = directory.resolve("clients.crl");
    Files.write(revoked, ca.crl().getEncoded());
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void onlyClientsOfTheTrustedIssuerComeIn(TlsVersion version) throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend.address(), "mode: required", "off")) {
      echo(terminator, client(alice).only(version));
      echo(terminator, client(alice).only(version));
      refuse(terminator, client(null).only(version), "the client sent none");
      refuse(
          terminator,
          client(TestCa.create().client("alice")).only(version),
          "not from an issuer that the listener trusts");
      refuse(
          terminator,
          client(ca.leaf("x").forClient().validity(Validity.expired()).issue()).only(version),
          "has expired or is not yet valid");
      refuse(
          terminator,
          client(ca.server("x")).only(version),
          "an extended key usage without clientAuth");
      assertThat(backend.accepted()).isEqualTo(2);
    }
  }

  @Test
  void theBackendAndTheLogLearnWhoItIs() throws Exception {
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  byte[] start = peer.readExactly(16);
                  byte[] rest = peer.readExactly(ByteBuffer.wrap(start).getShort(14) & 0xffff);
                  peer.write(start);
                  peer.write(rest);
                });
        RunningTerminator terminator = start(backend.address(), "mode: optional", "v2")) {
      byte[] der = alice.leaf().getEncoded();
      String header;
      try (TlsConnection client = client(alice).connect(terminator.address())) {
        header = HexFormat.of().formatHex(client.readToEnd().bytes());
      }
      // Verified, with a certificate in this connection and session.
      assertThat(header).containsPattern("20[0-9a-f]{4}0700000000" + "21");
      assertThat(header)
          .contains("220005" + HexFormat.of().formatHex("alice".getBytes(StandardCharsets.UTF_8)))
          .contains("28%04x".formatted(der.length) + HexFormat.of().formatHex(der));
      try (TlsConnection nobody = client(null).connect(terminator.address())) {
        header = HexFormat.of().formatHex(nobody.readToEnd().bytes());
      }
      assertThat(header).containsPattern("20[0-9a-f]{4}0100000001" + "21");
      Path log = terminator.directory().resolve("access.log");
      String fingerprint =
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der));
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(text(log))
                      .contains("CN=alice")
                      .contains("\"client-fingerprint\":\"" + fingerprint + "\""));
      refuse(terminator, client(TestCa.create().client("alice")), "not from an issuer");
    }
  }

  @Test
  void revocationListsAreReadWhileItServesAndAnExpiredOneIsReported() throws Exception {
    Credential bob = ca.client("bob");
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            start(backend.address(), "mode: required, crl: [\"" + revoked + "\"]", "off")) {
      echo(terminator, client(alice));
      echo(terminator, client(bob));
      Files.write(revoked, ca.crl(alice.leaf()).getEncoded());
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> refuse(terminator, client(alice), "a CRL lists"));
      echo(terminator, client(bob));

      // Of an issuer with the same name and another key.
      Files.write(revoked, TestCa.create().crl(alice.leaf()).getEncoded());
      awaitMetric(terminator, "foreign");
      echo(terminator, client(alice));
      Files.write(revoked, ca.crl(alice.leaf()).getEncoded());
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> refuse(terminator, client(alice), "a CRL lists"));

      Files.writeString(revoked, "half a fi");
      awaitMetric(terminator, "unusable");
      refuse(terminator, client(alice), "a CRL lists");
      echo(terminator, client(bob));

      Files.write(revoked, expiredCrl(bob.leaf()));
      awaitMetric(terminator, "expired");
      echo(terminator, client(alice));
      refuse(terminator, client(bob), "a CRL lists");
    }
  }

  @Test
  void aSubjectANameOrAKeyLetsIn() throws Exception {
    Credential byName = ca.leaf("svc.example").commonName("service").forClient().issue();
    Credential byKey = ca.client("carol");
    String spki =
        Base64.getEncoder()
            .encodeToString(
                MessageDigest.getInstance("SHA-256")
                    .digest(byKey.leaf().getPublicKey().getEncoded()));
    String rules =
        "mode: required, subjects: [\""
            + alice.leaf().getSubjectX500Principal().getName()
            + "\"], names: [SVC.example], keys: [\""
            + spki
            + "\"]";
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend.address(), rules, "off")) {
      echo(terminator, client(alice));
      echo(terminator, client(byName));
      echo(terminator, client(byKey));
      refuse(terminator, client(ca.client("mallory")), "does not match subjects, names or keys");
    }
  }

  @Test
  void aTicketOfANameThatAsksForNothingOpensNoOther() throws Exception {
    Processes.assumeAvailable("openssl");
    try (ScriptedBackend backend = ScriptedBackend.start(peer -> peer.write("hello"));
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("all", ca.server("open.example", "closed.example")),
                yaml(
                    backend.address(),
                    "    policies:\n      - { sni: closed.example, tls: { client-certificates: { ca: \""
                        + trusted
                        + "\" } } }\n",
                    "off"))) {
      Path session = directory.resolve("session");
      String to = "-connect 127.0.0.1:" + terminator.address().getPort();
      for (String version : new String[] {"-tls1_2", "-tls1_3"}) {
        String save = openssl(version, to, "-servername open.example -sess_out " + session);
        assertThat(save).contains("hello");
        assertThat(openssl(version, to, "-servername open.example -sess_in " + session))
            .contains("Reused, TLSv1", "hello");
        assertThat(openssl(version, to, "-servername closed.example -sess_in " + session))
            .doesNotContain("hello");
      }
    }
  }

  private static String openssl(String version, String to, String how) {
    try (RunningProcess client =
        Processes.start(
            "sh", "-c", "echo | openssl s_client -ign_eof " + version + " " + to + " " + how)) {
      client.awaitExit(RunningTerminator.PATIENCE);
      return client.output();
    }
  }

  private byte[] expiredCrl(X509Certificate names) throws Exception {
    return ca.crl(Validity.expired(), names).getEncoded();
  }

  private static void awaitMetric(RunningTerminator terminator, String state) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(terminator.metrics())
                    .contains(
                        "terminator_tls_revocation_lists{listener=\"web\",state=\""
                            + state
                            + "\",} 1.0"));
  }

  private TlsClient client(Credential credential) {
    TlsClient client = TlsClient.trusting(ca).serverName("localhost");
    return credential == null ? client : client.presenting(credential);
  }

  private static void echo(RunningTerminator terminator, TlsClient client) throws IOException {
    try (TlsConnection connection = client.connect(terminator.address())) {
      connection.write("ping");
      assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
      assertThat(connection.isResumed()).isFalse();
    }
  }

  /** A TLS 1.3 client notices the refusal only when it reads. */
  private static void refuse(RunningTerminator terminator, TlsClient client, String why)
      throws IOException {
    Path log = terminator.directory().resolve("access.log");
    int before = text(log).length();
    assertThatThrownBy(
            () -> {
              try (TlsConnection connection = client.connect(terminator.address())) {
                connection.write("ping");
                connection.readExactly(4);
              }
            })
        .isInstanceOf(IOException.class);
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(text(log).substring(before)).contains(why));
  }

  private static String text(Path log) throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }

  private RunningTerminator start(InetSocketAddress backend, String clients, String proxy) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        yaml(
            backend,
            "    tls: { client-certificates: { ca: \"" + trusted + "\", " + clients + " } }\n",
            proxy));
  }

  private static String yaml(InetSocketAddress backend, String keys, String proxy) {
    return "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
        + "    certificates: certs/\n    backend: app\n"
        + keys
        + "backends:\n  app: { servers: [\"127.0.0.1:"
        + backend.getPort()
        + "\"], proxy-protocol: "
        + proxy
        + " }\n";
  }
}
