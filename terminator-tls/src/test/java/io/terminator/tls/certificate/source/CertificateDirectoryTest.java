package io.terminator.tls.certificate.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.TestCa;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.WeakKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every supported layout and every failure of a directory. Over 500 lines because each case builds
 * a directory.
 */
class CertificateDirectoryTest {
  private static final TestCa CA = TestCa.create();
  private static final io.terminator.testkit.Credential SHOP = CA.server("shop.example");
  private static final io.terminator.testkit.Credential BLOG = CA.server("blog.example");
  private static final io.terminator.testkit.Credential RSA = CA.leaf("shop.example").rsa().issue();
  private static final Duration GRACE = Duration.ofSeconds(5);

  @TempDir Path base;

  private Path root;
  private CertificateDirectory directory;
  private Instant now = Instant.now();

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(base.resolve("certs"));
    directory =
        new CertificateDirectory(
            root, new CredentialLoader(InstantSource.system(), WeakKeys.REFUSED));
  }

  @Test
  void findsPairsOfEveryNaming() throws IOException {
    write("a.crt", SHOP.chainPem());
    write("a.key", SHOP.keyPem());
    write("b.pem", BLOG.chainPem());
    write("b-key.pem", BLOG.keyPem());
    write("c.cer", SHOP.chainPem());
    write("c.cer.key", SHOP.keyPem());
    write("D.CRT", SHOP.chainPem());
    write("D.key", SHOP.keyPem());

    look();

    assertThat(names()).containsExactly("D", "a", "b", "c");
    assertThat(directory.problems()).isEmpty();
  }

  @Test
  void findsBundlesOfHaproxy() throws IOException {
    write("shop.pem", SHOP.chainPem() + SHOP.keyPem());
    write("two.pem.ecdsa", SHOP.keyPem() + SHOP.chainPem());
    write("two.pem.rsa", RSA.chainPem() + RSA.keyPem());

    look();

    assertThat(names()).containsExactly("shop", "two.pem.ecdsa", "two.pem.rsa");
    assertThat(directory.problems()).isEmpty();
  }

  @Test
  void findsWhatCertbotKeeps() throws IOException {
    for (String name : List.of("shop.example", "blog.example")) {
      io.terminator.testkit.Credential issued = name.startsWith("shop") ? SHOP : BLOG;
      Path archive = Files.createDirectories(root.resolve("archive").resolve(name));
      Path live = Files.createDirectories(root.resolve("live").resolve(name));
      Files.writeString(archive.resolve("fullchain1.pem"), issued.chainPem());
      Files.writeString(archive.resolve("privkey1.pem"), issued.keyPem());
      Files.writeString(archive.resolve("cert1.pem"), issued.leafPem());
      Files.writeString(archive.resolve("chain1.pem"), CA.intermediatePem());
      for (String part : List.of("fullchain", "privkey", "cert", "chain")) {
        shut(archive.resolve(part + "1.pem"));
        Files.createSymbolicLink(
            live.resolve(part + ".pem"), Path.of("../../archive", name, part + "1.pem"));
      }
      Files.writeString(live.resolve("README"), "text");
    }
    Files.createDirectories(root.resolve("renewal"));

    look();

    assertThat(names()).containsExactly("blog.example", "shop.example");
    assertThat(directory.problems()).isEmpty();
    assertThat(directory.directories())
        .contains(root.resolve("live/shop.example/../../archive/shop.example"));
  }

  @Test
  void findsAMountedSecret() throws IOException {
    Path data = Files.createDirectory(root.resolve("..2026_11_23"));
    Files.writeString(data.resolve("tls.crt"), SHOP.chainPem());
    Files.writeString(data.resolve("tls.key"), SHOP.keyPem());
    Files.writeString(data.resolve("ca.crt"), CA.rootPem());
    Files.write(data.resolve("keystore.p12"), SHOP.pkcs12("unknown"));
    Files.createSymbolicLink(root.resolve("..data"), Path.of("..2026_11_23"));
    for (String name : List.of("tls.crt", "tls.key", "ca.crt", "keystore.p12")) {
      Files.createSymbolicLink(root.resolve(name), Path.of("..data", name));
    }

    look();

    assertThat(names()).containsExactly("certs");
    assertThat(directory.problems()).isEmpty();
  }

  @Test
  void findsManySecretsBelowOneAnother() throws IOException {
    for (String name : List.of("team/shop", "blog")) {
      Path home = Files.createDirectories(root.resolve(name));
      SHOP.writeTo(home, "tls");
      shut(home.resolve("tls.key"));
    }

    look();

    assertThat(names()).containsExactly("blog", "team~shop");
  }

  @Test
  void findsWhatAcmeShKeeps() throws IOException {
    Path home = Files.createDirectory(root.resolve("shop.example_ecc"));
    write("shop.example_ecc/fullchain.cer", SHOP.chainPem());
    write("shop.example_ecc/shop.example.cer", SHOP.leafPem());
    write("shop.example_ecc/shop.example.key", SHOP.keyPem());
    write("shop.example_ecc/ca.cer", CA.intermediatePem());
    Files.writeString(home.resolve("shop.example.conf"), "x=1");

    look();

    assertThat(names()).containsExactly("shop.example_ecc");
    assertThat(directory.problems()).isEmpty();
    assertThat(directory.find("shop.example_ecc").chain()).hasSize(2);
  }

  @Test
  void opensKeyStoresWithTheirPasswordFiles() throws IOException {
    Files.write(root.resolve("shop.p12"), SHOP.pkcs12("correct horse"));
    shut(root.resolve("shop.p12"));
    write("shop.password", "correct horse\n");
    write("blog.crt", BLOG.chainPem());
    write("blog.key", BLOG.encryptedKeyPem("battery"));
    write("blog.password", "battery");

    look();

    assertThat(directory.problems()).isEmpty();
    assertThat(names()).containsExactly("blog", "shop");
  }

  @Test
  void saysNothingAboutAuthoritiesAndParameters() throws IOException {
    write("ca.crt", CA.rootPem() + CA.intermediatePem());
    write("lego.issuer.crt", CA.intermediatePem());
    write("dhparam.pem", "-----BEGIN DH PARAMETERS-----\nMAA=\n-----END DH PARAMETERS-----\n");
    write("README.md", "text");
    pair("shop", SHOP);

    look();

    assertThat(names()).containsExactly("shop");
    assertThat(directory.problems()).isEmpty();
  }

  @Test
  void namesTheMissingHalf() throws IOException {
    write("a.crt", SHOP.chainPem());
    write("b.key", BLOG.keyPem());

    look();

    assertThat(names()).isEmpty();
    assertThat(directory.problems())
        .extracting(reported -> reported.certificate() + " " + reported.problem().kind())
        .containsExactly("a MISSING_KEY", "b MISSING_FILE");
  }

  @Test
  void putsTheDefaultFirst() throws IOException {
    pair("a", SHOP);
    pair("default", BLOG);

    look();

    assertThat(directory.defaultName()).isEqualTo("default");
  }

  @Test
  void settlesWhoHasANameByPathAndSaysSo() throws IOException {
    pair("shop", SHOP);
    Files.createDirectory(root.resolve("shop"));
    write("shop/tls.crt", BLOG.chainPem());
    write("shop/tls.key", BLOG.keyPem());
    write("two.crt", BLOG.chainPem());
    write("two.pem", SHOP.chainPem());
    write("two.key", BLOG.keyPem());

    look();

    assertThat(directory.find("shop").hosts()).containsExactly("shop.example");
    assertThat(directory.find("two").hosts()).containsExactly("blog.example");
    assertThat(directory.problems())
        .extracting(reported -> reported.problem().kind() + " " + reported.problem().place())
        .containsExactlyInAnyOrder(
            "NAME_TAKEN " + root.resolve("shop/tls.crt"), "NAME_TAKEN " + root.resolve("two.pem"));
  }

  @Test
  void givesANameToTheNextWhenItsOwnerGoes() throws IOException {
    settlesWhoHasANameByPathAndSaysSo();
    Files.delete(root.resolve("shop.crt"));
    Files.delete(root.resolve("shop.key"));

    directory.refresh(new CertificateSource.Scan(null, Duration.ZERO, now));

    assertThat(directory.find("shop").hosts()).containsExactly("blog.example");
  }

  @Test
  void leavesLinksInACircleAlone() throws IOException {
    pair("shop", SHOP);
    Files.createSymbolicLink(root.resolve("again"), root);
    Path below = Files.createDirectory(root.resolve("below"));
    Files.createSymbolicLink(below.resolve("up"), Path.of(".."));
    Files.createSymbolicLink(root.resolve("x.pem"), Path.of("y.pem"));
    Files.createSymbolicLink(root.resolve("y.pem"), Path.of("x.pem"));

    look();

    assertThat(names()).containsExactly("shop");
    assertThat(directory.problems())
        .extracting(reported -> reported.problem().kind())
        .containsExactly(Kind.CYCLIC_LINK, Kind.CYCLIC_LINK);
  }

  @Test
  void servesTenThousandEntries() throws IOException {
    for (int i = 0; i < 5000; i++) {
      write("c" + i + ".crt", SHOP.chainPem());
      write("c" + i + ".key", SHOP.keyPem());
    }

    look();

    assertThat(names()).hasSize(5000);
    assertThat(directory.problems()).isEmpty();
  }

  @Test
  void keepsTheObjectWhereTheContentIsTheSame() throws IOException {
    pair("shop", SHOP);
    look();
    Credential before = directory.find("shop");
    pair("shop", SHOP);

    assertThat(touch("shop.crt")).isEmpty();
    assertThat(look()).isEmpty();
    assertThat(directory.find("shop")).isSameAs(before);
  }

  @Test
  void countsVersions() throws IOException {
    pair("shop", SHOP);
    look();
    pair("shop", CA.server("shop.example"));

    List<CredentialChange> changes = touch("shop.crt");

    assertThat(changes)
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.before().version()).isEqualTo(1);
              assertThat(change.after().version()).isEqualTo(2);
            });
  }

  @Test
  void keepsTheLastGoodWhenTheNewOneIsBad() throws IOException {
    pair("shop", SHOP);
    look();
    Credential good = directory.find("shop");
    write("shop.key", BLOG.keyPem());

    assertThat(touch("shop.key")).isEmpty();

    assertThat(directory.find("shop")).isSameAs(good);
    assertThat(directory.problems())
        .singleElement()
        .satisfies(
            reported -> {
              assertThat(reported.problem().kind()).isEqualTo(Kind.WRONG_KEY);
              assertThat(reported.isLastGoodServing()).isTrue();
              assertThat(reported.since()).isEqualTo(now);
              assertThat(reported.message()).endsWith("The last good version stays in service");
            });

    write("shop.key", SHOP.keyPem());

    assertThat(touch("shop.key")).isEmpty();
    assertThat(directory.find("shop")).isSameAs(good);
    assertThat(directory.problems()).isEmpty();
  }

  @Test
  void refusesADamagedKeyWhoseStatedPublicHalfIsWhole() throws IOException {
    pair("shop", SHOP);
    look();
    Credential good = directory.find("shop");
    String sec1 = SHOP.traditionalKeyPem();
    int digit = "-----BEGIN EC PRIVATE KEY-----\n".length() + 20;
    char other = sec1.charAt(digit) == 'A' ? 'B' : 'A';
    write("shop.key", sec1.substring(0, digit) + other + sec1.substring(digit + 1));

    assertThat(touch("shop.key")).isEmpty();

    assertThat(directory.find("shop")).isSameAs(good);
    assertThat(directory.problems())
        .extracting(reported -> reported.problem().kind())
        .containsExactly(Kind.WRONG_KEY);
  }

  @Test
  void remembersSinceWhen() throws IOException {
    write("shop.pem", "junk");
    look();
    Instant first = now;
    now = now.plusSeconds(60);
    write("shop.pem", "other junk");
    look();

    assertThat(directory.problems())
        .singleElement()
        .satisfies(reported -> assertThat(reported.since()).isEqualTo(first));
  }

  @Test
  void neverReplacesWhatIsValidByWhatIsNot() throws IOException {
    pair("shop", SHOP);
    look();
    Credential good = directory.find("shop");
    pair("shop", CA.expired("shop.example"));

    assertThat(touch("shop.crt")).isEmpty();

    assertThat(directory.find("shop")).isSameAs(good);
    assertThat(directory.problems())
        .singleElement()
        .satisfies(reported -> assertThat(reported.isLastGoodServing()).isTrue());
  }

  @Test
  void takesAnEarlyOneWhenItsTimeComes() throws IOException {
    MovedClock clock = new MovedClock();
    directory = new CertificateDirectory(root, new CredentialLoader(clock, WeakKeys.REFUSED));
    pair("shop", SHOP);
    look();
    pair("shop", CA.notYetValid("shop.example"));
    touch("shop.crt");
    assertThat(directory.find("shop").version()).isEqualTo(1);
    clock.now = now.plus(Duration.ofDays(2));
    now = clock.now;

    look();

    assertThat(directory.find("shop").version()).isEqualTo(2);
    assertThat(directory.problems()).isEmpty();
  }

  private static final class MovedClock implements InstantSource {
    Instant now = Instant.now();

    @Override
    public Instant instant() {
      return now;
    }
  }

  @Test
  void servesAnExpiredOneWhereThereIsNothingBetter() throws IOException {
    pair("shop", CA.expired("shop.example"));

    look();

    assertThat(names()).containsExactly("shop");
    assertThat(directory.problems())
        .extracting(reported -> reported.problem().kind())
        .containsExactly(Kind.EXPIRED);
  }

  @Test
  void awaitsWhatIsDeletedAndDropsItAfterTheGrace() throws IOException {
    pair("shop", SHOP);
    pair("blog", BLOG);
    look();
    Files.delete(root.resolve("shop.crt"));
    Files.delete(root.resolve("shop.key"));

    assertThat(touch("shop.crt", "shop.key")).isEmpty();
    assertThat(directory.isWaiting()).isTrue();
    assertThat(names()).containsExactly("blog", "shop");
    now = now.plus(GRACE);

    assertThat(directory.refresh(new CertificateSource.Scan(Set.of(), GRACE, now)))
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.name()).isEqualTo("shop");
              assertThat(change.after()).isNull();
            });
    assertThat(names()).containsExactly("blog");
    assertThat(directory.isWaiting()).isFalse();
  }

  @Test
  void keepsWhatComesBackWithinTheGrace() throws IOException {
    pair("shop", SHOP);
    look();
    Files.delete(root.resolve("shop.crt"));
    Files.delete(root.resolve("shop.key"));
    touch("shop.crt");
    io.terminator.testkit.Credential renewed = CA.server("shop.example");
    pair("shop", renewed);

    assertThat(touch("shop.crt"))
        .singleElement()
        .satisfies(change -> assertThat(change.after().leaf()).isEqualTo(renewed.leaf()));
    assertThat(directory.isWaiting()).isFalse();
  }

  @Test
  void keepsEverythingWhenTheDirectoryVanishesOrIsEmpty() throws IOException {
    pair("shop", SHOP);
    look();
    Credential good = directory.find("shop");
    Path away = base.resolve("away");
    Files.move(root, away);
    now = now.plus(Duration.ofHours(1));

    assertThat(look()).isEmpty();
    assertThat(directory.find("shop")).isSameAs(good);
    assertThat(directory.problems())
        .singleElement()
        .satisfies(reported -> assertThat(reported.problem().kind()).isEqualTo(Kind.MISSING_FILE));

    // An unmounted volume leaves its empty mount point.
    Files.createDirectory(root);
    assertThat(look()).isEmpty();
    assertThat(directory.find("shop")).isSameAs(good);
    assertThat(directory.problems())
        .singleElement()
        .satisfies(
            reported -> assertThat(reported.problem().kind()).isEqualTo(Kind.NO_CERTIFICATES));

    Files.delete(root);
    Files.move(away, root);
    assertThat(look()).isEmpty();
    assertThat(directory.find("shop")).isSameAs(good);
    assertThat(directory.problems()).isEmpty();
  }

  /** Whether the files and their directory are deleted at once or one after the other. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keepsEverythingWhenEventsTellOfEachFileThatIsDeleted(boolean wholly) throws IOException {
    pair("shop", SHOP);
    pair("blog", BLOG);
    look();
    for (String file : List.of("shop.crt", "shop.key", "blog.crt", "blog.key")) {
      Files.delete(root.resolve(file));
    }
    assertThat(touch("shop.crt", "shop.key", "blog.crt", "blog.key")).isEmpty();
    if (wholly) {
      Files.delete(root);
    }
    now = now.plus(GRACE);

    assertThat(directory.refresh(new CertificateSource.Scan(Set.of(), GRACE, now))).isEmpty();

    assertThat(names()).containsExactly("blog", "shop");
    assertThat(directory.problems())
        .singleElement()
        .satisfies(
            reported ->
                assertThat(reported.problem().kind())
                    .isEqualTo(wholly ? Kind.MISSING_FILE : Kind.NO_CERTIFICATES));
    assertThat(directory.isWaiting()).isFalse();
  }

  @Test
  void takesAnAdditionWithoutLookingAtTheOthers() throws IOException {
    pair("shop", SHOP);
    look();
    pair("blog", BLOG);
    // Without an event, it is not seen until a full scan.
    pair("shop", CA.server("shop.example"));

    assertThat(touch("blog.crt", "blog.key"))
        .singleElement()
        .satisfies(change -> assertThat(change.name()).isEqualTo("blog"));
    assertThat(directory.find("shop").version()).isEqualTo(1);
  }

  @Test
  void ignoresWhatHappensBesideTheDirectory() throws IOException {
    pair("shop", SHOP);
    look();
    pair("shop", CA.server("shop.example"));

    assertThat(
            directory.refresh(
                new CertificateSource.Scan(Set.of(base.resolve("other.txt")), GRACE, now)))
        .isEmpty();
    assertThat(directory.find("shop").version()).isEqualTo(1);
  }

  @Test
  void namesAreFitForUrls() throws IOException {
    pair("ein laden+1 ü", SHOP);

    look();

    assertThat(names()).containsExactly("ein_laden+1__");
  }

  private List<CredentialChange> look() {
    return directory.refresh(new CertificateSource.Scan(null, GRACE, now));
  }

  private List<CredentialChange> touch(String... names) {
    Set<Path> touched =
        IntStream.range(0, names.length)
            .mapToObj(i -> root.resolve(names[i]))
            .collect(Collectors.toSet());
    return directory.refresh(new CertificateSource.Scan(touched, GRACE, now));
  }

  private List<String> names() {
    return directory.credentials().stream().map(Credential::name).toList();
  }

  private void pair(String name, io.terminator.testkit.Credential issued) throws IOException {
    write(name + ".crt", issued.chainPem());
    write(name + ".key", issued.keyPem());
  }

  private void write(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.writeString(file, content);
    shut(file);
  }

  private static void shut(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }
}
