package io.terminator.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes {@code certs-sample/}: the sample PKI and the table in its README. The layout is always
 * the same; keys and serial numbers are new every time.
 */
public final class SampleCertificates {

  /**
   * The organization in the subject of every certificate below the sample root, and therefore in
   * the issuer of every sample leaf. Terminator uses it to recognize certificates that must not be
   * used in production.
   */
  public static final String ORGANIZATION = "Terminator Sample - not for production";

  private static final String TABLE_BEGIN = "<!-- table: written by ./regenerate -->";
  private static final String TABLE_END = "<!-- end of table -->";
  private static final String[] SERVER_NAMES = {
    "localhost", "127.0.0.1", "::1", "www.terminator.example"
  };
  private static final int YEARS = 10;

  private final Path directory;
  private final Validity validity;
  private final List<String> rows = new ArrayList<>();

  private SampleCertificates(Path directory) {
    this.directory = directory;
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    // Begins early: a first start must work on a machine whose clock is behind.
    this.validity = new Validity(midnight(today.minusYears(2)), midnight(today.plusYears(YEARS)));
  }

  /** Writes everything into the directory given as the only argument. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1 || !Files.isRegularFile(Path.of(arguments[0], "README.md"))) {
      System.err.println("expected one argument: the directory certs-sample, with its README.md");
      System.exit(2);
    }
    new SampleCertificates(Path.of(arguments[0])).write();
  }

  /** The sample PKI of this checkout, found from the working directory upwards. */
  public static Path directory() {
    Path start = Path.of("").toAbsolutePath();
    for (Path at = start; at != null; at = at.getParent()) {
      Path candidate = at.resolve("certs-sample");
      if (Files.isDirectory(candidate)) {
        return candidate;
      }
    }
    throw new IllegalStateException("no certs-sample in " + start + " or above it");
  }

  private void write() throws IOException {
    TestCa ca = TestCa.create(ORGANIZATION, KeyAlgorithm.RSA_2048, validity);
    put("ca/root", ca.root(), "trusted by clients: `curl --cacert`", "signs the intermediate");
    put("ca/intermediate", ca.intermediate(), "in every chain below", "signs every leaf");
    put("server/rsa", server(ca).rsa().issue(), "quickstart, TLS with RSA", "");
    put("server/ecdsa", server(ca).issue(), "quickstart, TLS with ECDSA", "");
    put(
        "server/wildcard",
        ca.leaf("*.api.terminator.example").validity(validity).issue(),
        "routes by SNI",
        "");
    put(
        "client/client",
        ca.leaf().commonName("sample-client").forClient().validity(validity).issue(),
        "mutual TLS: `curl --cert`",
        "");
    writeBroken(ca);
    writeTable();
  }

  private void writeBroken(TestCa ca) throws IOException {
    Validity past =
        new Validity(midnight(LocalDate.of(2020, 1, 1)), midnight(LocalDate.of(2021, 1, 1)));
    put(
        "broken/expired",
        server(ca).validity(past).issue(),
        "example of an expired certificate",
        "");
    Credential wrongKey = server(ca).issue().withKeyOf(server(ca).issue());
    put(
        "broken/wrong-key",
        wrongKey,
        "example of a key that is not its own",
        "does not belong to wrong-key.crt");
    put(
        "broken/weak",
        server(ca).algorithm(KeyAlgorithm.RSA_1024).issue(),
        "example of a weak key",
        "");
    put(
        "broken/missing-intermediate",
        server(ca).issue().withoutIssuers(),
        "example of a chain without its intermediate",
        "");
  }

  private LeafRequest server(TestCa ca) {
    return ca.leaf(SERVER_NAMES).validity(validity);
  }

  private void put(String name, Credential credential, String use, String keyUse)
      throws IOException {
    Path file = directory.resolve(name);
    Path parent = file.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(name + ": expected a directory and a name");
    }
    String base = file.getFileName().toString();
    credential.writeTo(parent, base);
    X509Certificate leaf = credential.leaf();
    rows.add(
        row(
            "`" + name + ".crt`",
            "CN=" + commonName(leaf),
            String.join(", ", names(leaf)),
            algorithm(leaf),
            leaf.getNotAfter().toInstant().atZone(ZoneOffset.UTC).toLocalDate().toString(),
            use));
    String keyRole = keyUse.isEmpty() ? "key of " + base + ".crt" : keyUse;
    String keyAlgorithm = credential.key().getAlgorithm().equals("RSA") ? "RSA" : "ECDSA";
    rows.add(row("`" + name + ".key`", "-", "-", keyAlgorithm, "-", keyRole));
  }

  private void writeTable() throws IOException {
    Path readme = directory.resolve("README.md");
    String text = Files.readString(readme);
    int begin = text.indexOf(TABLE_BEGIN);
    int end = text.indexOf(TABLE_END);
    if (begin < 0 || end < begin) {
      throw new IOException(
          readme + ": expected the lines \"" + TABLE_BEGIN + "\" and \"" + TABLE_END + "\"");
    }
    String head =
        row("File", "Subject", "SANs", "Algorithm", "Expires", "Used by")
            + "|---|---|---|---|---|---|\n";
    Files.writeString(
        readme,
        text.substring(0, begin + TABLE_BEGIN.length())
            + "\n"
            + head
            + String.join("", rows)
            + text.substring(end));
  }

  private static String row(String... cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }

  /** The common name of the subject. */
  static String commonName(X509Certificate certificate) {
    // RFC 2253 puts the last RDN first, and that is the common name.
    String subject = certificate.getSubjectX500Principal().getName();
    return subject.substring("CN=".length(), subject.indexOf(','));
  }

  private static List<String> names(X509Certificate certificate) {
    try {
      if (certificate.getSubjectAlternativeNames() == null) {
        return List.of("-");
      }
      return certificate.getSubjectAlternativeNames().stream()
          .map(name -> String.valueOf(name.get(1)).replace("0:0:0:0:0:0:0:1", "::1"))
          .toList();
    } catch (java.security.cert.CertificateParsingException e) {
      throw new IllegalStateException("a certificate just minted cannot be read", e);
    }
  }

  private static String algorithm(X509Certificate certificate) {
    if (certificate.getPublicKey() instanceof RSAPublicKey rsa) {
      return "RSA-" + rsa.getModulus().bitLength();
    }
    ECPublicKey key = (ECPublicKey) certificate.getPublicKey();
    return "ECDSA P-" + key.getParams().getOrder().bitLength();
  }

  private static Instant midnight(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant();
  }
}
