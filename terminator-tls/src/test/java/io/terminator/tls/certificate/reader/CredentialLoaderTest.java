package io.terminator.tls.certificate.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.terminator.core.setting.Secret;
import io.terminator.testkit.KeyAlgorithm;
import io.terminator.testkit.Pem;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.Validity;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaMiscPEMGenerator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcePEMEncryptorBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every supported format and every rejected file. Over 500 lines because it is a list of both. */
class CredentialLoaderTest {
  private static final TestCa CA = TestCa.create();
  private static final io.terminator.testkit.Credential EC =
      CA.server("shop.example", "*.shop.example");
  private static final io.terminator.testkit.Credential RSA = CA.leaf("shop.example").rsa().issue();
  private static final String PASSWORD = "correct horse";

  @TempDir Path directory;

  private final CredentialLoader loader =
      new CredentialLoader(InstantSource.system(), WeakKeys.REFUSED);

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void readsEveryFormat(
      String what, byte[] chain, byte[] key, Secret password, io.terminator.testkit.Credential of)
      throws Exception {
    Loaded loaded = loader.load(files(chain, key, password), 3);

    assertThat(loaded.problems()).isEmpty();
    Credential credential = loaded.credential();
    assertThat(credential).isNotNull();
    assertThat(credential.chain())
        .containsExactly(of.chain().get(0).getEncoded(), of.chain().get(1).getEncoded());
    assertThat(signsFor(credential.key(), of.leaf())).isTrue();
    assertThat(credential.keyKind().name()).isEqualTo(of.key().getAlgorithm());
    assertThat(credential.version()).isEqualTo(3);
    assertThat(PemReader.isPem(credential.pemKey())).isTrue();
  }

  static Stream<Arguments> readsEveryFormat() throws Exception {
    Secret password = new Secret(PASSWORD);
    return Stream.of(
        arguments("EC in PKCS#8", ascii(EC.chainPem()), ascii(EC.keyPem()), null, EC),
        arguments("EC in SEC1", ascii(EC.chainPem()), ascii(EC.traditionalKeyPem()), null, EC),
        arguments("RSA in PKCS#8", ascii(RSA.chainPem()), ascii(RSA.keyPem()), null, RSA),
        arguments(
            "RSA in PKCS#1", ascii(RSA.chainPem()), ascii(RSA.traditionalKeyPem()), null, RSA),
        arguments(
            "EC in encrypted PKCS#8",
            ascii(EC.chainPem()),
            ascii(EC.encryptedKeyPem(PASSWORD)),
            password,
            EC),
        arguments(
            "RSA in encrypted PKCS#1",
            ascii(RSA.chainPem()),
            ascii(encryptedTraditional(RSA)),
            password,
            RSA),
        arguments(
            "EC in encrypted SEC1",
            ascii(EC.chainPem()),
            ascii(encryptedTraditional(EC)),
            password,
            EC),
        arguments(
            "EC parameters before the key, as openssl ecparam writes",
            ascii(EC.chainPem()),
            ascii(
                Pem.block("EC PARAMETERS", HexFormat.of().parseHex("06082a8648ce3d030107"))
                    + EC.traditionalKeyPem()),
            null,
            EC),
        arguments(
            "CRLF, comments and a byte order mark",
            ("\uFEFFBag Attributes\r\n  localKeyID: 01\r\n"
                    + EC.chainPem().replace("\n", "\r\n")
                    + "\r\n# the end")
                .getBytes(StandardCharsets.UTF_8),
            ascii(EC.keyPem()),
            null,
            EC),
        arguments("bundle, chain first", ascii(EC.chainPem() + EC.keyPem()), null, null, EC),
        arguments("bundle, key first", ascii(RSA.keyPem() + RSA.chainPem()), null, null, RSA),
        arguments(
            "bundle, key in the middle",
            ascii(EC.leafPem() + EC.traditionalKeyPem() + CA.intermediatePem()),
            null,
            null,
            EC),
        arguments("PKCS#12", EC.pkcs12(PASSWORD), null, password, EC),
        arguments("PKCS#12 without password", EC.pkcs12(""), null, null, EC),
        arguments("JKS", jks(RSA), null, password, RSA),
        arguments("DER key", ascii(EC.chainPem()), EC.key().getEncoded(), null, EC));
  }

