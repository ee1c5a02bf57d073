package io.terminator.tls.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.core.setting.Secret;
import io.terminator.testkit.LogLines;
import io.terminator.testkit.TestCa;
import io.terminator.tls.certificate.UploadReport.HostChange;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.credential.KeyKind;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.WeakKeys;
import io.terminator.tls.certificate.source.CertificateSource;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.certificate.source.WatchSettings;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.certificate.upload.StateException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificatesTest {
  private static final TestCa CA = TestCa.create();

  @TempDir Path base;

  private Path files;
  private Certificates certificates;
  private CredentialStore store;

  @BeforeEach
  void start() throws IOException {
    files = Files.createDirectory(base.resolve("files"));
    CA.server("shop.example", "*.shop.example").writeTo(files, "shop");
    certificates = certificates(base.resolve("state"));
    store = certificates.store(new CertificatesConfig.Directory(files), null);
  }

  @AfterEach
  void stop() {
    certificates.close();
  }

  private static Certificates certificates(Path state) {
    InstantSource clock = InstantSource.system();
    return new Certificates(
        new CredentialLoader(clock, WeakKeys.REFUSED),
        clock,
        WatchSettings.DEFAULT,
        new Certificates.UploadConfig(state, null));
  }

  /** Holds the credentials that it was given last, and no files. */
  private static final class MemorySource implements CertificateSource {
    private final TreeMap<String, Credential> held = new TreeMap<>();
    private final TreeMap<String, Credential> offered = new TreeMap<>();
    private Runnable publish = () -> {};

    void hold(Credential credential) {
      held.put(credential.name(), credential);
      publish.run();
    }

    @Override
    public void attach(Runnable publish) {
      this.publish = publish;
    }

    @Override
    public List<CredentialChange> refresh(Scan scan) {
      List<CredentialChange> changes = new ArrayList<>();
      held.forEach(
          (name, credential) -> {
            Credential before = offered.put(name, credential);
            if (before != credential) {
              changes.add(new CredentialChange(name, before, credential));
            }
          });
      return changes;
    }

    @Override
    public @Nullable Credential find(String name) {
      return offered.get(name);
    }

    @Override
    public Collection<Credential> credentials() {
      return offered.values();
    }
  }

  private record MemoryConfig(MemorySource source) implements CertificatesConfig {
    @Override
    public CertificateSource open(Surroundings surroundings) {
      return source;
    }
  }

  @Test
  void aSourceWithoutFilesServesWhatItPublishesAtOnce() throws Exception {
    MemorySource source = new MemorySource();
    MemoryConfig config = new MemoryConfig(source);
    store = certificates.store(config, null);
    assertThat(store.snapshot().size()).isZero();
    io.terminator.testkit.Credential issued = CA.server("issued.example");
    byte[] bundle = ascii(issued.chainPem() + issued.keyPem());

    source.hold(
        new CredentialLoader(InstantSource.system(), WeakKeys.REFUSED)
            .parse("issued", bundle, bundle, null, 1)
            .credential());

    assertThat(served("issued.example")).isEqualTo(issued.leaf());
    certificates.retain(Set.of());
    io.terminator.testkit.Credential later = CA.server("issued.example");
    byte[] renewed = ascii(later.chainPem() + later.keyPem());
    source.hold(
        new CredentialLoader(InstantSource.system(), WeakKeys.REFUSED)
            .parse("issued", renewed, renewed, null, 2)
            .credential());
    assertThat(served("issued.example")).as("nobody listens any more").isEqualTo(issued.leaf());
  }

  @Test
  void aPlanSaysWhatWouldChangeAndChangesNothing() {
    io.terminator.testkit.Credential upload = CA.server("api.shop.example", "new.example");
    CredentialSnapshot before = store.snapshot();

    UploadReport report = plan("api", upload);

    assertThat(report.isAccepted()).isTrue();
    assertThat(report.problems()).isEmpty();
    assertThat(report.daysLeft()).isEqualTo(29);
    assertThat(report.credential().leaf()).isEqualTo(upload.leaf());
    assertThat(report.moves())
        .containsExactlyInAnyOrder(
            new HostChange("api.shop.example", KeyKind.EC, "shop", "api"),
            new HostChange("new.example", KeyKind.EC, null, "api"));
    assertThat(store.snapshot()).isSameAs(before);
    assertThat(base.resolve("state/api")).doesNotExist();
  }

  @Test
  void anUploadServesAsPlannedAndAfterTheNextStart() throws Exception {
    io.terminator.testkit.Credential upload = CA.server("api.shop.example");

    UploadReport report = put("api", upload);

    assertThat(report)
        .usingRecursiveComparison()
        .ignoringFields("credential")
        .isEqualTo(plan0(report));
    assertThat(served("api.shop.example")).isEqualTo(upload.leaf());
    certificates.close();
    certificates = certificates(base.resolve("state"));
    store = certificates.store(new CertificatesConfig.Directory(files), null);
    assertThat(served("api.shop.example")).isEqualTo(upload.leaf());
  }

  private static UploadReport plan0(UploadReport report) {
    return new UploadReport(
        "api",
        true,
        report.credential(),
        29,
        List.of(),
        List.of(new HostChange("api.shop.example", KeyKind.EC, "shop", "api")));
  }

  @Test
  void anUploadThatDropsNamesSaysWhereTheyGo() throws Exception {
    put("api", CA.server("api.shop.example", "gone.example"));

    UploadReport report = plan("api", CA.server("other.example"));

    assertThat(report.moves())
        .containsExactlyInAnyOrder(
            new HostChange("other.example", KeyKind.EC, null, "api"),
            new HostChange("api.shop.example", KeyKind.EC, "api", "shop"),
            new HostChange("gone.example", KeyKind.EC, "api", null));
  }

  @Test
  void aRefusedUploadLeavesEverythingAsItIs() throws Exception {
    CredentialSnapshot before = store.snapshot();

    UploadReport report = put("api", CA.wrongKey("api.example"));

    assertThat(report.isAccepted()).isFalse();
    assertThat(report.problems())
        .extracting(CredentialProblem::kind)
        .containsExactly(Kind.WRONG_KEY);
    assertThat(report.moves()).isEmpty();
    assertThat(store.snapshot()).isSameAs(before);
    assertThat(certificates.versions("api")).isEmpty();
  }

  @Test
  void refusesAnExpiredUploadAndAnEarlyOneOverAValidOne() throws Exception {
    assertThat(put("old", CA.expired("old.example")).isAccepted()).isFalse();
    assertThat(put("shop", CA.notYetValid("shop.example")).isAccepted()).isFalse();
    assertThat(put("early", CA.notYetValid("shop.example")).isAccepted()).isTrue();

    assertThat(store.snapshot().find("shop.example", Instant.now()).name()).isEqualTo("shop");
  }

  @Test
  void acceptsEncryptedKeysAndKeyStores() throws Exception {
    io.terminator.testkit.Credential one = CA.server("one.example");
    byte[] store = CA.server("two.example").pkcs12("p");

    assertThat(
            certificates
                .put(
                    "one",
                    ascii(one.chainPem()),
                    ascii(one.encryptedKeyPem("p")),
                    new Secret("p"),
                    null)
                .isAccepted())
        .isTrue();
    assertThat(certificates.put("two", store, store, new Secret("p"), null).isAccepted()).isTrue();
    assertThat(certificates.put("two", store, store, null, null).problems())
        .extracting(CredentialProblem::kind)
        .containsExactly(Kind.MISSING_PASSWORD);
  }

  @Test
  void rollsBack() throws Exception {
    io.terminator.testkit.Credential first = CA.server("api.example");
    put("api", first);
    put("api", CA.server("api.example"));

    UploadReport report = certificates.rollback("api", 1);

    assertThat(report.isAccepted()).isTrue();
    assertThat(served("api.example")).isEqualTo(first.leaf());
    assertThat(certificates.versions("api")).containsExactly(3, 2, 1);
    assertThat(certificates.rollback("api", 9).problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.message()).contains("Expected one of [3, 2, 1]"));
  }

  @Test
  void deletingAnUploadBringsTheFileBack() throws Exception {
    put("shop", CA.server("shop.example"));
    assertThat(store.snapshot().find("shop.example", Instant.now()).credentials().get(0).source())
        .isEqualTo("api");

    assertThat(certificates.delete("shop")).isTrue();

    assertThat(store.snapshot().find("shop.example", Instant.now()).credentials().get(0).source())
        .isEqualTo(files.resolve("shop.crt").toString());
    assertThat(certificates.delete("shop")).isFalse();
  }

  @Test
  void theLogNamesTheFileThatServesAgainAfterADelete() throws Exception {
    put("shop", CA.server("shop.example"));
    put("api", CA.server("api.example"));
    List<String> lines;
    try (LogLines said = LogLines.of(Certificates.class)) {
      assertThat(certificates.delete("shop")).isTrue();
      assertThat(certificates.delete("api")).isTrue();
      lines = said.lines();
    }

    assertThat(lines)
        .doesNotContain("certificate=shop: gone")
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith("certificate=shop: the upload was removed, and version 1 of ")
                    .contains(files.resolve("shop.crt") + " serves again, valid until "))
        .contains("certificate=api: gone");
  }

  @Test
  void refusesNamesThatAreNone() throws Exception {
    io.terminator.testkit.Credential upload = CA.server("api.example");

    assertThat(plan("../api", upload).isAccepted()).isFalse();
    assertThatThrownBy(() -> put("../api", upload))
        .isInstanceOf(StateException.class)
        .hasMessageContaining("not a valid name for an upload");
    assertThat(certificates.versions("../files")).isEmpty();
    assertThat(certificates.delete("../files")).isFalse();
    assertThat(files.resolve("shop.crt")).exists();
  }

  @Test
  void takesNoUploadsWithoutAStateDirectoryAndServesFilesAllTheSame() throws Exception {
    certificates.close();
    Files.writeString(base.resolve("occupied"), "x");
    certificates = certificates(base.resolve("occupied"));
    store = certificates.store(new CertificatesConfig.Directory(files), null);

    assertThat(served("shop.example")).isNotNull();
    assertThatThrownBy(() -> put("api", CA.server("api.example")))
        .isInstanceOf(StateException.class)
        .hasMessageContaining("occupied")
        .hasMessageContaining("set state-dir");
    assertThat(plan("api", CA.server("api.example")).isAccepted()).isFalse();
    assertThat(certificates.problems())
        .extracting(reported -> reported.problem().kind())
        .contains(Kind.STATE_UNUSABLE);
  }

  @Test
  void equalConfigurationsShareAStore() throws IOException {
    CertificatesConfig.Directory same = new CertificatesConfig.Directory(files);
    Path others = Files.createDirectory(base.resolve("others"));
    CA.server("other.example").writeTo(others, "other");
    CredentialStore other = certificates.store(new CertificatesConfig.Directory(others), null);

    assertThat(certificates.store(same, null)).isSameAs(store);
    assertThat(other).isNotSameAs(store);

    certificates.retain(Set.of(same));
    assertThat(certificates.store(new CertificatesConfig.Directory(others), null))
        .isNotSameAs(other);
  }

  @Test
  void anUploadServesOnEveryListener() throws Exception {
    Path others = Files.createDirectory(base.resolve("others"));
    CA.server("other.example").writeTo(others, "other");
    CredentialStore other = certificates.store(new CertificatesConfig.Directory(others), null);

    put("api", CA.server("api.example"));

    for (CredentialStore each : List.of(store, other)) {
      assertThat(each.snapshot().find("api.example", Instant.now()).name()).isEqualTo("api");
    }
  }

  private UploadReport plan(String name, io.terminator.testkit.Credential upload) {
    return certificates.plan(name, ascii(upload.chainPem()), ascii(upload.keyPem()), null, null);
  }

  private UploadReport put(String name, io.terminator.testkit.Credential upload)
      throws StateException {
    return certificates.put(name, ascii(upload.chainPem()), ascii(upload.keyPem()), null, null);
  }

  private X509Certificate served(String host) {
    return store.snapshot().find(host, Instant.now()).credentials().get(0).leaf();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
