package io.terminator.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks that the sample files, the table in their README, and the promises of both agree. */
class SampleCertificatesTest {

  private record Row(
      String file, String subject, String names, String algorithm, String expires, String use) {}

  private final Path directory = SampleCertificates.directory();

  @Test
  void tableNamesEveryFileAndNoOther() throws IOException {
    Set<String> files = new TreeSet<>();
    try (Stream<Path> found = Files.walk(directory)) {
      found
          .filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString())
          .filter(file -> !Set.of("README.md", "regenerate").contains(file))
          .forEach(files::add);
    }
    assertThat(files).isNotEmpty().isEqualTo(table().keySet());
  }

  @Test
  void tableTellsTheTruthAboutEveryCertificate() throws Exception {
    for (Row row : table().values()) {
      if (!row.file.endsWith(".crt")) {
        continue;
      }
      X509Certificate certificate = chain(row.file).get(0);
      assertThat(row.subject).as(row.file).isEqualTo("CN=" + commonName(certificate));
      assertThat(row.names).as(row.file).isEqualTo(names(certificate));
      assertThat(row.algorithm).as(row.file).isEqualTo(algorithm(certificate.getPublicKey()));
      assertThat(certificate.getNotAfter().toInstant())
          .as(row.file)
          .hasToString(row.expires + "T00:00:00Z");
    }
  }

  @Test
  void tableTellsTheTruthAboutEveryKey() throws Exception {
    for (Row row : table().values()) {
      if (!row.file.endsWith(".key")) {
        continue;
      }
      String certificate = row.file.replace(".key", ".crt");
      boolean belongs = belongTogether(key(row.file), chain(certificate).get(0));
      assertThat(belongs).as(row.file).isEqualTo(!row.use.startsWith("does not belong"));
      assertThat(List.of(row.subject, row.names, row.expires)).as(row.file).containsOnly("-");
      String family = key(row.file).getAlgorithm().equals("RSA") ? "RSA" : "ECDSA";
      assertThat(row.algorithm).as(row.file).isEqualTo(family);
    }
  }

  @Test
  void everyCertificateNamesTheSampleOrganization() throws Exception {
    for (String file : table().keySet()) {
      if (!file.endsWith(".crt")) {
        continue;
      }
      for (X509Certificate certificate : chain(file)) {
        String organization = "O=" + SampleCertificates.ORGANIZATION;
        assertThat(certificate.getIssuerX500Principal().getName()).contains(organization);
        assertThat(certificate.getSubjectX500Principal().getName()).contains(organization);
      }
    }
    assertThat(Files.readString(directory.resolve("README.md")))
        .contains("`" + SampleCertificates.ORGANIZATION + "`")
        .contains("Never for production: the private keys in this directory are public.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "server/rsa.crt",
        "server/ecdsa.crt",
        "server/wildcard.crt",
        "client/client.crt",
        "broken/wrong-key.crt",
        "broken/weak.crt"
      })
  void chainIsWholeAndValid(String file) throws Exception {
    List<X509Certificate> chain = chain(file);
    assertThat(chain).hasSize(2);
    assertThatCode(() -> validate(chain)).doesNotThrowAnyException();
  }

  @Test
  void brokenOnesAreBrokenInTheStatedWayOnly() throws Exception {
    assertThatThrownBy(() -> validate(chain("broken/expired.crt")))
        .isInstanceOfSatisfying(
            CertPathValidatorException.class,
            failure -> assertThat(failure.getReason()).isEqualTo(BasicReason.EXPIRED));
    assertThat(belongTogether(key("broken/wrong-key.key"), chain("broken/wrong-key.crt").get(0)))
        .isFalse();
    assertThat(algorithm(chain("broken/weak.crt").get(0).getPublicKey())).isEqualTo("RSA-1024");

    List<X509Certificate> incomplete = chain("broken/missing-intermediate.crt");
    assertThat(incomplete).hasSize(1);
    assertThatThrownBy(() -> validate(incomplete)).isInstanceOf(CertPathValidatorException.class);
    List<X509Certificate> completed =
        List.of(incomplete.get(0), chain("ca/intermediate.crt").get(0));
    assertThatCode(() -> validate(completed)).doesNotThrowAnyException();
  }

  @Test
  void purposesAreThoseOfServerAndClient() throws Exception {
    assertThat(chain("server/rsa.crt").get(0).getExtendedKeyUsage())
        .containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(chain("client/client.crt").get(0).getExtendedKeyUsage())
        .containsExactly("1.3.6.1.5.5.7.3.2");
  }

  private Map<String, Row> table() throws IOException {
    Map<String, Row> rows = new TreeMap<>();
    for (String line : Files.readAllLines(directory.resolve("README.md"))) {
      if (line.startsWith("| `")) {
        String[] cells = line.substring(2, line.length() - 2).split(" \\| ");
        assertThat(cells).as(line).hasSize(6);
        String file = cells[0].replace("`", "");
        Row row = new Row(file, cells[1], cells[2], cells[3], cells[4], cells[5]);
        assertThat(rows.put(file, row)).as("second row for " + file).isNull();
      }
    }
    return rows;
  }

  private List<X509Certificate> chain(String file) throws IOException, GeneralSecurityException {
    List<X509Certificate> chain = new ArrayList<>();
    try (InputStream in = Files.newInputStream(directory.resolve(file))) {
      for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        chain.add((X509Certificate) certificate);
      }
    }
    return chain;
  }

  private PrivateKey key(String file) throws IOException, GeneralSecurityException {
    String pem = Files.readString(directory.resolve(file));
    assertThat(pem).startsWith("-----BEGIN PRIVATE KEY-----\n");
    byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(der);
    try {
      return KeyFactory.getInstance("EC").generatePrivate(encoded);
    } catch (GeneralSecurityException notElliptic) {
      return KeyFactory.getInstance("RSA").generatePrivate(encoded);
    }
  }

  private void validate(List<X509Certificate> chain) throws GeneralSecurityException, IOException {
    TrustAnchor root = new TrustAnchor(chain("ca/root.crt").get(0), null);
    PKIXParameters parameters = new PKIXParameters(Set.of(root));
    parameters.setRevocationEnabled(false);
    CertPathValidator.getInstance("PKIX")
        .validate(CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
  }

  private static boolean belongTogether(PrivateKey key, X509Certificate certificate)
      throws GeneralSecurityException {
    PublicKey publicKey = certificate.getPublicKey();
    if (!publicKey.getAlgorithm().equals(key.getAlgorithm())) {
      return false;
    }
    byte[] message = {1, 2, 3};
    Signature signature =
        Signature.getInstance(
            key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA");
    signature.initSign(key);
    signature.update(message);
    byte[] signed = signature.sign();
    signature.initVerify(publicKey);
    signature.update(message);
    return signature.verify(signed);
  }

  private static String commonName(X509Certificate certificate) {
    String subject = certificate.getSubjectX500Principal().getName();
    return subject.replaceFirst("^CN=([^,]+),O=.*$", "$1");
  }

  private static String names(X509Certificate certificate) throws GeneralSecurityException {
    var names = certificate.getSubjectAlternativeNames();
    if (names == null) {
      return "-";
    }
    List<String> texts = new ArrayList<>();
    for (List<?> name : names) {
      texts.add("0:0:0:0:0:0:0:1".equals(name.get(1)) ? "::1" : (String) name.get(1));
    }
    return String.join(", ", texts);
  }

  private static String algorithm(PublicKey key) {
    return key instanceof RSAPublicKey rsa
        ? "RSA-" + rsa.getModulus().bitLength()
        : "ECDSA P-" + ((ECPublicKey) key).getParams().getCurve().getField().getFieldSize();
  }
}
