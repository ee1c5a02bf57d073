package io.terminator.admin.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.admin.acme.AcmeConfig;
import io.terminator.admin.acme.ChallengeType;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.certificate.source.ManagedCertificate.KeyType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The keys of certificates that are ordered. */
class AcmeConfigTest {
  @TempDir Path directory;

  private TerminatorConfig read(String certificates, String more) throws ConfigProblems {
    String content =
        """
        listeners:
          - name: web
            bind: ":8443"
            certificates: %s
            backend: app
        backends:
          app: { servers: ["127.0.0.1:8080"] }
        %s
        """
            .formatted(certificates, more);
    return new ConfigFile(Map.of("KEY", "hunter2".repeat(8)))
        .read("t.yaml", directory, content.getBytes(StandardCharsets.UTF_8))
        .config();
  }

  @Test
  void theShortestFormOrdersOneCertificateByTheListenersOwnPort() throws ConfigProblems {
    TerminatorConfig config =
        read(
            "{ acme: { names: [WWW.shop.example, shop.example, \"2001:DB8:0::1\"] } }",
            "acme: { terms-agreed: true, directory: letsencrypt-staging }");

    assertThat(config.managed())
        .containsExactly(
            new ManagedCertificate(
                "www.shop.example",
                List.of("www.shop.example", "shop.example", "2001:db8::1"),
                List.of(),
                null));
    AcmeConfig acme = config.acme();
    assertThat(acme.challenges()).containsExactly(ChallengeType.TLS_ALPN_01);
    assertThat(acme.keyTypes()).containsExactly(KeyType.ECDSA_P256);
    assertThat(acme.readyWithPlaceholder()).isTrue();
    assertThat(acme.staging()).as("dry runs").isEqualTo(acme.authority());
    assertThat(acme.authority().directory().toString())
        .isEqualTo("https://acme-staging-v02.api.letsencrypt.org/directory");
  }

  @Test
  void everySourceMayStandBesideTheOthers() throws Exception {
    Files.createDirectory(directory.resolve("certs"));
    TerminatorConfig config =
        read(
            "{ directory: certs, acme: [{ names: [a.example], key-type: [ecdsa-p384, rsa-3072] },"
                + " { names: [\"*.b.example\"], profile: shortlived, name: b }] }",
            """
            http: { bind: ":80" }
            acme:
              terms-agreed: true
              directory: https://ca.example/dir
              contact: [mailto:a@b.example]
              external-account: { key-id: kid, hmac-key: "${KEY}" }
              fallback: { directory: letsencrypt }
              dns: { webhook: https://dns.example/hook, token: "${KEY}" }
            """);

    assertThat(config.services().get(0).certificates().parts())
        .hasSize(2)
        .first()
        .isEqualTo(new CertificatesConfig.Directory(directory.resolve("certs")));
    assertThat(config.managed())
        .extracting(ManagedCertificate::name)
        .containsExactly("a.example", "b");
    assertThat(config.acme().challenges())
        .containsExactly(ChallengeType.TLS_ALPN_01, ChallengeType.HTTP_01, ChallengeType.DNS_01);
    assertThat(config.acme().staging()).as("unknown for this directory").isNull();
    assertThat(config.toString()).doesNotContain("hunter2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          { acme: { names: [a.example] } } | | listeners[0].certificates.acme: needs the section acme at the top level
          { acme: { names: [a.example] } } | acme: { terms-agreed: false, directory: letsencrypt } | acme.terms-agreed: "false"
          { acme: { names: [a.example] } } | acme: { terms-agreed: true } | acme.directory: is missing
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: "http://ca.example/dir" } | acme.directory: "http://ca.example/dir"
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, contact: ops@a.example } | acme.contact: "ops@a.example"
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, challenges: [http-01] } | acme.challenges: names http-01, and http is not configured
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, challenges: [dns-01] } | acme.challenges: names dns-01, and acme.dns is not configured
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, dns: {} } | acme.dns.command: is missing
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, key-type: [ecdsa-p256, ecdsa-p384] } | acme.key-type: "
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, external-account: { key-id: " ", hmac-key: abcd } } | acme.external-account.key-id: " "
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, external-account: { key-id: kid, hmac-key: "" } } | acme.external-account.hmac-key: is not base64url
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, external-account: { key-id: kid, hmac-key: "a b=+/" } } | acme.external-account.hmac-key: is not base64url
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, external-account: { key-id: kid, hmac-key: "YWJj\\n" } } | acme.external-account.hmac-key: is not base64url
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, external-account: { key-id: kid, hmac-key: YWJj } } | acme.external-account.hmac-key: is a key of 3 bytes
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, fallback: { directory: letsencrypt } } | another directory than acme.directory
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: "https://ca.example/d", staging: { directory: letsencrypt } } | dry runs would use up the limits
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, dns: { command: [ls], token: secret } } | no token beside command
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, dns: { command: [/none/at-all] } } | acme.dns.command: "/none/at-all" does not exist
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, dns: { command: [/usr/bin, x] } } | acme.dns.command: "/usr/bin" is a directory
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, dns: { command: [/proc/self/status] } } | acme.dns.command: "/proc/self/status" cannot be executed by this user
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, dns: { command: [no-such-program-anywhere] } } | acme.dns.command: "no-such-program-anywhere" is not in PATH
          { acme: { names: [a.example] } } | acme: { terms-agreed: true, directory: letsencrypt, trust: /proc/self/status } | "/proc/self/status" holds no certificate
          { acme: { names: [192.0.2.1] } } | acme: { terms-agreed: true, directory: letsencrypt, challenges: [dns-01], dns: { command: [ls] } } | has an IP address, which only tls-alpn-01 and http-01 validate
          { acme: { names: ["*.a.example"] } } | acme: { terms-agreed: true, directory: letsencrypt } | has a wildcard, which only dns-01 and dns-persist-01 validate
          { acme: { names: [localhost] } } | acme: { terms-agreed: true, directory: letsencrypt } | listeners[0].certificates.acme.names[0]: "localhost"
          { acme: { names: [] } } | acme: { terms-agreed: true, directory: letsencrypt } | listeners[0].certificates.acme.names
          { acme: [{ names: [a.example] }, { names: [b.example], name: a.example }] } | acme: { terms-agreed: true, directory: letsencrypt } | is the name of two different certificates
          {} | | listeners[0].certificates.acme: is missing
          """)
  void aMistakeIsNamedWithItsKey(String certificates, String more, String expected) {
    assertThatThrownBy(() -> read(certificates, more == null ? "" : more))
        .isInstanceOfSatisfying(
            ConfigProblems.class,
            problems -> assertThat(problems.problems().toString()).as(expected).contains(expected));
  }
}
