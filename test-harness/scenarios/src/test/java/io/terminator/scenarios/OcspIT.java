package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.CertificateForge;
import io.terminator.testkit.CertificateForge.Forged;
import io.terminator.testkit.Credential;
import io.terminator.testkit.LeafRequest;
import io.terminator.testkit.OcspResponder;
import io.terminator.testkit.OcspStatus;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.Validity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that request it receive a fresh OCSP staple, and no client waits for a responder. */
class OcspIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String NONE = "OCSP response: no response sent";
  private static final String GOOD = "Cert Status: good";

  private final TestCa ca = TestCa.create();

  @TempDir Path directory;
  private OcspResponder responder;
  private ScriptedBackend backend;

  @BeforeEach
  void start() {
    Processes.assumeAvailable("openssl");
    responder = OcspResponder.start(ca);
    backend = ScriptedBackend.start(peer -> peer.write("hello"));
  }

  @AfterEach
  void stop() {
    responder.close();
    backend.close();
  }

  @Test
  void staplesAndKeepsTheStapleOverARestart() throws Exception {
    Credential credential = leaf(request -> request);
    try (RunningTerminator terminator = start(credential)) {
      awaitStatus(terminator, "-tls1_2", GOOD);
      assertThat(status(terminator, "-tls1_3")).contains(GOOD).contains("successful");
      assertThat(terminator.metrics())
          .contains("terminator_tls_ocsp_answers_total{result=\"good\",} 1.0")
          .contains("terminator_tls_ocsp_stapled 1.0");
      assertThat(responder.requests()).isEqualTo(1);
    }
    responder.mode(OcspResponder.Mode.FAILING);
    try (RunningTerminator terminator = start(credential)) {
      awaitStatus(terminator, "-tls1_3", GOOD);
      assertThat(responder.requests()).isEqualTo(1);
    }
  }

  @Test
  void keptResponsesAreInUseBeforeTheFirstClient() throws Exception {
    Map<String, Credential> many = new TreeMap<>();
    for (int i = 0; i < 60; i++) {
      String name = "host" + i + ".example";
      many.put(name, ca.leaf(name).ocspAt(responder.url()).mustStaple().issue());
    }
    try (RunningTerminator terminator = start(many)) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(terminator.metrics()).contains("terminator_tls_ocsp_stapled 60.0"));
    }
    responder.mode(OcspResponder.Mode.FAILING);
    try (RunningTerminator terminator = start(many)) {
      // At once, nothing is waited for.
      assertThat(terminator.metrics())
          .contains("terminator_tls_ocsp_stapled 60.0")
          .doesNotContain("tls_ocsp_lacking{");
    }
  }

  /** A responder with HTTP/1.0, a delegated signer identified by its key, and no nextUpdate. */
  @Test
  void opensslsResponderIsUnderstood() throws Exception {
    int port = Ports.free();
    Credential credential = ca.leaf("localhost").ocspAt("http://127.0.0.1:" + port + "/").issue();
    Credential above = ca.intermediate();
    Forged signer =
        CertificateForge.of("Responder")
            .forOcsp()
            .signedBy(
                new JcaX509CertificateHolder(above.leaf()).getSubject(),
                new KeyPair(above.leaf().getPublicKey(), above.key()))
            .forge();
    Path index =
        Files.writeString(
            directory.resolve("index.txt"),
            "V\t391231235959Z\t\t"
                + credential.leaf().getSerialNumber().toString(16).toUpperCase(Locale.ROOT)
                + "\tunknown\t/CN=localhost\n");
    Path issuer = Files.writeString(directory.resolve("issuer.pem"), ca.intermediatePem());
    Path certificate = Files.writeString(directory.resolve("signer.pem"), signer.pem());
    Path key = Files.writeString(directory.resolve("signer.key"), signer.with().keyPem());
    try (RunningProcess openssl =
            Processes.start(
                "openssl",
                "ocsp",
                "-index",
                index.toString(),
                "-port",
                String.valueOf(port),
                "-CA",
                issuer.toString(),
                "-rsigner",
                certificate.toString(),
                "-rkey",
                key.toString(),
                "-resp_key_id");
        RunningTerminator terminator = start(credential)) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(status(terminator, "-tls1_3"))
                      .as(openssl.output())
                      .contains(GOOD)
                      .doesNotContain("Next Update"));
    }
  }

  /** A cache in front of a responder often knows only the GET of RFC 5019. */
  @Test
  void aResponderThatRefusesPostIsAskedByGet() throws Exception {
    responder.mode(OcspResponder.Mode.GET_ONLY);
    try (RunningTerminator terminator = start(leaf(request -> request))) {
      awaitStatus(terminator, "-tls1_3", GOOD);
      assertThat(responder.requests()).isEqualTo(2);
      assertThat(terminator.metrics())
          .contains("terminator_tls_ocsp_answers_total{result=\"good\",} 1.0");
    }
  }

  @Test
  void refreshesBeforeItExpiresAndNeverSendsAnExpiredOne() throws Exception {
    responder.mode(OcspResponder.Mode.TRY_LATER);
    try (RunningTerminator terminator = start(leaf(request -> request))) {
      // Not before it runs: a start may take longer than the staple is good for.
      responder.validity(brief());
      responder.mode(OcspResponder.Mode.ANSWERING);
      awaitStatus(terminator, "-tls1_3", GOOD);
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(terminator.metrics()).doesNotContain("{result=\"good\",} 1.0"));
      responder.mode(OcspResponder.Mode.TALKING_NONSENSE);
      awaitStatus(terminator, "-tls1_3", NONE);
      assertThat(terminator.metrics())
          .doesNotContain("terminator_tls_ocsp_answers_total{result=\"invalid\",} 0.0");
      responder.mode(OcspResponder.Mode.ANSWERING);
      responder.validity(Validity.of(Duration.ofDays(1)));
      awaitStatus(terminator, "-tls1_3", GOOD);
    }
  }

  @Test
  void anUnreachableResponderCostsNothing() throws Exception {
    Credential credential =
        leaf(request -> request.ocspAt("http://127.0.0.1:" + Ports.refused().getPort() + "/ocsp"));
    try (RunningTerminator terminator = start(credential)) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(terminator.metrics())
                      .doesNotContain("terminator_tls_ocsp_answers_total{result=\"failed\",} 0.0"));
      assertThat(status(terminator, "-tls1_3")).contains(NONE).contains("hello");
    }
    assertThat(responder.requests()).isZero();
  }

  @Test
  void mustStapleWithoutAStapleIsServedAndLoud() throws Exception {
    responder.mode(OcspResponder.Mode.TRY_LATER);
    try (RunningTerminator terminator = start(leaf(request -> request.rsa().mustStaple()))) {
      String lacking = "terminator_tls_ocsp_lacking{certificate=\"localhost\",} 1.0";
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(terminator.metrics()).contains(lacking));
      assertThat(status(terminator, "-tls1_3")).contains(NONE).contains("hello");
      responder.mode(OcspResponder.Mode.ANSWERING);
      awaitStatus(terminator, "-tls1_3", GOOD);
      assertThat(terminator.metrics()).doesNotContain("tls_ocsp_lacking{");
    }
  }

  @Test
  void whatIsRevokedOrSignedByAStrangerIsNotStapled() throws Exception {
    Credential credential = leaf(request -> request);
    responder.say(credential.leaf(), OcspStatus.REVOKED);
    try (RunningTerminator terminator = start(credential)) {
      awaitMetric(terminator, "revoked");
      assertThat(status(terminator, "-tls1_2")).contains(NONE).contains("hello");
      assertThat(terminator.metrics())
          .contains("terminator_tls_ocsp_revoked{certificate=\"localhost\",} 1.0");
      assertThat(terminator.terminator().certificateProblems())
          .anySatisfy(
              problem -> {
                assertThat(problem.certificate()).isEqualTo("localhost");
                assertThat(problem.message()).contains("is revoked");
              });
    }
    // One whose name the responder's authority did not sign: its answer is for its own.
    try (OcspResponder stranger = OcspResponder.start(TestCa.create());
        RunningTerminator terminator = start(leaf(request -> request.ocspAt(stranger.url())))) {
      awaitMetric(terminator, "invalid");
      assertThat(status(terminator, "-tls1_3")).contains(NONE);
    }
  }

  private static void awaitMetric(RunningTerminator terminator, String result) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(terminator.metrics())
                    .doesNotContain(
                        "terminator_tls_ocsp_answers_total{result=\"" + result + "\",} 0.0"));
  }

  private static Validity brief() {
    Instant now = Instant.now();
    return new Validity(now, now.plusSeconds(10));
  }

  private Credential leaf(UnaryOperator<LeafRequest> more) {
    return more.apply(ca.leaf("localhost").ocspAt(responder.url())).issue();
  }

  private RunningTerminator start(Credential credential) {
    return start(Map.of("localhost", credential));
  }

  private RunningTerminator start(Map<String, Credential> certificates) {
    return RunningTerminator.start(
        ca,
        certificates,
        "workers: 1\nstate-dir: "
            + directory.resolve("state")
            + "\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
            + "    certificates: certs/\n    backend: app\nbackends:\n"
            + "  app: { servers: [\"127.0.0.1:"
            + backend.address().getPort()
            + "\"] }\n");
  }

  private static void awaitStatus(RunningTerminator terminator, String version, String expected) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(status(terminator, version)).contains(expected));
  }

  private static String status(RunningTerminator terminator, String version) {
    try (RunningProcess client =
        Processes.start(
            "sh",
            "-c",
            "echo hello | openssl s_client -ign_eof -status -servername localhost -connect 127.0.0.1:"
                + terminator.address().getPort()
                + " "
                + version)) {
      assertThat(client.awaitExit(PATIENCE)).as(client.output()).isZero();
      return client.output();
    }
  }
}
