package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The TLS policy of a listener and of each server name. */
class PolicyIT {
  private final TestCa ca = TestCa.create();

  @Test
  void aNameHasItsOwnVersionsAndProtocols() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            start(
                backend.address(),
                "    tls: { preset: intermediate, alpn: [http/1.1] }\n"
                    + "    policies:\n"
                    + "      - { sni: \"*.new.example\", tls: { preset: modern-2026-11, alpn: [h2] } }\n"
                    + "      - { sni: [\"old.example\"], tls: { versions: [1.2] } }\n")) {
      InetSocketAddress address = terminator.address();
      try (TlsConnection usual = client("localhost").only(TlsVersion.TLS_1_2).connect(address);
          TlsConnection modern = client("a.new.example").alpn("http/1.1", "h2").connect(address);
          TlsConnection old = client("old.example").connect(address)) {
        assertThat(usual.version()).isEqualTo(TlsVersion.TLS_1_2);
        assertThat(modern.version()).isEqualTo(TlsVersion.TLS_1_3);
        assertThat(modern.alpn()).isEqualTo("h2");
        assertThat(old.version()).isEqualTo(TlsVersion.TLS_1_2);
      }
      assertThatThrownBy(
              () -> client("a.new.example").only(TlsVersion.TLS_1_2).connect(address).close())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("protocol_version");
      assertThatThrownBy(() -> client("a.new.example").alpn("http/1.1").connect(address).close())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no_application_protocol");
    }
  }

  @Test
  void aChainIsCompressedOnceForAllWhoOfferIt() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            start(
                backend.address(),
                "    policies:\n"
                    + "      - { sni: a.new.example, tls: { certificate-compression: zlib } }\n")) {
      InetSocketAddress address = terminator.address();
      int plain = 0;
      int small = 0;
      for (int i = 0; i < 5; i++) {
        small = BoringClient.handshake(address, "a.new.example", true, "X25519").received();
        plain = BoringClient.handshake(address, "a.new.example", false, "X25519").received();
        // Not for names whose policy does not say so.
        BoringClient.handshake(address, "localhost", true, "X25519");
      }
      assertThat(small).as("bytes of a handshake, %d without", plain).isLessThan(plain - 200);
      assertThat(terminator.terminator().library().chainCompressions()).isEqualTo(1);
      assertThat(terminator.metrics())
          .contains("terminator_tls_certificate_compressions_total 1.0");
      if (gnutlsCompresses()) {
        gnutls(address);
      }
      assertThat(terminator.terminator().library().chainCompressions()).isEqualTo(1);
      terminator.awaitNoConnection();
    }
  }

  private static boolean gnutlsCompresses() {
    Processes.assumeAvailable("gnutls-cli");
    try (RunningProcess help = Processes.start("gnutls-cli", "--help")) {
      help.awaitExit(RunningTerminator.PATIENCE);
      return help.output().contains("--compress-cert");
    }
  }

  private static void gnutls(InetSocketAddress address) {
    try (RunningProcess client =
        Processes.start(
            "sh",
            "-c",
            "gnutls-cli --insecure --compress-cert=zlib --sni-hostname=a.new.example -p "
                + address.getPort()
                + " 127.0.0.1 < /dev/null")) {
      assertThat(client.awaitExit(RunningTerminator.PATIENCE)).as(client.output()).isZero();
      assertThat(client.output()).contains("Handshake was completed");
    }
  }

  @Test
  void postQuantumKeyExchangeIsAgreedOnAndCounted() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend.address(), "")) {
      BoringClient.Agreed agreed =
          BoringClient.handshake(
              terminator.address(), "localhost", false, "X25519", "X25519MLKEM768");
      assertThat(agreed.version()).isEqualTo("TLSv1.3");
      // The client prefers the other, and sends a share of it: ours decides.
      assertThat(agreed.group()).isEqualTo("X25519MLKEM768");
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () -> assertThat(terminator.metrics()).contains("group=\"X25519MLKEM768\""));
    }
  }

  @Test
  void recordsAreAsSmallAsAsked() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(peer -> peer.write(new byte[100_000]));
        RunningTerminator terminator =
            start(backend.address(), "    tls: { record-size: 1KiB, versions: [1.3] }\n");
        RawTlsClient client = client("localhost").raw(terminator.address())) {
      client.handshake();
      byte[] raw = client.readRawToEnd().bytes();
      int records = 0;
      for (int at = 0; at + 5 <= raw.length; records++) {
        int length = (raw[at + 3] & 0xff) << 8 | raw[at + 4] & 0xff;
        assertThat(length).isLessThanOrEqualTo(1024 + 1 + 16);
        at += 5 + length;
      }
      assertThat(records).isGreaterThanOrEqualTo(90);
    }
  }

  @Test
  void theLogHasTheFingerprintOfEveryClient() throws Exception {
    Processes.assumeAvailable("curl");
    Processes.assumeAvailable("openssl");
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            start(backend.address(), "    tls: { versions: [1.3], alpn: [h2, http/1.1] }\n")) {
      int port = terminator.address().getPort();
      run("curl -sk --max-time 1 -o /dev/null --http1.1 https://127.0.0.1:" + port + "/; true");
      run("echo | openssl s_client -tls1_2 -connect 127.0.0.1:" + port + "; true");
      run("echo | openssl s_client -servername localhost -connect 127.0.0.1:" + port + "; true");
      Path log = terminator.directory().resolve("access.log");
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> Files.exists(log) && Files.readAllLines(log).size() >= 3);
      String hashes = "\\d{4}%s_[0-9a-f]{12}_[0-9a-f]{12}\"";
      assertThat(Files.readString(log))
          .containsPattern("\"ja4\":\"t13i" + hashes.formatted("h1"))
          // Refused for its version, and still distinguished.
          .containsPattern("\"ja4\":\"t12i" + hashes.formatted("00"))
          .containsPattern("\"ja4\":\"t13d" + hashes.formatted("00"));
    }
  }

  private static void run(String command) {
    try (RunningProcess client = Processes.start("sh", "-c", command)) {
      assertThat(client.awaitExit(RunningTerminator.PATIENCE)).as(client.output()).isZero();
    }
  }

  private TlsClient client(String name) {
    return TlsClient.trusting(ca).serverName(name);
  }

  private RunningTerminator start(InetSocketAddress backend, String keys) {
    return RunningTerminator.start(
        ca,
        Map.of("all", ca.server("localhost", "*.new.example", "old.example")),
        "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
            + "    certificates: certs/\n    backend: app\n"
            + keys
            + "backends:\n  app: { servers: [\"127.0.0.1:"
            + backend.getPort()
            + "\"] }\n");
  }
}
