package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * AWS-LC creates the RSA signatures, on the worker or on another thread: clients cannot notice the
 * difference.
 */
class SigningIT {
  private static final byte[] TEXT = "signed".getBytes(StandardCharsets.US_ASCII);

  /**
   * Records that a client may send at any time before the end of its handshake (RFC 8446 section
   * 5).
   */
  private static final byte[] CHANGE_CIPHER_SPEC = {20, 3, 3, 0, 1, 1};

  private final TestCa ca = TestCa.create();
  private final Credential rsa = ca.leaf("localhost").rsa().issue();

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void everySchemeIsVerifiedByOpenssl(int threads) throws Exception {
    Path openssl = Processes.assumeAvailable("openssl");
    try (EchoBackend echo = EchoBackend.start();
        RunningTerminator terminator = start(echo, Map.of("rsa", rsa), threads, "")) {
      Path roots = Files.writeString(terminator.directory().resolve("ca.pem"), ca.rootPem());
      assertSigned(openssl, terminator, roots, "-tls1_3", "RSA-PSS+SHA256", "RSA-PSS", "SHA256");
      assertSigned(openssl, terminator, roots, "-tls1_3", "RSA-PSS+SHA384", "RSA-PSS", "SHA384");
      assertSigned(openssl, terminator, roots, "-tls1_3", "RSA-PSS+SHA512", "RSA-PSS", "SHA512");
      assertSigned(openssl, terminator, roots, "-tls1_2", "RSA+SHA256", "RSA", "SHA256");
      assertSigned(openssl, terminator, roots, "-tls1_2", "RSA+SHA384", "RSA", "SHA384");
      assertSigned(openssl, terminator, roots, "-tls1_2", "RSA+SHA512", "RSA", "SHA512");
      assertSigned(openssl, terminator, roots, "-tls1_2", "RSA-PSS+SHA256", "RSA-PSS", "SHA256");
      assertThat(terminator.metrics())
          .contains("terminator_tls_rsa_signatures_total 7.0")
          .contains("terminator_tls_rsa_signatures_waiting 0.0");
    }
  }

  /** A start loads AWS-LC without being asked, so that the first clients wait for nothing. */
  @Test
  void awsLcSignsWithoutAClientThatAsksForIt() throws Exception {
    try (EchoBackend echo = EchoBackend.start();
        RunningTerminator terminator = start(echo, Map.of("rsa", rsa), 0, "")) {
      terminator.client().connect(terminator.address()).close();
      assertThat(terminator.metrics()).contains("terminator_tls_rsa_signatures_total 1.0");
    }
  }

  @Test
  void aFirstRsaFileThatComesLaterIsServedAtOnceAndSignedByAwsLcSoon() throws Exception {
    try (EchoBackend echo = EchoBackend.start();
        RunningTerminator terminator =
            start(echo, Map.of("ecdsa", ca.server("other.example")), 0, "")) {
      ca.leaf("late.example")
          .rsa()
          .issue()
          .writeTo(terminator.directory().resolve("certs"), "late");
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(
              () -> {
                try (TlsConnection client =
                    terminator.client().serverName("late.example").connect(terminator.address())) {
                  return client
                          .peerCertificates()
                          .get(0)
                          .getPublicKey()
                          .getAlgorithm()
                          .equals("RSA")
                      && !terminator.metrics().contains("terminator_tls_rsa_signatures_total 0.0");
                }
              });
    }
  }

