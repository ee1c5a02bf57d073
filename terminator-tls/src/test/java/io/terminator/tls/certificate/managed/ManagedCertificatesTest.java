package io.terminator.tls.certificate.managed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.core.setting.Secret;
import io.terminator.testkit.TestCa;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.WeakKeys;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.certificate.source.WatchSettings;
import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.certificate.upload.StateDocuments;
import io.terminator.tls.certificate.upload.StateException;
import io.terminator.tls.challenge.ChallengeCertificate;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManagedCertificatesTest {
  private static final TestCa CA = TestCa.create();
  private static final CertificatesConfig.Managed SHOP =
      new CertificatesConfig.Managed(
          List.of(
              new ManagedCertificate(
                  "shop.example", List.of("shop.example", "127.0.0.1"), List.of(), null)));

  @TempDir Path base;

  private ManagedCertificates open(@Nullable Secret secret) {
    return new ManagedCertificates(base.resolve("acme"), loader(), clock(), secret);
  }

  private static InstantSource clock() {
    return InstantSource.system();
  }

  private static CredentialLoader loader() {
    return new CredentialLoader(clock(), WeakKeys.REFUSED);
  }

  private static CredentialStore serve(ManagedCertificates managed, CertificatesConfig config) {
    return new Certificates(
            loader(), clock(), WatchSettings.DEFAULT, Certificates.UploadConfig.NONE, managed)
        .store(config, null);
  }

  private static void issue(ManagedCertificates managed, io.terminator.testkit.Credential issued)
      throws StateException {
    managed.put(managed.parse("shop.example", ascii(issued.chainPem()), ascii(issued.keyPem())));
    managed.publish();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static @Nullable Credential served(CredentialStore store, String host) {
    var set = store.snapshot().find(host, Instant.now());
    return set == null ? null : set.credentials().get(0);
  }

  @Test
  void aPlaceholderServesUntilTheFirstCertificateIsIssued() throws Exception {
    ManagedCertificates managed = open(null);
    CredentialStore store = serve(managed, SHOP);
    assertThat(served(store, "shop.example").source()).isEqualTo("acme-placeholder");
    assertThat(served(store, "127.0.0.1")).isSameAs(served(store, "shop.example"));

    io.terminator.testkit.Credential issued = CA.server("shop.example", "127.0.0.1");
    issue(managed, issued);

    assertThat(served(store, "shop.example").leaf()).isEqualTo(issued.leaf());
    assertThat(served(store, "shop.example").source()).isEqualTo("acme");
    assertThat(store.credentials()).containsOnlyKeys("shop.example");
  }

  @Test
  void aCertificateOfADirectoryIsPreferredToThePlaceholder() throws Exception {
    Path files = Files.createDirectory(base.resolve("files"));
    io.terminator.testkit.Credential file = CA.server("shop.example");
    file.writeTo(files, "file");

    CredentialStore store =
        serve(
            open(null),
            new CertificatesConfig.Several(List.of(SHOP, new CertificatesConfig.Directory(files))));

    assertThat(served(store, "shop.example").leaf()).isEqualTo(file.leaf());
    assertThat(served(store, "127.0.0.1").source()).isEqualTo("acme-placeholder");
    assertThat(store.snapshot().defaultCertificate().name()).isEqualTo("file");
  }

  @Test
  void theNextStartServesWhatWasIssuedWithoutAPlaceholder() throws Exception {
    io.terminator.testkit.Credential issued = CA.server("shop.example");
    issue(open(new Secret("sesame")), issued);

    CredentialStore store = serve(open(new Secret("sesame")), SHOP);

    assertThat(served(store, "shop.example").leaf()).isEqualTo(issued.leaf());
    try (Stream<Path> files = Files.walk(base)) {
      assertThat(files.filter(Files::isRegularFile).map(ManagedCertificatesTest::text))
          .isNotEmpty()
          .noneMatch(text -> text.contains("BEGIN PRIVATE KEY"));
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void withAnotherSecretThePlaceholderServesAndTheProblemSaysWhy() throws Exception {
    issue(open(new Secret("sesame")), CA.server("shop.example"));

    ManagedCertificates managed = open(new Secret("wrong"));
    CredentialStore store = serve(managed, SHOP);

    assertThat(served(store, "shop.example").source()).isEqualTo("acme-placeholder");
    assertThat(store.problems(Instant.now()))
        .anyMatch(reported -> reported.problem().kind() == Kind.WRONG_PASSWORD);
  }

  @Test
  void aVersionOfAnotherProcessServesAfterTheScan() throws Exception {
    ManagedCertificates follower = open(null);
    CredentialStore store = serve(follower, SHOP);
    io.terminator.testkit.Credential first = CA.server("shop.example");
    ManagedCertificates leader = open(null);
    issue(leader, first);
    assertThat(served(store, "shop.example").source()).isEqualTo("acme-placeholder");

    assertThat(follower.rescan()).isTrue();
    follower.publish();
    assertThat(served(store, "shop.example").leaf()).isEqualTo(first.leaf());
    assertThat(follower.rescan()).as("nothing is new").isFalse();

    io.terminator.testkit.Credential second = CA.server("shop.example");
    issue(leader, second);
    follower.rescan();
    follower.publish();
    assertThat(served(store, "shop.example").leaf()).isEqualTo(second.leaf());
  }

  @Test
  void aDamagedVersionLeavesTheOneBeforeInService() throws Exception {
    ManagedCertificates managed = open(null);
    CredentialStore store = serve(managed, SHOP);
    io.terminator.testkit.Credential good = CA.server("shop.example");
    issue(managed, good);
    Files.writeString(base.resolve("acme/shop.example/v2.pem"), "half a fi");

    assertThat(managed.rescan()).isFalse();

    assertThat(served(store, "shop.example").leaf()).isEqualTo(good.leaf());
    assertThat(store.problems(Instant.now())).isNotEmpty();
    io.terminator.testkit.Credential next = CA.server("shop.example");
    issue(managed, next);
    assertThat(served(store, "shop.example").version()).isEqualTo(3);
  }

  @Test
  void aDirectoryThatCannotBeUsedIsAProblemUntilItCan() throws Exception {
    Files.writeString(base.resolve("acme"), "a file in its place");
    ManagedCertificates managed = open(null);
    CredentialStore store = serve(managed, SHOP);
    assertThat(served(store, "shop.example").source()).isEqualTo("acme-placeholder");
    assertThat(store.problems(Instant.now()))
        .anyMatch(reported -> reported.problem().kind() == Kind.STATE_UNUSABLE);

    Files.delete(base.resolve("acme"));
    managed.rescan();

    assertThat(store.problems(Instant.now())).isEmpty();
    issue(managed, CA.server("shop.example"));
    assertThat(served(store, "shop.example").source()).isEqualTo("acme");
  }

  @Test
  void theServerNameOfAnAddressIsItsReverseMapping() {
    assertThat(ChallengeCertificate.of("192.0.2.7", "a.b", Instant.now()).serverName())
        .isEqualTo("7.2.0.192.in-addr.arpa");
    assertThat(ChallengeCertificate.of("2001:db8::1", "a.b", Instant.now()).serverName())
        .isEqualTo("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
  }

  @Test
  void aDocumentSurvivesAndItsSecretNeedsTheSameStateSecret() throws Exception {
    Path directory = base.resolve("documents");
    StateDocuments documents = StateDocuments.open(directory, new Secret("sesame"));
    String sealed = documents.seal("account", ascii("key"));
    documents.write("account.json", ascii(sealed));

    StateDocuments later = StateDocuments.open(directory, new Secret("sesame"));
    String read = new String(later.read("account.json"), StandardCharsets.US_ASCII);
    assertThat(later.unseal("account.json", "account", read)).isEqualTo(ascii("key"));
    assertThatThrownBy(() -> later.unseal("account.json", "other", read))
        .isInstanceOf(StateException.class)
        .hasMessageContaining("cannot be decrypted with state-secret");
    assertThatThrownBy(
            () -> StateDocuments.open(directory, null).unseal("account.json", "account", read))
        .isInstanceOf(StateException.class)
        .hasMessageContaining("no state-secret is configured");
    assertThat(later.read("other.json")).isNull();
    later.delete("account.json");
    assertThat(later.names()).isEmpty();
  }
}
