package io.terminator.scenarios;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Group and signature scheme in the PROXY header are those that the client saw. Each row has the
 * client's signature algorithms and version, and what it reports.
 */
class ProxyTlsDetailsIT {
  private final TestCa ca = TestCa.create();

  @ParameterizedTest
  @CsvSource({
    "RSA-PSS+SHA512:RSA-PSS+SHA384:RSA-PSS+SHA256, -tls1_3, SHA256, RSA-PSS, rsa_pss_rsae_sha256",
    "RSA-PSS+SHA512:RSA-PSS+SHA384, -tls1_3, SHA384, RSA-PSS, rsa_pss_rsae_sha384",
    "RSA-PSS+SHA512, -tls1_3, SHA512, RSA-PSS, rsa_pss_rsae_sha512",
    "RSA+SHA256:RSA-PSS+SHA256, -tls1_2, SHA256, RSA-PSS, rsa_pss_rsae_sha256",
    "RSA-PSS+SHA384:RSA+SHA256, -tls1_2, SHA256, RSA, rsa_pkcs1_sha256",
    "RSA+SHA512:RSA+SHA384, -tls1_2, SHA384, RSA, rsa_pkcs1_sha384",
    "ECDSA+SHA256:RSA-PSS+SHA256, -tls1_3, SHA256, ECDSA, ecdsa_secp256r1_sha256",
    "RSA-PSS+SHA256:ECDSA+SHA512:ECDSA+SHA384, -tls1_2, SHA384, ECDSA, ecdsa_secp384r1_sha384",
  })
  void theBackendLearnsWhatTheClientSaw(
      String algorithms, String version, String digest, String type, String scheme)
      throws Exception {
    Processes.assumeAvailable("openssl");
    LinkedBlockingQueue<String> headers = new LinkedBlockingQueue<>();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  byte[] start = peer.readExactly(16);
                  byte[] rest = peer.readExactly(ByteBuffer.wrap(start).getShort(14) & 0xffff);
                  headers.add(new String(rest, ISO_8859_1));
                });
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("ec", ca.server("localhost"), "rsa", ca.leaf("localhost").rsa().issue()),
                "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
                    + "    certificates: certs/\n    backend: app\n"
                    + "backends:\n  app: { servers: [\"127.0.0.1:"
                    + backend.address().getPort()
                    + "\"], proxy-protocol: v2, proxy-tlvs: [ssl, group, signature] }\n")) {
      String command =
          "echo | openssl s_client -connect 127.0.0.1:"
              + terminator.address().getPort()
              + " -servername localhost -groups P-256 "
              + version
              + " -sigalgs "
              + algorithms;
      try (RunningProcess client = Processes.start("sh", "-c", command)) {
        client.awaitExit(RunningTerminator.PATIENCE);
        assertThat(client.output())
            .contains("Peer signing digest: " + digest)
            .contains("Peer signature type: " + type);
      }
      String header = headers.poll(RunningTerminator.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(header)
          .contains("\u0026\u0000\u0009secp256r1")
          .contains("\u0027\u0000" + (char) scheme.length() + scheme);
      terminator.awaitNoConnection();
    }
  }
}
