package io.terminator.tls.certificate.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.setting.Secret;
import io.terminator.testkit.Credential;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.pkcs.PKCS12PfxPdu;
import org.bouncycastle.pkcs.PKCS12PfxPduBuilder;
import org.bouncycastle.pkcs.PKCS12SafeBag;
import org.bouncycastle.pkcs.PKCS12SafeBagBuilder;
import org.bouncycastle.pkcs.jcajce.JcePKCS12MacCalculatorBuilder;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEOutputEncryptorBuilder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PKCS#12 as NSS exports it, and in the form of Windows and macOS, made with Bouncy Castle. */
class ForeignKeyStoreTest {
  private static final TestCa CA = TestCa.create();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String PASSWORD = "pässwörd";
  private static final BouncyCastleProvider CASTLE = new BouncyCastleProvider();
  private static final ASN1ObjectIdentifier CSP_NAME =
      new ASN1ObjectIdentifier("1.3.6.1.4.1.311.17.1");

  /** By key encryption, certificate encryption, MAC and iterations. */
  enum Form {
    WINDOWS_TRIPLE_DES(
        PKCSObjectIdentifiers.pbeWithSHAAnd3_KeyTripleDES_CBC,
        PKCSObjectIdentifiers.pbeWithSHAAnd3_KeyTripleDES_CBC,
        OIWObjectIdentifiers.idSHA1,
        2000),
    WINDOWS_BEFORE_2016(
        PKCSObjectIdentifiers.pbeWithSHAAnd3_KeyTripleDES_CBC,
        PKCSObjectIdentifiers.pbeWithSHAAnd40BitRC2_CBC,
        OIWObjectIdentifiers.idSHA1,
        2000),
    WINDOWS_AES_256(
        NISTObjectIdentifiers.id_aes256_CBC,
        NISTObjectIdentifiers.id_aes256_CBC,
        NISTObjectIdentifiers.id_sha256,
        2000),
    MACOS(
        PKCSObjectIdentifiers.pbeWithSHAAnd3_KeyTripleDES_CBC,
        PKCSObjectIdentifiers.pbeWithSHAAnd40BitRC2_CBC,
        OIWObjectIdentifiers.idSHA1,
        2048);

    private final ASN1ObjectIdentifier key;
    private final ASN1ObjectIdentifier certificates;
    private final ASN1ObjectIdentifier mac;
    private final int iterations;

    Form(
        ASN1ObjectIdentifier key,
        ASN1ObjectIdentifier certificates,
        ASN1ObjectIdentifier mac,
        int iterations) {
      this.key = key;
      this.certificates = certificates;
      this.mac = mac;
      this.iterations = iterations;
    }

