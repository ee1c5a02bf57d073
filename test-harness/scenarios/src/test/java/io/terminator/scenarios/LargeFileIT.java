package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.CertificateForge;
import io.terminator.testkit.CertificateForge.Forged;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files within the limit of size whose content would not fit into the heap. */
class LargeFileIT {
  private static final String LINE = "192.0.2.1\n";

  @TempDir private Path directory;

  /** Its listener has {@code setting} as well. */
  private ApplianceProcess start(EchoBackend backend, String setting) throws Exception {
    return ApplianceProcess.with(
        TestCa.create(),
        directory,
        """
        workers: 1
        drain: { accept-grace: 0 }
        listeners:
          - name: web
            bind: "127.0.0.1:0"
            certificates: certs/
            backend: app
            %s
        backends: { app: { servers: ["127.0.0.1:%d"] } }
        admin: { bind: "127.0.0.1:0" }
        """
            .formatted(setting, backend.address().getPort()));
  }

  /** The process has a heap of 128 MiB, and would end with an OutOfMemoryError. */
  @Test
  void aListThatDoesNotFitIntoTheHeapIsRefusedAndTheLastOneStays() throws Exception {
    Path list = Files.writeString(directory.resolve("denied.txt"), LINE);
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess process = start(backend, "limits: { deny-file: denied.txt }")) {
      Path large = directory.resolve("large.txt");
      Files.writeString(large, LINE.repeat(900_000));
      Files.move(large, list, StandardCopyOption.ATOMIC_MOVE);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> process.process().output().contains("more than is free"));
      assertThat(process.process().output()).contains("list with 1 entry stays active");
      try (TlsConnection connection = process.client().connect(process.address())) {
        connection.write("ping");
        assertThat(connection.readExactly(4)).isEqualTo("ping".getBytes(StandardCharsets.US_ASCII));
      }
    }
  }

  /** The JDK's objects for these entries do not fit into a heap of 128 MiB. */
  @Test
  void aCrlOfHalfAMillionEntriesLoadsAndIsReplaced() throws Exception {
    Forged issuer = CertificateForge.of("Issuer").authority().forge();
    Forged alice = CertificateForge.of("alice").signedBy(issuer).forClients().forge();
    Forged bob = CertificateForge.of("bob").signedBy(issuer).forClients().forge();
    Path list = directory.resolve("revoked.crl");
    Files.writeString(directory.resolve("issuer.pem"), issuer.pem());
    Files.writeString(list, crl(issuer, alice));
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess process =
            start(
                backend, "tls: { client-certificates: { ca: issuer.pem, crl: [revoked.crl] } }")) {
      assertThat(isAdmitted(process, bob)).isTrue();
      assertThat(isAdmitted(process, alice)).isFalse();
      Path next = directory.resolve("next.crl");
      Files.writeString(next, crl(issuer, bob));
      Files.move(next, list, StandardCopyOption.ATOMIC_MOVE);
      await().atMost(RunningTerminator.PATIENCE).until(() -> !isAdmitted(process, bob));
      assertThat(isAdmitted(process, alice)).isTrue();
    }
  }

  private static String crl(Forged issuer, Forged revoked) {
    return "-----BEGIN X509 CRL-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'})
            .encodeToString(issuer.largeList(Instant.now(), 500_000, revoked.certificate()))
        + "\n-----END X509 CRL-----\n";
  }

  private static boolean isAdmitted(ApplianceProcess process, Forged client) {
    try (TlsConnection connection =
        process.client().presenting(client.with()).connect(process.address())) {
      connection.write("ping");
      return connection.readExactly(4).length == 4;
    } catch (IOException refused) {
      return false;
    }
  }
}
