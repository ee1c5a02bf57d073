package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.Credential;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.Validity;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The certificate that openssl receives for each request. */
class SelectionIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern SERIAL = Pattern.compile("serial=([0-9A-F]+)");

  private static ScriptedBackend backend;
  private static RunningTerminator terminator;
  private static final Validity LONG = Validity.of(Duration.ofDays(300));

  private static TestCa ca;
  private static Map<String, Credential> credentials;

  @BeforeAll
  static void start() {
    Processes.assumeAvailable("openssl");
    ca = TestCa.create();
    credentials = new HashMap<>();
    credentials.put("address", ca.server("127.0.0.9"));
    credentials.put("address-expired", ca.expired("127.0.0.7"));
    credentials.put("hidden-rsa", ca.leaf("*.hidden.example").rsa().issue());
    credentials.put("hidden-ecdsa", ca.server("shop.hidden.example"));
    credentials.put("good", ca.server("good.example"));
    credentials.put("bad-sha1", ca.leaf("good.example").signedWithSha1().validity(LONG).issue());
    credentials.put("bad-purpose", ca.leaf("good.example").forClient().validity(LONG).issue());
    credentials.put("a-expired", ca.expired("first.example"));
    credentials.putAll(
        Map.of(
            "default", ca.server("default.example"),
            "both-ecdsa", ca.server("both.example"),
            "both-rsa", ca.leaf("both.example").rsa().issue(),
            "wildcard", ca.server("*.wild.example"),
            "exact", ca.server("exact.wild.example"),
            "aged-expired", ca.expired("aged.example"),
            "aged-early", ca.notYetValid("aged.example"),
            "aged-valid", ca.server("aged.example"),
            "idna", ca.server("xn--bcher-kva.example")));
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
                + "  - { name: address, bind: \"127.0.0.9:0\", certificates: certs/, backend: app,"
                + " sni: { missing: reject, default-certificate: exact } }\n"
                + "  - { name: address-rsa, bind: \"127.0.0.9:0\", certificates: certs/, backend: app,"
                + " sni: { default-certificate: hidden-rsa } }\n"
                + "  - { name: proxied, bind: \"127.0.0.1:0\", certificates: certs/, backend: app,"
                + " proxy-protocol: { accept-from: [\"127.0.0.1\"] } }\n"
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
    "good.example, good",
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
  void anEcdsaCertificateOfOneNameLeavesTheRsaWildcardToClientsThatNeedIt() {
    String rsaOnly = "-servername shop.hidden.example -sigalgs RSA-PSS+SHA256:RSA+SHA256 ";
    assertThat(served("web", rsaOnly + "-tls1_2")).isEqualTo(serial("hidden-rsa"));
    assertThat(served("web", rsaOnly + "-tls1_3")).isEqualTo(serial("hidden-rsa"));
    assertThat(served("web", "-servername shop.hidden.example")).isEqualTo(serial("hidden-ecdsa"));
  }

  @Test
  void anAddressDecidesWhereThereIsNoName() throws Exception {
    assertThat(served("address", "-noservername")).isEqualTo(serial("address"));
    assertThat(served("address", "-servername unknown.example")).isEqualTo(serial("exact"));
    assertThat(proxied("127.0.0.9")).isEqualTo(serial("address"));
    assertThat(proxied("127.0.0.8")).as("not covered").isEqualTo(serial("default"));
    assertThat(proxied("127.0.0.7")).as("expired").isEqualTo(serial("default"));
  }

  @Test
  void anEcdsaCertificateOfAnAddressLeavesTheRsaDefaultToClientsThatNeedIt() throws Exception {
    String rsaOnly = "-noservername -sigalgs RSA-PSS+SHA256:RSA+SHA256 ";
    String rsaSuite = "-noservername -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256";
    assertThat(served("address-rsa", rsaSuite)).isEqualTo(serial("hidden-rsa"));
    assertThat(served("address-rsa", rsaOnly + "-tls1_2")).isEqualTo(serial("hidden-rsa"));
    assertThat(served("address-rsa", rsaOnly + "-tls1_3")).isEqualTo(serial("hidden-rsa"));
    assertThat(served("address-rsa", "-noservername")).isEqualTo(serial("address"));
    assertThat(openssl("address", rsaSuite))
        .as("sni.missing: reject serves no default")
        .contains("handshake failure");
    String rsaOnlyClient = "/v1/explain?destination=127.0.0.9&signatures=0x0804";
    assertThat(terminator.call("GET", rsaOnlyClient, 200).findValuesAsText("outcome"))
        .filteredOn(outcome -> outcome.startsWith("served"))
        .singleElement()
        .asString()
        .startsWith("served with the default certificate: the client names no server");
  }

  /**
   * The certificate for a client that, according to a proxy's header, connected to {@code
   * destination}.
   */
  private static BigInteger proxied(String destination) throws Exception {
    InetSocketAddress address = terminator.address("proxied");
    try (Socket tcp = new Socket(address.getAddress(), address.getPort())) {
      tcp.setSoTimeout((int) PATIENCE.toMillis());
      tcp.getOutputStream()
          .write(
              ("PROXY TCP4 192.0.2.7 " + destination + " 1000 443\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      try (SSLSocket tls =
          (SSLSocket)
              ca.clientContext().getSocketFactory().createSocket(tcp, null, tcp.getPort(), true)) {
        tls.startHandshake();
        return ((X509Certificate) tls.getSession().getPeerCertificates()[0]).getSerialNumber();
      }
    }
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
            "openssl s_client -connect "
                + terminator.address(listener).getHostString()
                + ":"
                + terminator.address(listener).getPort()
                + " "
                + how
                + " 2>&1 </dev/null | tee /dev/stderr | openssl x509 -noout -serial")) {
      client.awaitExit(PATIENCE);
      return client.output();
    }
  }
}