  private static void assertSigned(
      Path openssl,
      RunningTerminator terminator,
      Path roots,
      String version,
      String offered,
      String type,
      String hash) {
    try (RunningProcess client =
        Processes.start(
            "sh",
            "-c",
            "%s s_client -connect 127.0.0.1:%d -servername localhost -CAfile %s %s -sigalgs %s </dev/null"
                .formatted(openssl, terminator.address().getPort(), roots, version, offered))) {
      assertThat(client.awaitExit(RunningTerminator.PATIENCE)).as(client.output()).isZero();
      assertThat(client.output())
          .contains("Verification: OK")
          .contains("Peer signature type: " + type + "\n")
          .contains("Peer signing digest: " + hash + "\n");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void theClientsOfferDecidesBetweenTwoKeys(int threads) throws Exception {
    Path openssl = Processes.assumeAvailable("openssl");
    Credential ecdsa = ca.server("localhost");
    try (EchoBackend echo = EchoBackend.start();
        RunningTerminator terminator =
            start(echo, Map.of("rsa", rsa, "ecdsa", ecdsa), threads, "")) {
      Path roots = Files.writeString(terminator.directory().resolve("ca.pem"), ca.rootPem());
      try (TlsConnection client = terminator.client().connect(terminator.address())) {
        assertThat(client.peerCertificates().get(0)).isEqualTo(ecdsa.leaf());
      }
      assertSigned(openssl, terminator, roots, "-tls1_3", "RSA-PSS+SHA256", "RSA-PSS", "SHA256");
      assertSigned(openssl, terminator, roots, "-tls1_2", "RSA+SHA256", "RSA", "SHA256");
      assertThat(terminator.metrics()).contains("terminator_tls_rsa_signatures_total 2.0");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void aClientWithACertificateIsJudgedAsEver(int threads) throws Exception {
    Path roots = Files.createTempFile("roots", ".pem");
    Files.writeString(roots, ca.rootPem());
    try (EchoBackend echo = EchoBackend.start();
        RunningTerminator terminator =
            start(
                echo,
                Map.of("rsa", rsa),
                threads,
                "    tls: { client-certificates: { ca: \"" + roots + "\" } }\n")) {
      TlsClient client = terminator.client().presenting(ca.client("somebody"));
      for (TlsVersion version : TlsVersion.values()) {
        try (TlsConnection connection = client.only(version).connect(terminator.address())) {
          assertEchoes(connection);
        }
      }
    } finally {
      Files.delete(roots);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void manyAtOnceAndThoseWhoLeave(int threads) throws Exception {
    try (EchoBackend echo = EchoBackend.start();
        RunningTerminator terminator = start(echo, Map.of("rsa", rsa), threads, "")) {
      ExecutorService clients = Executors.newFixedThreadPool(8);
      try {
        List<Callable<Void>> visits = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
          boolean stays = i % 3 != 0;
          TlsVersion version = i % 2 == 0 ? TlsVersion.TLS_1_2 : TlsVersion.TLS_1_3;
          visits.add(() -> visit(terminator, version, stays));
        }
        for (Future<Void> visit : clients.invokeAll(visits)) {
          visit.get();
        }
      } finally {
        clients.shutdownNow();
      }
      terminator.awaitNoConnection();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> terminator.terminator().library().liveStreams() == 0);
    }
  }

  private static Void visit(RunningTerminator terminator, TlsVersion version, boolean stays)
      throws Exception {
    TlsClient client = terminator.client().fresh().only(version);
    if (stays) {
      try (TlsConnection connection = client.connect(terminator.address())) {
        assertThat(connection.isResumed()).isFalse();
        assertEchoes(connection);
      }
    } else {
      try (RawTlsClient leaver = client.raw(terminator.address())) {
        leaver.sendRaw(leaver.clientHello());
        leaver.reset();
      }
    }
    return null;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void whatComesBeforeTheSignatureIsThereIsNotLost(int threads) throws Exception {
    try (EchoBackend echo = EchoBackend.start();
        RunningTerminator terminator = start(echo, Map.of("rsa", rsa), threads, "");
        RawTlsClient client =
            terminator.client().only(TlsVersion.TLS_1_3).raw(terminator.address())) {
      ByteArrayOutputStream both = new ByteArrayOutputStream();
      both.write(client.clientHello());
      both.write(CHANGE_CIPHER_SPEC);
      client.sendRaw(both.toByteArray());
      client.handshake();
      client.write(TEXT);
      assertThat(client.readExactly(TEXT.length)).isEqualTo(TEXT);
    }
  }

  /**
   * An illegal record. If it were lost during the signature, Terminator would wait for the client.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void whatComesBeforeTheSignatureIsThereIsHeard(int threads) throws Exception {
    byte[] heartbeat = {24, 3, 3, 0, 3, 1, 0, 0};
    try (EchoBackend echo = EchoBackend.start();
        RunningTerminator terminator =
            start(echo, Map.of("rsa", rsa), threads, "    deadlines: { handshake: 5m }\n")) {
      for (TlsVersion version : TlsVersion.values()) {
        try (RawTlsClient client =
            terminator.client().fresh().only(version).raw(terminator.address())) {
          ByteArrayOutputStream both = new ByteArrayOutputStream();
          both.write(client.clientHello());
          both.write(heartbeat);
          client.sendRaw(both.toByteArray());
          client.readRawToEnd();
        }
      }
      terminator.awaitCloses(CloseReason.HANDSHAKE_FAILED, TlsVersion.values().length);
    }
  }

  private static void assertEchoes(TlsConnection connection) throws Exception {
    connection.write(TEXT);
    assertThat(connection.readExactly(TEXT.length)).isEqualTo(TEXT);
  }

  private RunningTerminator start(
      EchoBackend echo, Map<String, Credential> certificates, int threads, String listenerKeys) {
    RunningTerminator terminator =
        RunningTerminator.start(
            ca,
            certificates,
            "workers: 1\nsigning: { threads: %d }\n".formatted(threads)
                + "listeners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
                + "    certificates: certs/\n    backend: app\n"
                + listenerKeys
                + "backends:\n  app: { servers: [\"127.0.0.1:"
                + echo.address().getPort()
                + "\"] }\n");
    if (certificates.containsKey("rsa")) {
      // A start does not wait for AWS-LC.
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> terminator.terminator().library().rsaSigning().isReady());
    }
    return terminator;
  }
}
