package io.terminator.tls.certificate.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.setting.Secret;
import io.terminator.testkit.Credential;
import io.terminator.testkit.Processes;
import io.terminator.testkit.TestCa;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PBMAC1Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.crypto.util.ScryptConfig;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.pkcs.PKCS12PfxPdu;
import org.bouncycastle.pkcs.PKCS12PfxPduBuilder;
import org.bouncycastle.pkcs.PKCS12SafeBag;
import org.bouncycastle.pkcs.PKCS12SafeBagBuilder;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfoBuilder;
import org.bouncycastle.pkcs.bc.BcPKCS12PBMac1CalculatorBuilder;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEOutputEncryptorBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Key stores and encrypted keys as written by openssl, keytool, certtool and Bouncy Castle. */
class KeyStoreFileTest {
  private static final TestCa CA = TestCa.create();
  private static final String PASSWORD = "päss w0rd";

  /** The JDK does not write PBES2 with a password that is not ASCII. */
  private static final String ASCII = "pass w0rd";

  private static final BouncyCastleProvider CASTLE = new BouncyCastleProvider();

  private final CredentialLoader loader =
      new CredentialLoader(InstantSource.system(), WeakKeys.REFUSED);
  private Credential issued = CA.server("shop.example");

  @TempDir Path directory;

  @BeforeEach
  void writeParts() throws IOException {
    Files.writeString(directory.resolve("chain.pem"), issued.chainPem());
    Files.writeString(directory.resolve("key.pem"), issued.keyPem());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-legacy",
        "-descert -legacy",
        "-keypbe NONE",
        "-certpbe NONE",
        "-keypbe NONE -certpbe NONE",
        "-keypbe NONE -certpbe NONE -nomac",
        "-nomac",
        "-keypbe aes-128-cbc -certpbe aes-256-cbc",
        "-keypbe des-ede3-cbc -certpbe des-ede3-cbc",
        "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES",
        "-keypbe PBE-SHA1-RC4-128 -certpbe PBE-SHA1-RC2-40 -legacy",
        "-macalg sha1",
        "-macalg sha224",
        "-macalg sha384",
        "-macalg sha512",
        "-iter 100000 -maciter",
        "-nomaciter -noiter",
      })
  void readsWhatOpensslExports(String way) throws Exception {
    for (String password : List.of(PASSWORD, "")) {
      export("store.p12", way, password);
      assertRead("store.p12", password, null);
    }
    if (!way.contains("-nomac ") && !way.endsWith("-nomac")) {
      export("store.p12", way, PASSWORD);
      assertRefused("store.p12", PASSWORD + "x", null, Kind.WRONG_PASSWORD);
      assertRefused("store.p12", null, null, Kind.MISSING_PASSWORD);
    }
  }

  @Test
  void aWrongPasswordWithoutAMacIsStillOne() throws Exception {
    export("store.p12", "-nomac", PASSWORD);
    assertRefused("store.p12", "other", null, Kind.WRONG_PASSWORD);
  }

  @ParameterizedTest
  @CsvSource({
    "aes-256, sha512, pass word",
    "3des-pkcs12, sha1, pass word",
    "arcfour, sha256, ''",
  })
  void readsWhatCerttoolExports(String cipher, String hash, String password) throws Exception {
    Processes.assumeAvailable("certtool");
    // GnuTLS 3.7 does not read the EC keys that the JDK writes: they lack the public half.
    issued = CA.leaf("shop.example").rsa().issue();
    writeParts();
    List<String> command =
        new ArrayList<>(
            List.of(
                "certtool",
                "--to-p12",
                "--load-certificate",
                "chain.pem",
                "--load-privkey",
                "key.pem",
                "--p12-name",
                "shop",
                "--hash",
                hash,
                "--outder",
                "--outfile",
                "store.p12"));
    command.addAll(
        password.isEmpty() ? List.of("--empty-password") : List.of("--password", password));
    command.addAll(List.of("--pkcs-cipher", cipher));
    assertThat(run(command)).as(this::said).isZero();
    assertRead("store.p12", password.isEmpty() ? null : password, null);
  }

  /** With {@code --password ""}, GnuTLS 3.7 puts the plain key into the bag for encrypted keys. */
  @ParameterizedTest
  @ValueSource(strings = {"--password=", "--empty-password", "--null-password"})
  void readsWhatCerttoolExportsWithoutAPassword(String way) throws Exception {
    Processes.assumeAvailable("certtool");
    issued = CA.leaf("shop.example").rsa().issue();
    writeParts();
    List<String> command =
        List.of(
            "certtool",
            "--to-p12",
            "--load-certificate",
            "chain.pem",
            "--load-privkey",
            "key.pem",
            "--p12-name",
            "shop",
            way,
            "--outder",
            "--outfile",
            "store.p12");
    assertThat(run(command)).as(this::said).isZero();
    assertRead("store.p12", null, null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"aes-128", "rc2-40"})
  void readsWhatCerttoolWritesAroundAKey(String cipher) throws Exception {
    Processes.assumeAvailable("certtool");
    // GnuTLS 3.7 does not read the EC keys that the JDK writes: they lack the public half.
    issued = CA.leaf("shop.example").rsa().issue();
    writeParts();
    // As certtool --generate-privkey writes it.
    String text = output("certtool", "--key-info", "--load-privkey", "key.pem") + issued.keyPem();
    assertThat(text).startsWith("Public Key Info:");
    Files.writeString(directory.resolve("key.txt"), text);
    assertRead("chain.pem", "key.txt", null, null);
    assertThat(
            run(
                List.of(
                    "certtool",
                    "--to-p8",
                    "--load-privkey",
                    "key.pem",
                    "--password",
                    "pass word",
                    "--pkcs-cipher",
                    cipher,
                    "--outfile",
                    "key.p8")))
        .as(this::said)
        .isZero();
    assertRead("chain.pem", "key.p8", "pass word", null);
    assertPairRefused("chain.pem", "key.p8", "other", Kind.WRONG_PASSWORD);
  }

  @ParameterizedTest
  @CsvSource({
    "PKCS12, -v",
    // The ciphers of Java 8.
    "PKCS12, -J-Dkeystore.pkcs12.legacy",
    "JKS, -v",
    "JCEKS, -v",
  })
  void readsWhatKeytoolOfEachJdkImports(String type, String option) throws Exception {
    export("store.p12", "", "pass word");
    for (Path keytool : keytools()) {
      Files.deleteIfExists(directory.resolve("store"));
      assertThat(
              run(
                  List.of(
                      keytool.toString(),
                      option,
                      "-importkeystore",
                      "-srckeystore",
                      "store.p12",
                      "-srcstoretype",
                      "PKCS12",
                      "-srcstorepass",
                      "pass word",
                      "-destkeystore",
                      "store",
                      "-deststoretype",
                      type,
                      "-deststorepass",
                      "pass word")))
          .as(() -> said())
          .isZero();
      assertRead("store", "pass word", null);
      assertRefused("store", "other one", null, Kind.WRONG_PASSWORD);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"JKS", "JCEKS"})
  void aKeyWithAPasswordOfItsOwnNeedsIt(String type) throws Exception {
    KeyStore store = KeyStore.getInstance(type);
    store.load(null, null);
    store.setKeyEntry(
        "shop", issued.key(), "own".toCharArray(), issued.chain().toArray(Certificate[]::new));
    write(store, PASSWORD, "store.jks");

    assertRead("store.jks", PASSWORD, "own");
    assertThat(refusal("store.jks", PASSWORD, null, Kind.MISSING_PASSWORD))
        .contains("opens, but its key has a password of its own")
        .contains("key-password");
    assertThat(refusal("store.jks", PASSWORD, "wrong", Kind.WRONG_PASSWORD))
        .contains("not the key-password")
        .doesNotContain("wrong");
    assertRefused("store.jks", "own", "own", Kind.WRONG_PASSWORD);
  }

  @Test
  void aSecretKeyBesideIsNoCertificate() throws Exception {
    KeyStore store = KeyStore.getInstance("JCEKS");
    store.load(null, null);
    store.setEntry(
        "a-secret",
        new KeyStore.SecretKeyEntry(new SecretKeySpec(new byte[16], "AES")),
        new KeyStore.PasswordProtection(ASCII.toCharArray()));
    store.setKeyEntry(
        "shop", issued.key(), ASCII.toCharArray(), issued.chain().toArray(Certificate[]::new));
    write(store, ASCII, "store.jceks");

    assertRead("store.jceks", ASCII, null);
  }

  @Test
  void ofSeveralKeysTheFirstByAliasIsUsed() throws Exception {
    Credential other = CA.server("other.example");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "b", other.key(), ASCII.toCharArray(), other.chain().toArray(Certificate[]::new));
    store.setKeyEntry(
        "a", issued.key(), ASCII.toCharArray(), issued.chain().toArray(Certificate[]::new));
    write(store, ASCII, "store.p12");

    Loaded loaded = assertRead("store.p12", ASCII, null);

    assertThat(loaded.problems())
        .extracting(CredentialProblem::kind)
        .filteredOn(kind -> kind != Kind.KEY_EXPOSED)
        .containsExactly(Kind.SEVERAL_KEYS);
  }

  @Test
  void aTrustStoreIsNoIdentity() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("leaf", issued.leaf());
    write(store, ASCII, "trust.p12");

    assertRefused("trust.p12", ASCII, null, Kind.NO_IDENTITY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"BKS", "UBER", "BCFKS"})
  void namesTheStoresThatOnlyBouncyCastleReads(String type) throws Exception {
    KeyStore store = KeyStore.getInstance(type, CASTLE);
    store.load(null, null);
    store.setKeyEntry(
        "shop", issued.key(), PASSWORD.toCharArray(), issued.chain().toArray(Certificate[]::new));
    write(store, PASSWORD, "store");

    assertThat(refusal("store", PASSWORD, null, Kind.NOT_A_CERTIFICATE))
        .contains(type)
        .contains("keytool -importkeystore -deststoretype PKCS12");
  }

  @ParameterizedTest
  @ValueSource(strings = {"9", "11"})
  void readsPbmac1(String hmac) throws Exception {
    PKCS12SafeBag certificate =
        new PKCS12SafeBagBuilder(new X509CertificateHolder(issued.leaf().getEncoded())).build();
    PKCS12SafeBag key =
        new PKCS12SafeBagBuilder(PrivateKeyInfo.getInstance(issued.key().getEncoded())).build();
    // RFC 8018 appendix B.1: 9 and 11 are HMAC with SHA-256 and SHA-512.
    AlgorithmIdentifier hash =
        new AlgorithmIdentifier(
            new ASN1ObjectIdentifier("1.2.840.113549.2." + hmac), DERNull.INSTANCE);
    PKCS12PfxPdu pfx =
        new PKCS12PfxPduBuilder()
            .addData(certificate)
            .addData(key)
            .build(
                new BcPKCS12PBMac1CalculatorBuilder(
                    new PBMAC1Params(
                        new AlgorithmIdentifier(
                            PKCSObjectIdentifiers.id_PBKDF2,
                            new PBKDF2Params(new byte[16], 2048, 32, hash)),
                        hash)),
                PASSWORD.toCharArray());
    Files.write(directory.resolve("store.p12"), pfx.getEncoded());

    assertRead("store.p12", PASSWORD, null);
    assertRefused("store.p12", "other", null, Kind.WRONG_PASSWORD);
  }

  @Test
  void opensAesGcmUnderPbkdf2AndScrypt() throws Exception {
    PrivateKeyInfo plain = PrivateKeyInfo.getInstance(issued.key().getEncoded());
    byte[] pbkdf2 =
        new PKCS8EncryptedPrivateKeyInfoBuilder(plain)
            .build(
                new JcePKCSPBEOutputEncryptorBuilder(NISTObjectIdentifiers.id_aes256_GCM)
                    .setProvider(CASTLE)
                    .build(PASSWORD.toCharArray()))
            .getEncoded();
    byte[] scrypt =
        new PKCS8EncryptedPrivateKeyInfoBuilder(plain)
            .build(
                new JcePKCSPBEOutputEncryptorBuilder(
                        new ScryptConfig.Builder(16384, 8, 1).withSaltLength(16).build(),
                        NISTObjectIdentifiers.id_aes128_GCM)
                    .setProvider(CASTLE)
                    .build(PASSWORD.toCharArray()))
            .getEncoded();
    for (byte[] encrypted : List.of(pbkdf2, scrypt)) {
      Files.write(directory.resolve("key.p8"), encrypted);
      assertRead("chain.pem", "key.p8", PASSWORD, null);
      assertPairRefused("chain.pem", "key.p8", "other", Kind.WRONG_PASSWORD);
    }
  }

  @Test
  void aFileDoesNotGetMoreWorkThanIsBearable() throws Exception {
    Files.write(
        directory.resolve("key.p8"),
        new PKCS8EncryptedPrivateKeyInfoBuilder(
                PrivateKeyInfo.getInstance(issued.key().getEncoded()))
            .build(
                new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.PBE_SHA1_3DES)
                    .setProvider(CASTLE)
                    .setPassword("pass".toCharArray())
                    .setIterationCount(5_000_001)
                    .build())
            .getEncoded());

    assertThat(refusalOf("chain.pem", "key.p8", "pass", null, Kind.MALFORMED))
        .contains("more work");
  }

  @Test
  void aTrustedCertificateBlockIsReadWithoutItsTrust() throws Exception {
    Processes.assumeAvailable("openssl");
    String trusted =
        output("openssl", "x509", "-in", "chain.pem", "-addtrust", "serverAuth", "-trustout");
    assertThat(trusted).contains("BEGIN TRUSTED CERTIFICATE");
    Files.writeString(
        directory.resolve("trusted.pem"), trusted + CA.intermediatePem() + issued.keyPem());

    assertRead("trusted.pem", null, null);
  }

  /** The password is passed in a file, because command lines are ASCII in an ASCII locale. */
  private void export(String file, String way, String password) throws Exception {
    Processes.assumeAvailable("openssl");
    List<String> command =
        new ArrayList<>(
            List.of(
                "openssl",
                "pkcs12",
                "-export",
                "-in",
                "chain.pem",
                "-inkey",
                "key.pem",
                "-name",
                "shop",
                "-out",
                file,
                "-passout",
                "file:password"));
    Files.writeString(directory.resolve("password"), password + "\n");
    if (!way.isEmpty()) {
      command.addAll(List.of(way.split(" ")));
    }
    assertThat(run(command)).as(this::said).isZero();
  }

  private static List<Path> keytools() {
    List<Path> keytools = new ArrayList<>();
    keytools.add(Path.of(System.getProperty("java.home"), "bin", "keytool"));
    try (var installed = Files.newDirectoryStream(Path.of("/usr/lib/jvm"))) {
      for (Path each : installed) {
        Path keytool = each.resolve("bin/keytool");
        if (!Files.isSymbolicLink(each) && Files.isExecutable(keytool)) {
          keytools.add(keytool);
        }
      }
    } catch (IOException e) {
      return keytools;
    }
    return keytools;
  }

  private void write(KeyStore store, String password, String file) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    store.store(bytes, password.toCharArray());
    Files.write(directory.resolve(file), bytes.toByteArray());
  }

  private Loaded load(String chain, String key, String password, String keyPassword) {
    return loader.load(
        new CertificateFiles(
            "shop",
            directory.resolve(chain),
            directory.resolve(key),
            password == null ? null : new Secret(password),
            null,
            keyPassword == null ? null : new Secret(keyPassword),
            null),
        1);
  }

  private Loaded assertRead(String store, String password, String keyPassword) {
    return assertRead(store, store, password, keyPassword);
  }

  private Loaded assertRead(String chain, String key, String password, String keyPassword) {
    Loaded loaded = load(chain, key, password, keyPassword);
    assertThat(loaded.credential()).as(() -> loaded.problems().toString()).isNotNull();
    assertThat(loaded.credential().leaf()).isEqualTo(issued.leaf());
    assertThat(loaded.credential().key()).isEqualTo(issued.key());
    return loaded;
  }

  private void assertRefused(String store, String password, String keyPassword, Kind kind) {
    refusal(store, password, keyPassword, kind);
  }

  private void assertPairRefused(String chain, String key, String password, Kind kind) {
    refusalOf(chain, key, password, null, kind);
  }

  private String refusal(String store, String password, String keyPassword, Kind kind) {
    return refusalOf(store, store, password, keyPassword, kind);
  }

  private String refusalOf(
      String chain, String key, String password, String keyPassword, Kind kind) {
    Loaded loaded = load(chain, key, password, keyPassword);
    assertThat(loaded.credential()).isNull();
    CredentialProblem problem =
        loaded.problems().stream()
            .filter(each -> each.severity() == CredentialProblem.Severity.REFUSED)
            .findFirst()
            .orElseThrow();
    assertThat(problem.kind()).as(problem::message).isEqualTo(kind);
    return problem.message();
  }

  private int run(List<String> command) throws Exception {
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("said").toFile())
        .start()
        .waitFor();
  }

  private String output(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    process.waitFor();
    return output;
  }

  private String said() {
    try {
      return Files.readString(directory.resolve("said"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
