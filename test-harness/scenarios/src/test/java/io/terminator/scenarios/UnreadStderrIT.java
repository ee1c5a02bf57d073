package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.ClientCrowd;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.Secrecy;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.RSAKeyGenParameterSpec;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A standard error that is not read (a full pipe) stalls no connection, whatever the workers log.
 */
class UnreadStderrIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int HANDSHAKES = 50;

  @Test
  void aFullPipeStallsNoConnection() throws Exception {
    Processes.assumeAvailable("bash");
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance =
            ApplianceProcess.before(
                backend.address(),
                List.of("bash", "-c", "ulimit -n 160; exec \"$@\" 2> >(exec cat)", "bash"),
                // By itself it would allow no more than there are descriptors for.
                "limits: { connections: 10000 }\n");
        TlsConnection older = appliance.client().connect(appliance.address())) {
      long reader = reader(appliance);
      signal("STOP", reader);
      try (RunningProcess filler = fill(appliance.process().pid())) {
        awaitFull(filler);
        try (ClientCrowd crowd = ClientCrowd.open(appliance.address(), 400, new byte[0])) {
          // The worker has an error to report: there is no descriptor for the next client.
          await()
              .atMost(PATIENCE)
              .until(
                  () -> {
                    echo(older);
                    return isWriting(appliance);
                  });
          for (int i = 0; i < 20; i++) {
            echo(older);
          }
          assertThat(crowd).isNotNull();
        }
        await()
            .atMost(PATIENCE)
            .ignoreExceptionsInstanceOf(IOException.class)
            .untilAsserted(
                () -> {
                  try (TlsConnection newer =
                      appliance.client().fresh().connect(appliance.address())) {
                    echo(newer);
                  }
                });
        assertThat(isWriting(appliance)).as("it still waits for a reader").isTrue();
        assertThat(appliance.metric("terminator_worker_stalls_total")).isZero();
      } finally {
        signal("CONT", reader);
      }
      appliance.process().awaitLine("no connection can be accepted", PATIENCE);
    }
  }

  /**
   * BoringSSL accepts public exponents of up to 33 bits. Terminator's checks accept more, so the
   * fault is found on the worker when it creates the certificate's context, for each client.
   */
  @Test
  void handshakesForAnUnusableCertificateStallNoConnection() throws Exception {
    Processes.assumeAvailable("bash");
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance =
            ApplianceProcess.before(
                backend.address(),
                List.of("bash", "-c", "exec \"$@\" 2> >(exec cat)", "bash"),
                "");
        TlsConnection older = appliance.client().connect(appliance.address())) {
      TestCa.create()
          .leaf("odd.example")
          .keyPair(withLargeExponent())
          .issue()
          .writeTo(appliance.directory().resolve("certs"), "odd");
      String loaded = "terminator_certificate_not_after_timestamp_seconds{certificate=\"odd\"}";
      await().atMost(PATIENCE).until(() -> appliance.metric(loaded) > 0);
      long reader = reader(appliance);
      signal("STOP", reader);
      try (RunningProcess filler = fill(appliance.process().pid())) {
        awaitFull(filler);
        for (int i = 0; i < HANDSHAKES; i++) {
          assertThatThrownBy(
                  () ->
                      appliance
                          .client()
                          .fresh()
                          .serverName("odd.example")
                          .connect(appliance.address()))
              .hasMessageContaining("internal_error");
          echo(older);
        }
        await().atMost(PATIENCE).until(() -> isWriting(appliance));
        try (TlsConnection newer = appliance.client().fresh().connect(appliance.address())) {
          echo(newer);
        }
        assertThat(isWriting(appliance)).as("it still waits for a reader").isTrue();
        assertThat(appliance.metric("terminator_worker_stalls_total")).isZero();
        assertThat(
                appliance.metric(
                    "terminator_tls_handshake_failures_total{reason=\"certificate_unusable\"}"))
            .isEqualTo(HANDSHAKES);
      } finally {
        signal("CONT", reader);
      }
      appliance.process().awaitLine(".*certificate=odd: BoringSSL refused the context.*", PATIENCE);
      assertThat(appliance.process().output().split("certificate=odd: BoringSSL", -1))
          .as("lines for %s handshakes within a minute", HANDSHAKES)
          .hasSize(2);
    }
  }

  private static KeyPair withLargeExponent() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(new RSAKeyGenParameterSpec(2048, BigInteger.valueOf((1L << 40) + 15)));
    KeyPair pair = generator.generateKeyPair();
    Secrecy.keep(pair.getPrivate());
    return pair;
  }

  private static long reader(ApplianceProcess appliance) {
    return ProcessHandle.of(appliance.process().pid())
        .orElseThrow()
        .children()
        .findFirst()
        .orElseThrow()
        .pid();
  }

  private static void signal(String name, long process) {
    try (RunningProcess kill = Processes.start("kill", "-" + name, Long.toString(process))) {
      assertThat(kill.awaitExit(PATIENCE)).isZero();
    }
  }

  /** Writes to the appliance's standard error until it is full, and waits there. */
  private static RunningProcess fill(long appliance) {
    return Processes.start(
        "sh", "-c", "exec cat /dev/zero >\"/proc/$0/fd/2\"", Long.toString(appliance));
  }

  private static void awaitFull(RunningProcess filler) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                Files.readString(Path.of("/proc", Long.toString(filler.pid()), "wchan"))
                    .contains("pipe_write"));
  }

  /**
   * Whether the thread that writes for the workers is blocked in the kernel because the pipe is
   * full.
   */
  private static boolean isWriting(ApplianceProcess appliance) throws IOException {
    Path tasks = Path.of("/proc", Long.toString(appliance.process().pid()), "task");
    try (var all = Files.list(tasks)) {
      for (Path task : all.toList()) {
        if (Files.readString(task.resolve("comm")).strip().equals("diagnostics")) {
          return Files.readString(task.resolve("wchan")).contains("pipe_write");
        }
      }
    }
    return false;
  }

  private static void echo(TlsConnection client) throws IOException {
    client.write("word");
    assertThat(new String(client.readExactly(4), StandardCharsets.US_ASCII)).isEqualTo("word");
  }
}