    boolean isWindows() {
      return this != MACOS;
    }
  }

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Form.class)
  void readsKeyAndChain(Form form) throws Exception {
    Credential issued = CA.leaf("shop.example").rsa().issue();
    Path store = directory.resolve("store.p12");
    // Windows exports the root first and the leaf last.
    List<X509Certificate> certificates =
        new ArrayList<>(List.of(CA.root().leaf(), CA.intermediate().leaf()));
    certificates.add(form.isWindows() ? 2 : 0, issued.leaf());
    Files.write(store, export(form, issued, certificates));

    Loaded loaded = load(store, PASSWORD);

    assertThat(loaded.credential()).as(() -> loaded.problems().toString()).isNotNull();
    assertThat(loaded.credential().leaf()).isEqualTo(issued.leaf());
    assertThat(loaded.credential().key()).isEqualTo(issued.key());
    assertThat(loaded.credential().chain())
        .startsWith(issued.leaf().getEncoded(), CA.intermediate().leaf().getEncoded());
    assertThat(load(store, "other").problems())
        .extracting(CredentialProblem::kind)
        .contains(Kind.WRONG_PASSWORD);
  }

  /** NSS, the library of Firefox, writes indefinite lengths and the key before its certificate. */
  @ParameterizedTest
  // Each file takes 600,000 iterations.
  @ValueSource(strings = {"-M SHA-512", "-c DES-EDE3-CBC -C none"})
  void readsWhatPk12utilExports(String ciphers) throws Exception {
    Processes.assumeAvailable("pk12util");
    Credential issued = CA.server("shop.example");
    Files.write(directory.resolve("in.p12"), issued.pkcs12("secret"));
    String database = "-d sql:" + directory;
    run("certutil -N --empty-password " + database);
    run("pk12util -W secret -i " + directory.resolve("in.p12") + " " + database);
    Path store = directory.resolve("out.p12");
    // The nickname that pk12util gives to an import without a name.
    String nickname =
        run("certutil -L " + database)
            .lines()
            .filter(line -> line.contains("u,u,u"))
            .map(line -> line.replaceFirst("\\s+u,u,u\\s*$", ""))
            .findFirst()
            .orElseThrow();
    List<String> export =
        new ArrayList<>(
            List.of(
                ("pk12util -W other " + database + " -o " + store + " " + ciphers)
                    .strip()
                    .split(" ")));
    export.addAll(List.of("-n", nickname));
    run(export);

    Loaded loaded = load(store, "other");

    assertThat(loaded.credential()).as(() -> loaded.problems().toString()).isNotNull();
    assertThat(loaded.credential().leaf()).isEqualTo(issued.leaf());
    assertThat(loaded.credential().key()).isEqualTo(issued.key());
  }

  private static String run(String command) {
    return run(List.of(command.split(" ")));
  }

  private static String run(List<String> command) {
    try (RunningProcess process = Processes.start(command.toArray(String[]::new))) {
      assertThat(process.awaitExit(PATIENCE)).as(process.output()).isZero();
      return process.output();
    }
  }

  private Loaded load(Path store, String password) {
    return new CredentialLoader(InstantSource.system(), WeakKeys.REFUSED)
        .load(
            new CertificateFiles("shop", store, store, new Secret(password), null, null, null), 1);
  }

  /** The key first, in an outer safe of its own; then all certificates in one encrypted safe. */
  private static byte[] export(Form form, Credential issued, List<X509Certificate> certificates)
      throws Exception {
    DEROctetString localKey = new DEROctetString(new byte[] {1, 0, 0, 0});
    PKCS12SafeBagBuilder key =
        new PKCS12SafeBagBuilder(
            PrivateKeyInfo.getInstance(issued.key().getEncoded()), encryptor(form.key, form));
    key.addBagAttribute(PKCSObjectIdentifiers.pkcs_9_at_localKeyId, localKey);
    key.addBagAttribute(
        PKCSObjectIdentifiers.pkcs_9_at_friendlyName,
        new DERBMPString(form.isWindows() ? "tp-4a9f2c31-shop" : "Shop, Schlüssel"));
    if (form.isWindows()) {
      key.addBagAttribute(
          CSP_NAME, new DERBMPString("Microsoft Enhanced RSA and AES Cryptographic Provider"));
      key.addBagAttribute(Extension.keyUsage, new DERBitString(new byte[] {0x10}, 0));
    }
    PKCS12SafeBag[] bags = new PKCS12SafeBag[certificates.size()];
    for (int i = 0; i < bags.length; i++) {
      PKCS12SafeBagBuilder bag =
          new PKCS12SafeBagBuilder(new X509CertificateHolder(certificates.get(i).getEncoded()));
      if (certificates.get(i).equals(issued.leaf())) {
        bag.addBagAttribute(PKCSObjectIdentifiers.pkcs_9_at_localKeyId, localKey);
        bag.addBagAttribute(
            PKCSObjectIdentifiers.pkcs_9_at_friendlyName, new DERBMPString("Shop 商店"));
      }
      bags[i] = bag.build();
    }
    PKCS12PfxPduBuilder pfx = new PKCS12PfxPduBuilder();
    pfx.addData(key.build());
    pfx.addEncryptedData(encryptor(form.certificates, form), bags);
    PKCS12PfxPdu built =
        pfx.build(
            new JcePKCS12MacCalculatorBuilder(form.mac)
                .setProvider(CASTLE)
                .setIterationCount(form.iterations),
            PASSWORD.toCharArray());
    // Windows writes DER; the builder's default has indefinite lengths.
    return built.getEncoded(ASN1Encoding.DER);
  }

  private static OutputEncryptor encryptor(ASN1ObjectIdentifier cipher, Form form)
      throws Exception {
    return new JcePKCSPBEOutputEncryptorBuilder(cipher)
        .setProvider(CASTLE)
        .setIterationCount(form.iterations)
        .build(PASSWORD.toCharArray());
  }
}
