package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.Credential;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which certificate openssl gets for what it asks. */
class SelectionIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern SERIAL = Pattern.compile("serial=([0-9A-F]+)");

  private static ScriptedBackend backend;
  private static RunningTerminator terminator;
  private static Map<String, Credential> credentials;

  @BeforeAll
  static void start() {
    Processes.assumeAvailable("openssl");
    TestCa ca = TestCa.create();
    credentials =
        Map.of(
            "default", ca.server("default.example"),
            "both-ecdsa", ca.server("both.example"),
            "both-rsa", ca.leaf("both.example").rsa().issue(),
            "wildcard", ca.server("*.wild.example"),
            "exact", ca.server("exact.wild.example"),
            "aged-expired", ca.expired("aged.example"),
            "aged-early", ca.notYetValid("aged.example"),
            "aged-valid", ca.server("aged.example"),
            "idna", ca.server("xn--bcher-kva.example"));
    backend = ScriptedBackend.start(peer -> peer.write("hello"));
    terminator =
        RunningTerminator.start(
            ca,
            credentials,
            "workers: 1\nlisteners:\n"
                + "  - { name: web, bind: \"127.0.0.1:0\", certificates: certs/, backend: app }\n"
                + "  - { name: strict, bind: \"127.0.0.1:0\", certificates: certs/, backend: app,"
                + " sni: { missing: reject, unknown: reject } }\n"
                + "  - { name: mixed, bind: \"127.0.0.1:0\", certificates: certs/, backend: app,"
                + " sni: { missing: default, unknown: reject } }\n"
                + "backends:\n  app: { servers: [\"127.0.0.1:"
                + backend.address().getPort()
                + "\"] }\n");
  }

  @AfterAll
  static void stop() {
    if (terminator != null) {
      terminator.close();
      backend.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "default.example, default",
    "one.wild.example, wildcard",
    "exact.wild.example, exact",
    "two.one.wild.example, default",
    "wild.example, default",
    "aged.example, aged-valid",
    "unknown.example, default",
    "EXACT.Wild.Example, exact",
    "exact.wild.example., exact",
    "xn--bcher-kva.example, idna",
    "XN--BCHER-KVA.example, idna",
  })
  void theNameDecides(String name, String certificate) {
    assertThat(served("web", "-servername " + name)).isEqualTo(serial(certificate));
  }

  @ParameterizedTest
  @CsvSource({
    "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256, both-rsa",
    "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256, both-ecdsa",
    "-tls1_3 -sigalgs rsa_pss_rsae_sha256, both-rsa",
    "-tls1_3 -sigalgs ecdsa_secp256r1_sha256, both-ecdsa",
  })
  void ofTwoAlgorithmsForOneNameTheClientChooses(String how, String certificate) {
    // A client that takes one of the two kinds only for keys need not for the issuers' signatures.
    assertThat(served("web", "-servername both.example " + how)).isEqualTo(serial(certificate));
  }

  @Test
  void withoutANameTheDefaultAnswers() {
    assertThat(served("web", "-noservername")).isEqualTo(serial("default"));
    assertThat(served("mixed", "-noservername")).isEqualTo(serial("default"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "strict -noservername",
        "strict -servername unknown.example",
        "strict -servername two.one.wild.example",
        "mixed -servername unknown.example"
      })
  void aNameThatIsMissingOrUnknownIsRejectedWhereConfigured(String how) {
    String[] parts = how.split(" ", 2);
    assertThat(openssl(parts[0], parts[1])).contains("unrecognized name");
    assertThat(served("strict", "-servername default.example")).isEqualTo(serial("default"));
  }

  private static BigInteger serial(String certificate) {
    return credentials.get(certificate).leaf().getSerialNumber();
  }

  private static BigInteger served(String listener, String how) {
    String output = openssl(listener, how);
    Matcher serial = SERIAL.matcher(output);
    assertThat(serial.find()).as(output).isTrue();
    return new BigInteger(serial.group(1), 16);
  }

  private static String openssl(String listener, String how) {
    try (RunningProcess client =
        Processes.start(
            "sh",
            "-c",
            "openssl s_client -connect 127.0.0.1:"
                + terminator.address(listener).getPort()
                + " "
                + how
                + " 2>&1 </dev/null | tee /dev/stderr | openssl x509 -noout -serial")) {
      client.awaitExit(PATIENCE);
      return client.output();
    }
  }
}
