package io.terminator.tls.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.testkit.CertificateForge;
import io.terminator.testkit.CertificateForge.Forged;
import io.terminator.tls.client.RevocationList.Mark;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CRLException;
import java.security.cert.CRLReason;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same answers as {@link X509CRL}, which takes far more memory. */
class RevocationListTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final List<String> NAMES = List.of("CN=Issuer", "CN=Another", "CN=Third,O=Some");

  private final Forged issuer = CertificateForge.of("Issuer").authority().forge();

  @Test
  void answersLikeTheJdkForRandomLists() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      X509CRL model = random(random);
      assertSame(model, RevocationList.of(model.getEncoded()), "seed " + seed + ", list " + i);
    }
  }

  /** Whatever the bytes are, they are refused or answered for; no other exception. */
  @Test
  void readsDamagedListsLikeTheJdkOrRefusesThem() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 3000; i++) {
      byte[] bytes = random(random).getEncoded();
      for (int damage = random.nextInt(3); damage >= 0; damage--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      if (random.nextInt(4) == 0) {
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      RevocationList list = readable(bytes);
      X509CRL model = modelOf(bytes);
      if (list != null && model != null) {
        assertSame(model, list, "seed " + seed + ", list " + i);
      }
    }
  }

  @Test
  void readsPemAndDerWithTextAround() throws Exception {
    byte[] one = issuer.list(1, NOW).getEncoded();
    byte[] other = issuer.list(2, NOW, issuer.certificate()).getEncoded();
    String pem = "Certificate Revocation List (CRL):\n" + pem(one) + "\n\r\n# next\n" + pem(other);
    assertThat(TrustFiles.revocations(pem.getBytes(StandardCharsets.US_ASCII)))
        .extracting(RevocationList::size)
        .containsExactly(0, 1);
    assertThat(
            TrustFiles.revocations(pem.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII)))
        .hasSize(2);
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    assertThat(TrustFiles.revocations(both)).extracting(RevocationList::size).containsExactly(0, 1);
    for (String damaged :
        List.of(
            pem.substring(0, pem.length() - 30),
            issuer.pem(),
            pem.replace("-----END", "----END"),
            "0",
            "-----BEGIN X509 CRL-----\n-----END X509 CRL-----\n")) {
      assertThatThrownBy(() -> TrustFiles.revocations(damaged.getBytes(StandardCharsets.US_ASCII)))
          .as(damaged)
          .isInstanceOf(TrustException.class)
          .hasMessageContaining("something other than a CRL");
    }
    assertThatThrownBy(() -> TrustFiles.revocations(new byte[0])).hasMessage("contains no CRL");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SHA256withRSA",
        "SHA384withRSAandMGF1",
        "SHA256withECDSA",
        "Ed25519",
        "SHA1withRSA"
      })
  void knowsWhoSigned(String algorithm) throws Exception {
    String kind = algorithm.contains("RSA") ? "RSA" : algorithm.contains("EC") ? "EC" : "Ed25519";
    KeyPairGenerator keys = KeyPairGenerator.getInstance(kind);
    if (kind.equals("RSA")) {
      keys.initialize(2048);
    }
    KeyPair own = keys.generateKeyPair();
    KeyPair other = keys.generateKeyPair();
    X509v2CRLBuilder builder = new X509v2CRLBuilder(issuer.name(), Date.from(NOW));
    builder.addCRLEntry(BigInteger.TEN, Date.from(NOW), 1);
    byte[] bytes =
        builder
            .build(
                new JcaContentSignerBuilder(algorithm)
                    .setProvider(new BouncyCastleProvider())
                    .build(own.getPrivate()))
            .getEncoded();
    RevocationList list = RevocationList.of(bytes);
    assertThat(list.isSignedBy(own.getPublic())).isTrue();
    assertThat(list.isSignedBy(other.getPublic())).isFalse();
    assertThat(list.isSignedBy(issuer.key().getPublic())).isFalse();
    // The serial number is signed too.
    int serial = indexOf(bytes, new byte[] {2, 1, 10});
    bytes[serial + 2] = 11;
    assertThat(RevocationList.of(bytes).isSignedBy(own.getPublic())).isFalse();
  }

  private static int indexOf(byte[] bytes, byte[] wanted) {
    for (int i = 0; i < bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
        return i;
      }
    }
    throw new IllegalArgumentException("absent");
  }

  @Test
  void findsEachOfManyEntries() throws Exception {
    RevocationList list = RevocationList.of(issuer.largeList(NOW, 500_000, issuer.certificate()));
    assertThat(list.size()).isEqualTo(500_001);
    assertThat(list.isSignedBy(issuer.key().getPublic())).isTrue();
    BigInteger first = BigInteger.ONE.shiftLeft(64);
    X500Principal name = issuer.certificate().getSubjectX500Principal();
    for (int i = 0; i < 500_000; i++) {
      assertThat(list.find(name, first.add(BigInteger.valueOf(i))) == Mark.REVOKED).isTrue();
    }
    assertThat(list.find(name, issuer.certificate().getSerialNumber())).isNotNull();
    assertThat(list.find(name, first.add(BigInteger.valueOf(500_000)))).isNull();
    assertThat(list.find(name, first.subtract(BigInteger.ONE))).isNull();
    assertThat(list.find(new X500Principal("CN=Another"), first)).isNull();
  }

  private static void assertSame(X509CRL model, RevocationList list, String where) {
    assertThat(list.issuer()).as(where).isEqualTo(model.getIssuerX500Principal());
    assertThat(list.thisUpdate()).as(where).isEqualTo(model.getThisUpdate());
    assertThat(list.nextUpdate()).as(where).isEqualTo(model.getNextUpdate());
    assertThat(list.extension("2.5.29.20"))
        .as(where)
        .isEqualTo(model.getExtensionValue("2.5.29.20"));
    Set<BigInteger> serials = new TreeSet<>(List.of(BigInteger.ONE));
    Set<X500Principal> issuers = new HashSet<>();
    NAMES.forEach(name -> issuers.add(new X500Principal(name)));
    Set<? extends X509CRLEntry> entries = model.getRevokedCertificates();
    for (X509CRLEntry entry : entries == null ? Set.<X509CRLEntry>of() : entries) {
      serials.add(entry.getSerialNumber());
      X500Principal other = entry.getCertificateIssuer();
      issuers.add(other == null ? model.getIssuerX500Principal() : other);
    }
    for (BigInteger serial : serials) {
      for (X500Principal each : issuers) {
        assertThat(marks(model, each, serial))
            .as(where + ", " + serial + " of " + each)
            .contains(list.find(each, serial));
      }
    }
  }

  /** What the JDK's entries say; of equal numbers of its own issuer, it answers with the last. */
  private static Set<@Nullable Mark> marks(X509CRL model, X500Principal issuer, BigInteger serial) {
    Set<@Nullable Mark> marks = new HashSet<>();
    if (issuer.equals(model.getIssuerX500Principal())) {
      marks.add(mark(model.getRevokedCertificate(serial)));
      return marks;
    }
    Set<? extends X509CRLEntry> entries = model.getRevokedCertificates();
    for (X509CRLEntry entry : entries == null ? Set.<X509CRLEntry>of() : entries) {
      if (entry.getSerialNumber().equals(serial) && issuer.equals(entry.getCertificateIssuer())) {
        marks.add(mark(entry));
      }
    }
    if (marks.isEmpty()) {
      marks.add(null);
    }
    return marks;
  }

  private static @Nullable Mark mark(@Nullable X509CRLEntry entry) {
    return entry == null
        ? null
        : entry.getRevocationReason() == CRLReason.REMOVE_FROM_CRL ? Mark.REMOVED : Mark.REVOKED;
  }

  private X509CRL random(Random random) {
    return issuer.list(
        NOW,
        builder -> {
          boolean isIndirect = random.nextBoolean();
          if (isIndirect) {
            builder.addExtension(
                Extension.issuingDistributionPoint,
                true,
                new IssuingDistributionPoint(null, true, false));
          }
          List<BigInteger> serials = new ArrayList<>();
          for (int i = random.nextInt(12); i > 0; i--) {
            BigInteger serial =
                serials.isEmpty() || random.nextInt(6) > 0
                    ? new BigInteger(random.nextInt(1, 170), random)
                    : serials.get(random.nextInt(serials.size()));
            serials.add(serial);
            serial = random.nextInt(9) == 0 ? serial.negate() : serial;
            Date date = Date.from(NOW.plusSeconds(random.nextInt()));
            ExtensionsGenerator extensions = extensions(random, isIndirect);
            if (extensions.isEmpty()) {
              builder.addCRLEntry(serial, date, 0);
            } else {
              builder.addCRLEntry(serial, date, extensions.generate());
            }
          }
        });
  }

  private static ExtensionsGenerator extensions(Random random, boolean isIndirect)
      throws IOException {
    ExtensionsGenerator extensions = new ExtensionsGenerator();
    if (random.nextBoolean()) {
      extensions.addExtension(
          Extension.reasonCode,
          random.nextInt(5) == 0,
          org.bouncycastle.asn1.x509.CRLReason.lookup(random.nextInt(11)));
    }
    if (random.nextInt(3) == 0) {
      extensions.addExtension(
          Extension.invalidityDate, false, new ASN1GeneralizedTime(Date.from(NOW)));
    }
    if (isIndirect && random.nextInt(3) == 0) {
      extensions.addExtension(
          Extension.certificateIssuer,
          true,
          new GeneralNames(new GeneralName(new X500Name(NAMES.get(random.nextInt(NAMES.size()))))));
    }
    return extensions;
  }

  private static @Nullable RevocationList readable(byte[] bytes) {
    try {
      return RevocationList.of(bytes);
    } catch (CRLException damaged) {
      return null;
    }
  }

  private static @Nullable X509CRL modelOf(byte[] bytes) {
    try {
      return (X509CRL) TrustFiles.factory().generateCRL(new ByteArrayInputStream(bytes));
    } catch (CRLException | RuntimeException damaged) {
      // The JDK throws ClassCastException and others.
      return null;
    }
  }

  private static String pem(byte[] der) {
    return "-----BEGIN X509 CRL-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END X509 CRL-----\n";
  }
}