  @Test
  void saysWhatTheCertificateSays() throws Exception {
    io.terminator.testkit.Credential issued =
        CA.server("Shop.Example", "*.shop.example", "10.0.0.1");

    Credential credential = load(issued);

    X509Certificate leaf = issued.leaf();
    assertThat(credential.hosts()).containsExactly("shop.example", "*.shop.example", "10.0.0.1");
    assertThat(credential.leaf()).isEqualTo(leaf);
    assertThat(credential.issuer()).isEqualTo(CA.intermediate().leaf());
    assertThat(credential.notBefore()).isEqualTo(leaf.getNotBefore().toInstant());
    assertThat(credential.notAfter()).isEqualTo(leaf.getNotAfter().toInstant());
    assertThat(credential.keyBits()).isEqualTo(256);
    assertThat(credential.isValidAt(Instant.now())).isTrue();
    assertThat(credential.isValidAt(credential.notAfter().plusSeconds(1))).isFalse();
    assertThat(credential.fingerprint())
        .isEqualTo(
            HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(leaf.getEncoded())));
    assertThat(credential.source()).endsWith("chain.pem");
  }

  @Test
  void neverPrintsTheKey() {
    Credential credential = load(EC);
    String key = Base64.getEncoder().encodeToString(credential.keyPkcs8());

    assertThat(credential.toString()).contains("shop.example", "redacted");
    assertThat(credential.toString()).doesNotContain(key.substring(40, 60));
  }

  @Test
  void givesAwayCopiesOnly() {
    Credential credential = load(EC);

    credential.chain().get(0)[0] = 0;
    credential.keyPkcs8()[0] = 0;

    assertThat(credential.leaf()).isEqualTo(EC.leaf());
    assertThat(credential.key().getAlgorithm()).isEqualTo("EC");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void refusesWhatCannotBeServed(
      String what, byte[] chain, byte[] key, Secret password, Kind kind, String reason)
      throws Exception {
    CertificateFiles files = files(chain, key, password);

    Loaded loaded = loader.load(files, 1);

    assertThat(loaded.credential()).isNull();
    assertThat(loaded.problems()).extracting(CredentialProblem::kind).contains(kind);
    assertThat(loaded.problems())
        .anySatisfy(
            problem -> {
              assertThat(problem.kind()).isEqualTo(kind);
              assertThat(problem.place()).startsWith(directory.toString());
              assertThat(problem.text()).contains(reason);
            });
    assertThat(loaded.problems().toString()).doesNotContain(PASSWORD).doesNotContain("MIG", "MII");
  }

  static Stream<Arguments> refusesWhatCannotBeServed() throws Exception {
    byte[] chain = ascii(EC.chainPem());
    byte[] key = ascii(EC.keyPem());
    Secret password = new Secret(PASSWORD);
    Secret wrong = new Secret("incorrect");
    byte[] junk = new byte[5000];
    new Random(4).nextBytes(junk);
    byte[] huge = Arrays.copyOf(chain, 10 << 20);
    byte[] pkcs12 = EC.pkcs12(PASSWORD);
    String cut = EC.chainPem().substring(0, EC.chainPem().length() - 60);
    return Stream.of(
        arguments("truncated certificate", ascii(cut), key, null, Kind.TRUNCATED, "has no end"),
        arguments(
            "truncated key", chain, Arrays.copyOf(key, 100), null, Kind.TRUNCATED, "truncated"),
        arguments(
            "wrong key",
            chain,
            ascii(CA.server("shop.example").keyPem()),
            null,
            Kind.WRONG_KEY,
            "public keys differ"),
        arguments(
            "wrong key of another kind",
            chain,
            ascii(RSA.keyPem()),
            null,
            Kind.WRONG_KEY,
            "does not belong to the certificate \"O=Terminator Test,CN=shop.example\""),
        arguments(
            "wrong RSA key",
            ascii(RSA.chainPem()),
            ascii(Pem.pkcs8(KeyAlgorithm.RSA_2048.generate().getPrivate())),
            null,
            Kind.WRONG_KEY,
            "public keys differ"),
        arguments(
            "encrypted without password",
            chain,
            ascii(EC.encryptedKeyPem(PASSWORD)),
            null,
            Kind.MISSING_PASSWORD,
            "no password is known"),
        arguments(
            "encrypted SEC1 without password",
            chain,
            ascii(encryptedTraditional(EC)),
            null,
            Kind.MISSING_PASSWORD,
            "no password is known"),
        arguments(
            "wrong password",
            chain,
            ascii(EC.encryptedKeyPem(PASSWORD)),
            wrong,
            Kind.WRONG_PASSWORD,
            "cannot be decrypted"),
        arguments(
            "wrong password of a traditional key",
            ascii(RSA.chainPem()),
            ascii(encryptedTraditional(RSA)),
            wrong,
            Kind.WRONG_PASSWORD,
            "cannot be decrypted"),
        arguments(
            "PKCS#12 without password", pkcs12, null, null, Kind.MISSING_PASSWORD, "no password"),
        arguments(
            "PKCS#12, wrong password",
            pkcs12,
            null,
            wrong,
            Kind.WRONG_PASSWORD,
            "cannot be decrypted"),
        arguments(
            "PKCS#12, cut off",
            Arrays.copyOf(pkcs12, pkcs12.length / 2),
            null,
            password,
            Kind.TRUNCATED,
            "truncated"),
        arguments(
            "JKS, wrong password",
            jks(EC),
            null,
            wrong,
            Kind.WRONG_PASSWORD,
            "cannot be decrypted"),
        arguments(
            "JKS, cut off", Arrays.copyOf(jks(EC), 40), null, password, Kind.TRUNCATED, "JKS"),
        arguments("10 MiB", huge, key, null, Kind.TOO_LARGE, "has 10485760 bytes"),
        arguments("binary junk", junk, key, null, Kind.NOT_A_CERTIFICATE, "neither PEM nor DER"),
        arguments("junk as the key", chain, junk, null, Kind.NOT_A_CERTIFICATE, "neither PEM"),
        arguments("empty file", new byte[0], key, null, Kind.EMPTY, "empty file"),
        arguments("zeros", new byte[512], key, null, Kind.EMPTY, "empty file"),
        arguments("blank key", chain, ascii("\n\n"), null, Kind.EMPTY, "empty file"),
        arguments("no key in a bundle", chain, null, null, Kind.MISSING_KEY, "no private key"),
        arguments("no certificate", key, key, null, Kind.MISSING_CERTIFICATE, "no certificate"),
        arguments("files swapped", key, chain, null, Kind.MISSING_CERTIFICATE, "no certificate"),
        arguments(
            "a certificate request",
            ascii(Pem.block("CERTIFICATE REQUEST", junk)),
            key,
            null,
            Kind.NOT_A_CERTIFICATE,
            "a certificate request"),
        arguments(
            "an OpenSSH key",
            chain,
            ascii(Pem.block("OPENSSH PRIVATE KEY", junk)),
            null,
            Kind.UNSUPPORTED_KEY,
            "openssl pkey"),
        arguments(
            "a certificate of junk",
            ascii(Pem.block("CERTIFICATE", junk)),
            key,
            null,
            Kind.MALFORMED,
            "not an X.509 certificate"),
        arguments(
            "not Base64",
            ascii("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"),
            key,
            null,
            Kind.MALFORMED,
            "not Base64"),
        arguments(
            "another end",
            ascii("-----BEGIN CERTIFICATE-----\nMAA=\n-----END PRIVATE KEY-----\n"),
            key,
            null,
            Kind.MALFORMED,
            "has a different END line"),
        arguments(
            "weak key",
            ascii(
                CA.leaf("a.example")
                    .algorithm(KeyAlgorithm.RSA_1024)
                    .keyPair(WEAK)
                    .issue()
                    .chainPem()),
            ascii(Pem.pkcs8(WEAK.getPrivate())),
            null,
            Kind.WEAK_KEY,
            "RSA key of 1024 bits"),
        arguments(
            "Ed25519",
            chain,
            ascii(
                Pem.pkcs8(KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate())),
            null,
            Kind.UNSUPPORTED_KEY,
            "Expected RSA, or ECDSA"));
  }

  private static final KeyPair WEAK = KeyAlgorithm.RSA_1024.generate();

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void servesWithAWarning(String what, byte[] chain, byte[] key, Kind kind, String text)
      throws Exception {
    Loaded loaded = loader.load(files(chain, key, null), 1);

    assertThat(loaded.credential()).isNotNull();
    assertThat(loaded.problems()).extracting(CredentialProblem::kind).containsExactly(kind);
    assertThat(loaded.problems().get(0).text()).contains(text);
  }

  static Stream<Arguments> servesWithAWarning() {
    byte[] key = ascii(EC.keyPem());
    String root = CA.rootPem();
    String intermediate = CA.intermediatePem();
    io.terminator.testkit.Credential expired = CA.expired("a.example");
    io.terminator.testkit.Credential early = CA.notYetValid("a.example");
    io.terminator.testkit.Credential sha1 = CA.leaf("a.example").signedWithSha1().issue();
    io.terminator.testkit.Credential nameless = CA.leaf().commonName("old.example").issue();
    io.terminator.testkit.Credential odd = CA.server("a.example", "*", "a*.example");
    io.terminator.testkit.Credential client = CA.leaf("a.example").forClient().issue();
    io.terminator.testkit.Credential sample =
        TestCa.create(
                "Terminator Sample - not for production",
                KeyAlgorithm.ECDSA_P256,
                Validity.of(Duration.ofDays(30)))
            .server("a.example");
    io.terminator.testkit.Credential oldIssuer =
        TestCa.create("Old", KeyAlgorithm.ECDSA_P256, Validity.expired()).server("a.example");
    return Stream.of(
        arguments(
            "issuer before leaf",
            ascii(intermediate + EC.leafPem()),
            key,
            Kind.CHAIN_ORDER,
            "order leaf, issuer"),
        arguments(
            "missing intermediate",
            ascii(EC.leafPem()),
            key,
            Kind.MISSING_INTERMEDIATE,
            "the issuer \"O=Terminator Test,CN=Terminator Test Intermediate\""),
        arguments(
            "expired",
            ascii(expired.chainPem()),
            ascii(expired.keyPem()),
            Kind.EXPIRED,
            "hours ago. Renew it"),
        arguments(
            "early",
            ascii(early.chainPem()),
            ascii(early.keyPem()),
            Kind.NOT_YET_VALID,
            "valid from"),
        arguments(
            "expired issuer",
            ascii(oldIssuer.chainPem()),
            ascii(oldIssuer.keyPem()),
            Kind.EXPIRED_ISSUER,
            "CN=Old Intermediate"),
        arguments(
            "SHA-1", ascii(sha1.chainPem()), ascii(sha1.keyPem()), Kind.SHA1_SIGNATURE, "SHA-1"),
        arguments(
            "no DNS name",
            ascii(nameless.chainPem()),
            ascii(nameless.keyPem()),
            Kind.NO_DNS_NAME,
            "old.example"),
        arguments(
            "client certificate",
            ascii(client.chainPem()),
            ascii(client.keyPem()),
            Kind.NOT_FOR_SERVERS,
            "serverAuth"),
        arguments(
            "sample",
            ascii(sample.chainPem()),
            ascii(sample.keyPem()),
            Kind.SAMPLE_CERTIFICATE,
            "Replace it"),
        arguments(
            "several keys",
            ascii(EC.chainPem()),
            ascii(RSA.keyPem() + EC.keyPem()),
            Kind.SEVERAL_KEYS,
            "2 private keys"));
  }

  private static final String DAMAGED =
      "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

  @Test
  @Timeout(20)
  void countsTheProblemsOfAFileWithThousandsOfDamagedBlocks() {
    String good = EC.keyPem() + EC.chainPem();
    byte[] bundle = ascii(good + DAMAGED.repeat(60_000));

    List<CredentialProblem> problems = loader.parse("shop", bundle, bundle, null, 1).problems();

    assertThat(problems)
        .hasSize(101)
        .extracting(CredentialProblem::kind)
        .containsOnly(Kind.MALFORMED);
    long line = good.lines().count() + 99 * 3 + 1;
    assertThat(problems.get(99).text()).contains("of line " + line + " is not an X.509");
    assertThat(problems.get(100).text()).startsWith("59900 more problems of this kind");
  }

  @Test
  void countsTheProblemsOfChainAndKeyApart() {
    byte[] chain = ascii(DAMAGED.repeat(150));

    List<CredentialProblem> problems =
        loader.parse("shop", chain, chain.clone(), null, 1).problems();

    assertThat(problems).hasSize(202);
    assertThat(problems)
        .filteredOn(problem -> problem.text().startsWith("50 more problems of this kind"))
        .extracting(CredentialProblem::place)
        .containsExactlyInAnyOrder("certificate \"shop\" chain", "certificate \"shop\" key");
  }

  @Test
  void leavesAStrangerOutAndNamesTheGap() throws Exception {
    byte[] chain = ascii(EC.chainPem() + TestCa.create().rootPem());

    Loaded loaded = loader.load(files(chain, ascii(EC.keyPem()), null), 1);

    assertThat(loaded.credential().chain()).hasSize(2);
    assertThat(loaded.problems())
        .extracting(CredentialProblem::kind)
        .containsExactly(Kind.UNRELATED_CERTIFICATE, Kind.MISSING_INTERMEDIATE);
    assertThat(loaded.problems().get(1).text()).contains("CN=Terminator Test Root");
  }

  @Test
  void acceptsAChainWithItsRoot() throws Exception {
    Loaded loaded =
        loader.load(files(ascii(EC.chainPem() + CA.rootPem()), ascii(EC.keyPem()), null), 1);

    assertThat(loaded.problems()).isEmpty();
    assertThat(loaded.credential().chain()).hasSize(3);
  }

  @Test
  void sortsAChainOfAnyOrder() throws Exception {
    Loaded loaded =
        loader.load(
            files(
                ascii(CA.rootPem() + CA.intermediatePem() + EC.leafPem()),
                ascii(EC.keyPem()),
                null),
            1);

    assertThat(loaded.credential().chain())
        .containsExactly(
            EC.leaf().getEncoded(),
            CA.intermediate().leaf().getEncoded(),
            CA.root().leaf().getEncoded());
  }

  @Test
  void usesTheCommonNameWithoutDnsNames() {
    assertThat(load(CA.leaf().commonName("Old.example").issue()).hosts())
        .containsExactly("old.example");
  }

  @Test
  void leavesNamesOutThatMatchNothing() {
    assertThat(load(CA.server("a.example", "*", "a*.example", "*.*.example")).hosts())
        .containsExactly("a.example");
  }

  @Test
  void allowsAWeakKeyWhereItIsToldTo() throws Exception {
    io.terminator.testkit.Credential weak = CA.weak("a.example");

    Loaded loaded =
        new CredentialLoader(InstantSource.system(), WeakKeys.ALLOWED)
            .load(files(ascii(weak.chainPem()), ascii(weak.keyPem()), null), 1);

    assertThat(loaded.credential()).isNotNull();
    assertThat(loaded.problems())
        .extracting(CredentialProblem::kind)
        .containsExactly(Kind.WEAK_KEY_ALLOWED);
  }

  @Test
  void warnsOfAKeyThatOthersCanRead() throws Exception {
    CertificateFiles files = files(ascii(EC.chainPem()), ascii(EC.keyPem()), null);
    Files.setPosixFilePermissions(files.key(), PosixFilePermissions.fromString("rw-r--r--"));

    Loaded loaded = loader.load(files, 1);

    assertThat(loaded.credential()).isNotNull();
    assertThat(loaded.problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.kind()).isEqualTo(Kind.KEY_EXPOSED);
              assertThat(problem.place()).isEqualTo(files.key().toString());
            });
  }

  @Test
  void warnsOfNoKeyWhereThereIsNone() throws Exception {
    Path alone = Files.writeString(directory.resolve("alone.crt"), EC.chainPem());
    Files.setPosixFilePermissions(alone, PosixFilePermissions.fromString("rw-r--r--"));

    Loaded loaded = loader.load(new CertificateFiles("alone", alone, alone), 1);

    assertThat(loaded.problems())
        .extracting(CredentialProblem::kind)
        .containsExactly(Kind.MISSING_KEY);
  }

  @Test
  void namesEveryMissingFile() {
    Loaded loaded =
        loader.load(
            new CertificateFiles("a", directory.resolve("none.crt"), directory.resolve("none.key")),
            1);

    assertThat(loaded.problems())
        .extracting(CredentialProblem::kind)
        .containsExactly(Kind.MISSING_FILE, Kind.MISSING_FILE);
  }

  @Test
  void refusesLinksInACircle() throws Exception {
    Path first = directory.resolve("first.pem");
    Path second = directory.resolve("second.pem");
    Files.createSymbolicLink(first, second);
    Files.createSymbolicLink(second, first);

    Loaded loaded = loader.load(new CertificateFiles("a", first, first), 1);

    assertThat(loaded.problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.kind()).isEqualTo(Kind.CYCLIC_LINK));
  }

  @Test
  void refusesADirectoryInPlaceOfAFile() {
    Loaded loaded = loader.load(new CertificateFiles("a", directory, directory), 1);

    assertThat(loaded.problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.kind()).isEqualTo(Kind.UNREADABLE));
  }

  @Test
  void digestChangesWithContentOnly() throws Exception {
    Loaded one = loader.load(files(ascii(EC.chainPem()), ascii(EC.keyPem()), null), 1);
    Loaded same = loader.load(files(ascii(EC.chainPem()), ascii(EC.keyPem()), null), 2);
    Loaded other = loader.load(files(ascii(EC.leafPem()), ascii(EC.keyPem()), null), 3);

    assertThat(one.digest()).isEqualTo(same.digest()).isNotEqualTo(other.digest());
  }

  @Test
  void namesTheFieldOfAnUpload() {
    Loaded loaded = loader.parse("shop", ascii(EC.chainPem()), ascii(RSA.keyPem()), null, 1);

    assertThat(loaded.problems())
        .singleElement()
        .satisfies(
            problem ->
                assertThat(problem.message()).startsWith("certificate \"shop\" key: the private"));
  }

  private Credential load(io.terminator.testkit.Credential issued) {
    try {
      Credential credential =
          loader
              .load(files(ascii(issued.chainPem()), ascii(issued.keyPem()), null), 1)
              .credential();
      assertThat(credential).isNotNull();
      return credential;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private CertificateFiles files(byte[] chain, byte[] key, Secret password) throws IOException {
    Path chainFile = directory.resolve("chain.pem");
    Path keyFile = key == null ? chainFile : directory.resolve("key.pem");
    for (Path file : List.of(chainFile, keyFile)) {
      Files.write(file, file == chainFile ? chain : key);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
    return new CertificateFiles("shop", chainFile, keyFile, password, null, null, null);
  }

  private static boolean signsFor(PrivateKey key, X509Certificate leaf) throws Exception {
    Signature signature =
        Signature.getInstance("SHA256with" + (key.getAlgorithm().equals("EC") ? "ECDSA" : "RSA"));
    signature.initSign(key);
    signature.update(new byte[] {1, 2, 3});
    byte[] signed = signature.sign();
    signature.initVerify(leaf);
    signature.update(new byte[] {1, 2, 3});
    return signature.verify(signed);
  }

  private static String encryptedTraditional(io.terminator.testkit.Credential issued)
      throws Exception {
    StringWriter text = new StringWriter();
    try (PEMParser parser = new PEMParser(new StringReader(issued.traditionalKeyPem()));
        JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(
          new JcaMiscPEMGenerator(
              ((PEMKeyPair) parser.readObject()).getPrivateKeyInfo(),
              new JcePEMEncryptorBuilder("AES-256-CBC")
                  .setProvider(new BouncyCastleProvider())
                  .build(PASSWORD.toCharArray())));
    }
    return text.toString();
  }

  private static byte[] jks(io.terminator.testkit.Credential issued) throws Exception {
    KeyStore store = KeyStore.getInstance("JKS");
    store.load(null, null);
    store.setKeyEntry(
        "shop", issued.key(), PASSWORD.toCharArray(), issued.chain().toArray(Certificate[]::new));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    store.store(bytes, PASSWORD.toCharArray());
    return bytes.toByteArray();
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
