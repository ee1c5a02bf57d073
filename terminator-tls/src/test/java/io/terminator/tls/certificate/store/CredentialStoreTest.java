package io.terminator.tls.certificate.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.LeafRequest;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.Validity;
import io.terminator.tls.certificate.credential.ConfiguredName;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.credential.IpText;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.WeakKeys;
import io.terminator.tls.certificate.source.CertificateSource;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CredentialStoreTest {
  private static final TestCa CA = TestCa.create();

  private final CredentialLoader loader =
      new CredentialLoader(InstantSource.system(), WeakKeys.REFUSED);
  private final ListedSource configured = new ListedSource();
  private final ListedSource uploads = new ListedSource();
  private final CredentialStore store =
      new CredentialStore(List.of(uploads, configured), null, new ReentrantLock());
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
    assertThat(store.problems(now)).isEmpty();
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
  }

  @Test
  void anAddressIsFoundInEverySpellingOfIt() throws Exception {
    add("name", CA.leaf("shop.example.com"));
    add("four", CA.leaf("192.0.2.1"));
    add("six", CA.leaf("2001:db8:0:0:1:0:0:1"));

    assertThat(find("192.0.2.1")).containsExactly("four");
    assertThat(find(IpText.of(InetAddress.getByName("2001:db8::1:0:0:1").getAddress())))
        .containsExactly("six");
    assertThat(configured.find("six").hosts()).containsExactly("2001:db8::1:0:0:1");
    assertThat(find("192.0.2.2")).isEmpty();
  }

  @Test
  void anEcdsaCertificateDoesNotHideTheRsaWildcard() {
    add("wild", CA.leaf("*.example.com").rsa());
    add("shop", CA.leaf("shop.example.com"));

    assertThat(find("shop.example.com")).containsExactly("shop", "wild");
    assertThat(find("other.example.com")).containsExactly("wild");
    add("expired", CA.leaf("old.example.com").validity(Validity.expired()));
    assertThat(find("old.example.com"))
        .as("clients accept the wildcard alone")
        .containsExactly("wild");
  }

  @Test
  void anEcdsaWildcardDoesNotDisplaceTheRsaCertificateOfTheName() {
    add("wild", CA.leaf("*.example.com"));
    add("shop", CA.leaf("shop.example.com").rsa());

    assertThat(find("shop.example.com")).containsExactly("shop", "wild");
    assertThat(find("other.example.com")).containsExactly("wild");
  }

  @Test
  void anEcdsaCertificateOfAnAddressDoesNotHideTheRsaDefault() {
    add("www", CA.leaf("www.example.com").rsa());
    add("ecdsa", CA.leaf("192.0.2.1"));
    add("rsa", CA.leaf("192.0.2.2").rsa());
    add("expired", CA.leaf("192.0.2.3").validity(Validity.expired()));

    assertThat(findWithFallback("192.0.2.1")).containsExactly("ecdsa", "www");
    assertThat(findWithFallback("192.0.2.2")).containsExactly("rsa");
    assertThat(findWithFallback("192.0.2.3"))
        .as("clients accept the default alone")
        .containsExactly("www");
    assertThat(find("192.0.2.1")).containsExactly("ecdsa");
  }

  static Stream<Arguments> refusedByClients() {
    return Stream.of(
        Arguments.of("SHA-1", (UnaryOperator<LeafRequest>) LeafRequest::signedWithSha1),
        Arguments.of("clientAuth", (UnaryOperator<LeafRequest>) LeafRequest::forClient),
        Arguments.of("CA:TRUE", (UnaryOperator<LeafRequest>) LeafRequest::authority),
        Arguments.of("keyAgreement", (UnaryOperator<LeafRequest>) LeafRequest::withoutSigning),
        Arguments.of(
            "poison",
            (UnaryOperator<LeafRequest>) leaf -> leaf.critical("1.3.6.1.4.1.11129.2.4.3")),
        Arguments.of("unknown", (UnaryOperator<LeafRequest>) leaf -> leaf.critical("1.2.3.4")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusedByClients")
  void whatClientsRefuseDisplacesNothing(String name, UnaryOperator<LeafRequest> fault) {
    add("good", CA.leaf("shop.example.com"));
    LeafRequest longer =
        CA.leaf("shop.example.com", "only.example.com").validity(Validity.of(Duration.ofDays(300)));
    add("bad", fault.apply(longer));

    assertThat(find("shop.example.com")).containsExactly("good");
    assertThat(find("only.example.com")).as("better than none").containsExactly("bad");
    assertThat(names(store.snapshot().fallback(now))).containsExactly("good");
    apply(configured, "good", null);
    assertThat(find("shop.example.com")).containsExactly("bad");
  }

  @Test
  void aFileThatIsAddedDoesNotBecomeTheDefault() {
    add("shop", CA.leaf("shop.example.com"));
    add("aaa", CA.leaf("unrelated.example.com"));

    assertThat(names(store.snapshot().fallback(now))).containsExactly("shop");
    configured.marked = "aaa";
    add("aaa", CA.leaf("unrelated.example.com"));
    assertThat(names(store.snapshot().fallback(now))).as("marked").containsExactly("aaa");
  }

  @Test
  void everyProcessThatStartsChoosesTheSameDefaultAndOneThatDiffersSaysSo() {
    add("shop", CA.leaf("shop.example.com"));
    assertThat(store.problems(now)).isEmpty();
    add("aaa", CA.leaf("unrelated.example.com"));
    add("aab", CA.leaf("another.example.com").validity(Validity.expired()));
    CredentialStore replica =
        new CredentialStore(List.of(uploads, configured), null, new ReentrantLock());
    replica.open(now);

    assertThat(names(replica.snapshot().fallback(now))).containsExactly("aaa");
    assertThat(replica.problems(now)).isEmpty();
    assertThat(names(store.snapshot().fallback(now))).containsExactly("shop");
    assertThat(store.problems(now))
        .singleElement()
        .satisfies(
            reported -> {
              assertThat(reported.problem().kind()).isEqualTo(Kind.DEFAULT_UNSETTLED);
              assertThat(reported.message())
                  .contains("\"shop\"", "\"aaa\"", "sni.default-certificate");
              assertThat(reported.since()).isEqualTo(now);
            });
    assertThat(store.problems(now.plusSeconds(9)))
        .singleElement()
        .satisfies(reported -> assertThat(reported.since()).isEqualTo(now));
    apply(configured, "aaa", null);
    assertThat(store.problems(now)).isEmpty();
  }

  @Test
  void anInvalidCertificateIsNotTheDefaultBesideAValidOne() {
    add("a-expired", CA.leaf("old.example.com").validity(Validity.expired()));
    add("b-future", CA.leaf("new.example.com").validity(Validity.notYet()));
    assertThat(names(store.snapshot().fallback(now))).containsExactly("a-expired");

    add("c-valid", CA.leaf("shop.example.com"));

    assertThat(names(store.snapshot().fallback(now))).containsExactly("c-valid");
  }

  @Test
  void theDefaultMovesWhenItExpiresAndStaysThere() {
    add("short", CA.leaf("short.example.com").validity(Validity.of(Duration.ofDays(6))));
    add("long", CA.leaf("long.example.com").validity(Validity.of(Duration.ofDays(60))));
    store.review(now.plus(Duration.ofDays(5)));
    assertThat(store.snapshot().defaultCertificate().name()).isEqualTo("short");

    store.review(now.plus(Duration.ofDays(7)));

    assertThat(store.snapshot().defaultCertificate().name()).isEqualTo("long");
    add("short", CA.leaf("short.example.com"));
    assertThat(store.snapshot().defaultCertificate().name()).isEqualTo("long");
  }

  @Test
  void theNamedDefaultIsTheDefaultAndMissedWhereItIsNot() {
    CredentialStore named =
        new CredentialStore(
            List.of(uploads, configured), new ConfiguredName("main", "main"), new ReentrantLock());
    configured.all.put("a", load("a", CA.leaf("a.example.com")));
    named.open(now);
    assertThat(named.snapshot().defaultCertificate().name()).isEqualTo("a");
    assertThat(named.problems(now))
        .singleElement()
        .satisfies(
            reported -> {
              assertThat(reported.problem().kind()).isEqualTo(Kind.NO_DEFAULT);
              assertThat(reported.message())
                  .contains("no certificate is named \"main\"; \"a\" is the default instead");
            });
    Credential main = load("main", CA.leaf("main.example.com").validity(Validity.expired()));
    configured.all.put("main", main);

    named.apply(configured, List.of(new CredentialChange("main", null, main)), now);

    assertThat(named.snapshot().defaultCertificate()).as("as told, even expired").isSameAs(main);
    assertThat(named.problems(now)).isEmpty();
  }

  @Test
  void aNamedDefaultFromAVariableIsShownAsWritten() {
    CredentialStore named =
        new CredentialStore(
            List.of(uploads, configured),
            new ConfiguredName("hunter2", "${DEFAULT}"),
            new ReentrantLock());
    configured.all.put("a", load("a", CA.leaf("a.example.com")));
    named.open(now);

    assertThat(named.problems(now))
        .singleElement()
        .satisfies(
            reported -> {
              assertThat(reported.certificate()).isEqualTo("${DEFAULT}");
              assertThat(reported.message())
                  .contains("no certificate is named \"${DEFAULT}\"; \"a\" is the default instead")
                  .doesNotContain("hunter2");
            });
  }

  @Test
  void aNamedDefaultWhoseFilesAreRefusedIsNotSaidToBeUnknown() {
    CredentialStore named =
        new CredentialStore(
            List.of(uploads, configured), new ConfiguredName("main", "main"), new ReentrantLock());
    configured.problems.add(
        new ReportedProblem(
            "main", new CredentialProblem(Kind.WRONG_KEY, "main.key", "wrong"), now, false));
    named.open(now);
    assertThat(named.problems(now))
        .filteredOn(reported -> reported.problem().kind() == Kind.NO_DEFAULT)
        .singleElement()
        .satisfies(
            reported ->
                assertThat(reported.message())
                    .contains(
                        "the certificate \"main\" cannot be used, see its own problem, and there is no"
                            + " other"));
  }

  @Test
  void aClaimNamesWhoServesAndKeepsWhatElseIsServed() {
    add("wild", CA.leaf("*.test.example"));
    add("expired", CA.leaf("app.test.example").validity(Validity.expired()));
    add("future", CA.leaf("app.test.example").validity(Validity.notYet()));
    add("both", CA.leaf("app.example", "*.app.example"));
    add("newer", CA.leaf("app.example").validity(Validity.of(Duration.ofDays(60))));

    assertThat(store.problems(now))
        .filteredOn(reported -> reported.problem().kind() == Kind.HOST_CLAIMED_TWICE)
        .extracting(ReportedProblem::message)
        .hasSize(2)
        .anyMatch(
            text -> text.contains("\"wild\" serves it") && !text.contains("\"future\" serves"))
        .anyMatch(
            text ->
                text.contains("\"newer\" serves it, since it lasts longer")
                    && text.contains("Keep \"both\", which serves \"*.app.example\"")
                    && !text.contains("Remove"));
  }

  @Test
  void anUploadServesInPlaceOfAFileOfItsName() {
    add("shop", CA.leaf("shop.example.com", "old.example.com"));
    upload("shop", CA.leaf("shop.example.com"));

    assertThat(store.snapshot().find("shop.example.com", now).credentials())
        .containsExactly(uploads.find("shop"));
    assertThat(find("old.example.com")).isEmpty();
    assertThat(store.credentials()).containsOnlyKeys("shop");

    // A change of the file in the meantime becomes visible when the upload is deleted.
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

    assertThat(store.problems(now))
        .singleElement()
        .satisfies(
            reported -> {
              assertThat(reported.problem().kind()).isEqualTo(Kind.HOST_CLAIMED_TWICE);
              assertThat(reported.certificate()).isEqualTo("a");
              assertThat(reported.message())
                  .contains("\"b\" serves it")
                  .contains("\"shop.example.com\"");
            });
    apply(configured, "a", null);

    assertThat(store.problems(now)).isEmpty();
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

  private List<String> findWithFallback(String address) {
    CredentialSet found = store.snapshot().find(address, now);
    assertThat(found).isNotNull();
    return names(store.snapshot().withFallback(found, now));
  }

  private static List<String> names(@Nullable CredentialSet set) {
    return set == null ? List.of() : set.credentials().stream().map(Credential::name).toList();
  }

  /** A source that reports what it is told to. */
  private static final class ListedSource implements CertificateSource {
    final Map<String, Credential> all = new TreeMap<>();
    final List<ReportedProblem> problems = new ArrayList<>();
    @Nullable String marked;

    @Override
    public List<ReportedProblem> problems() {
      return problems;
    }

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
    public @Nullable String defaultName() {
      return marked;
    }
  }
}
