package io.terminator.tls.certificate.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.LeafRequest;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.Validity;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.WeakKeys;
import io.terminator.tls.certificate.source.CertificateSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CredentialStoreTest {
  private static final TestCa CA = TestCa.create();

  private final CredentialLoader loader =
      new CredentialLoader(InstantSource.system(), WeakKeys.REFUSED);
  private final ListedSource configured = new ListedSource();
  private final ListedSource uploads = new ListedSource();
  private final CredentialStore store =
      new CredentialStore(uploads, configured, new ReentrantLock());
  private final Instant now = Instant.now();

  @Test
  void anExactNameGoesBeforeAWildcard() {
    add("wild", CA.leaf("*.example.com"));
    add("exact", CA.leaf("shop.example.com"));

    assertThat(find("shop.example.com")).containsExactly("exact");
    assertThat(find("blog.example.com")).containsExactly("wild");
  }

  @Test
  void aWildcardStandsForOneLabelAndNotForNone() {
    add("wild", CA.leaf("*.example.com"));

    assertThat(find("a.b.example.com")).isEmpty();
    assertThat(find("example.com")).isEmpty();
    assertThat(find("com")).isEmpty();
    assertThat(find(".example.com")).isEmpty();
  }

  @Test
  void aValidOneGoesBeforeAnExpiredOneEvenThroughAWildcard() {
    add("a-expired", CA.leaf("shop.example.com").validity(Validity.expired()));
    assertThat(find("shop.example.com")).containsExactly("a-expired");

    add("wild", CA.leaf("*.example.com"));
    assertThat(find("shop.example.com")).containsExactly("wild");

    add("z-valid", CA.leaf("shop.example.com"));
    assertThat(find("shop.example.com")).containsExactly("z-valid");
  }

  @Test
  void anEarlyOneServesFromItsFirstSecondOn() {
    Validity later = new Validity(now.plus(Duration.ofDays(1)), now.plus(Duration.ofDays(90)));
    add("now", CA.leaf("shop.example.com"));
    add("later", CA.leaf("shop.example.com").validity(later));

    assertThat(find("shop.example.com", later.notBefore().minusSeconds(1))).containsExactly("now");
    assertThat(find("shop.example.com", later.notBefore())).containsExactly("later");
    assertThat(find("shop.example.com")).containsExactly("now");
  }

  @Test
  void whatLastsLongestServesAndThenTheFirstByName() {
    Validity same = Validity.of(Duration.ofDays(30));
    add("b", CA.leaf("shop.example.com").validity(same));
    add("c", CA.leaf("shop.example.com").validity(same));
    assertThat(find("shop.example.com")).containsExactly("b");

    add("a", CA.leaf("shop.example.com").validity(same));
    assertThat(find("shop.example.com")).containsExactly("a");

    add("z", CA.leaf("shop.example.com").validity(Validity.of(Duration.ofDays(31))));
    assertThat(find("shop.example.com")).containsExactly("z");
  }

  @Test
  void bothKindsOfKeyServeSideBySideEcdsaFirst() {
    add("rsa", CA.leaf("shop.example.com").rsa());
    add("ecdsa", CA.leaf("shop.example.com"));

    assertThat(find("shop.example.com")).containsExactly("ecdsa", "rsa");
    assertThat(store.problems()).isEmpty();
  }

  @Test
  void noExpiredOneServesBesideAValidOneOfTheOtherKind() {
    add("rsa", CA.leaf("shop.example.com").rsa().validity(Validity.expired()));
    add("ecdsa", CA.leaf("shop.example.com"));

    assertThat(find("shop.example.com")).containsExactly("ecdsa");
  }

  @Test
  void hostsOfOneCertificateShareOneSet() {
    add("shop", CA.leaf("a.example.com", "b.example.com"));

    assertThat(store.snapshot().find("a.example.com", now))
        .isEqualTo(store.snapshot().find("b.example.com", now));
  }

  @Test
  void theFirstConfiguredIsTheDefaultWithItsPeer() {
    add("a-rsa", CA.leaf("shop.example.com").rsa());
    add("b-ecdsa", CA.leaf("shop.example.com"));
    add("c", CA.leaf("other.example.com"));
    upload("0-upload", CA.leaf("first.example.com"));

    assertThat(names(store.snapshot().fallback(now))).containsExactly("b-ecdsa", "a-rsa");
  }

  @Test
  void anUploadIsTheDefaultWhereNothingIsConfigured() {
    assertThat(store.snapshot().fallback(now)).isNull();

    upload("only", CA.leaf("first.example.com"));

    assertThat(names(store.snapshot().fallback(now))).containsExactly("only");
  }

  @Test
  void aCertificateForAddressesServesAsTheDefault() {
    add("address", CA.leaf("192.0.2.1"));

    assertThat(names(store.snapshot().fallback(now))).containsExactly("address");
    assertThat(store.snapshot().size()).isZero();
  }

  @Test
  void anUploadServesInPlaceOfAFileOfItsName() {
    add("shop", CA.leaf("shop.example.com", "old.example.com"));
    upload("shop", CA.leaf("shop.example.com"));

    assertThat(store.snapshot().find("shop.example.com", now).credentials())
        .containsExactly(uploads.find("shop"));
    assertThat(find("old.example.com")).isEmpty();
    assertThat(store.credentials()).containsOnlyKeys("shop");

    // What the file becomes meanwhile shows when the upload goes.
    add("shop", CA.leaf("new.example.com"));
    assertThat(find("new.example.com")).isEmpty();
    apply(uploads, "shop", null);

    assertThat(find("new.example.com")).containsExactly("shop");
    assertThat(find("shop.example.com")).isEmpty();
  }

  @Test
  void twoClaimingOneHostAreReportedUntilOneGoes() {
    add("a", CA.leaf("shop.example.com").validity(Validity.of(Duration.ofDays(30))));
    add("b", CA.leaf("shop.example.com").validity(Validity.of(Duration.ofDays(60))));

    assertThat(store.problems())
        .singleElement()
        .satisfies(
            reported -> {
              assertThat(reported.problem().kind()).isEqualTo(Kind.HOST_CLAIMED_TWICE);
              assertThat(reported.certificate()).isEqualTo("a");
              assertThat(reported.message())
                  .contains("\"b\" does")
                  .contains("\"shop.example.com\"");
            });
    apply(configured, "a", null);

    assertThat(store.problems()).isEmpty();
  }

  @Test
  void aSnapshotThatWasTakenStaysAsItIs() {
    add("shop", CA.leaf("shop.example.com"));
    CredentialSnapshot before = store.snapshot();
    Credential old = configured.find("shop");
    add("shop", CA.leaf("shop.example.com"));

    assertThat(before.find("shop.example.com", now).credentials()).containsExactly(old);
    assertThat(store.snapshot().find("shop.example.com", now).credentials())
        .containsExactly(configured.find("shop"));
  }

  @Test
  void removingTheLastForAHostRemovesTheHost() {
    add("shop", CA.leaf("shop.example.com", "*.shop.example.com"));
    assertThat(store.snapshot().size()).isEqualTo(2);

    apply(configured, "shop", null);

    assertThat(store.snapshot().size()).isZero();
    assertThat(store.snapshot().fallback(now)).isNull();
  }

  @Test
  void listenersHearOfWhatChangesForClientsOnly() {
    List<CredentialChange> heard = new ArrayList<>();
    store.addListener(heard::addAll);
    upload("shop", CA.leaf("shop.example.com"));
    Credential uploaded = uploads.find("shop");
    assertThat(heard).containsExactly(new CredentialChange("shop", null, uploaded));
    heard.clear();

    add("shop", CA.leaf("shop.example.com"));
    assertThat(heard).isEmpty();

    apply(uploads, "shop", null);
    assertThat(heard)
        .containsExactly(new CredentialChange("shop", uploaded, configured.find("shop")));
  }

  private void add(String name, LeafRequest request) {
    apply(configured, name, load(name, request));
  }

  private void upload(String name, LeafRequest request) {
    apply(uploads, name, load(name, request));
  }

  private Credential load(String name, LeafRequest request) {
    io.terminator.testkit.Credential issued = request.issue();
    Credential credential =
        loader.parse(name, ascii(issued.chainPem()), ascii(issued.keyPem()), null, 1).credential();
    assertThat(credential).isNotNull();
    return credential;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void apply(ListedSource source, String name, @Nullable Credential credential) {
    Credential before =
        credential == null ? source.all.remove(name) : source.all.put(name, credential);
    store.apply(source, List.of(new CredentialChange(name, before, credential)), now);
  }

  private List<String> find(String host) {
    return find(host, now);
  }

  private List<String> find(String host, Instant when) {
    return names(store.snapshot().find(host, when));
  }

  private static List<String> names(@Nullable CredentialSet set) {
    return set == null ? List.of() : set.credentials().stream().map(Credential::name).toList();
  }

  /** A source that says what it is told to. */
  private static final class ListedSource implements CertificateSource {
    final Map<String, Credential> all = new LinkedHashMap<>();

    @Override
    public List<CredentialChange> refresh(Scan scan) {
      return List.of();
    }

    @Override
    public @Nullable Credential find(String name) {
      return all.get(name);
    }

    @Override
    public Collection<Credential> credentials() {
      return all.values();
    }

    @Override
    public @Nullable Credential first() {
      return all.values().stream().findFirst().orElse(null);
    }

    @Override
    public List<ReportedProblem> problems() {
      return List.of();
    }

    @Override
    public Set<Path> directories() {
      return Set.of();
    }

    @Override
    public boolean isWaiting() {
      return false;
    }
  }
}
