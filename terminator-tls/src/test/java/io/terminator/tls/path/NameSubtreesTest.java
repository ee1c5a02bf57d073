package io.terminator.tls.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.CertificateForge;
import io.terminator.testkit.CertificateForge.Forged;
import io.terminator.testkit.KeyAlgorithm;
import io.terminator.testkit.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.OtherName;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Name constraints refuse what they exclude and nothing else (RFC 5280 section 4.2.1.10). */
class NameSubtreesTest {
  private static final int CHAINS = 400;

  private static final List<GeneralName> SUBTREES =
      List.of(
          dns(""),
          dns("a.test"),
          dns(".a.test"),
          dns("x.a.test"),
          dns("test"),
          mail("a.test"),
          mail(".a.test"),
          mail("bob@a.test"),
          directory("O=Acme"),
          directory("O=Acme,OU=People"),
          directory("O=Other"),
          uri("a.test"),
          uri(".a.test"),
          address("10.0.0.0/8"),
          address("2001:db8::/32"),
          address("0.0.0.0/0"));

  private static final List<X500Name> SUBJECTS =
      List.of(
          new X500Name(new RDN[0]),
          new X500Name("CN=alice"),
          new X500Name("CN=x.a.test"),
          new X500Name("CN=b.test"),
          new X500Name("CN=not a host.a.test"),
          new X500Name("O=Acme,CN=alice"),
          new X500Name("O=acme ,OU=People,CN=alice"),
          new X500Name("O=Other,CN=y.b.test"),
          new X500Name("O=Acme,CN=alice,E=bob@a.test"),
          new X500Name("CN=alice,E=eve@b.test"));

  private static final List<GeneralName> NAMES =
      List.of(
          dns("a.test"),
          dns("x.a.test"),
          dns("X.A.test"),
          dns("xa.test"),
          dns("b.other"),
          mail("bob@a.test"),
          mail("Bob@a.test"),
          mail("eve@x.a.test"),
          mail("eve@b.test"),
          uri("https://a.test/x"),
          uri("https://x.a.test:8443/x"),
          uri("spiffe://b.test/ns/app"),
          address("10.1.2.3"),
          address("192.0.2.1"),
          address("2001:db8::1"),
          address("::1"),
          directory("O=Acme,OU=People,CN=bob"),
          directory("O=Other"),
          smtp("eve@a.test"),
          smtp("eve@b.test"));

  private final KeyPair rootKey = KeyAlgorithm.ECDSA_P256.generate();
  private final KeyPair middleKey = KeyAlgorithm.ECDSA_P256.generate();
  private final KeyPair lastKey = KeyAlgorithm.ECDSA_P256.generate();
  private final KeyPair leafKey = KeyAlgorithm.ECDSA_P256.generate();

  @TempDir Path directory;

  private static GeneralName dns(String name) {
    return new GeneralName(GeneralName.dNSName, name);
  }

  private static GeneralName mail(String name) {
    return new GeneralName(GeneralName.rfc822Name, name);
  }

  private static GeneralName uri(String name) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, name);
  }

  private static GeneralName address(String name) {
    return new GeneralName(GeneralName.iPAddress, name);
  }

  private static GeneralName directory(String name) {
    return new GeneralName(new X500Name(name));
  }

  private static GeneralName smtp(String name) {
    return other("1.3.6.1.5.5.7.8.9", name);
  }

  private static GeneralName other(String oid, String text) {
    return new GeneralName(
        GeneralName.otherName,
        new OtherName(new ASN1ObjectIdentifier(oid), new DERUTF8String(text)));
  }

  @Test
  void decidesAsOpenSslDoes() throws Exception {
    Path openssl = Processes.assumeAvailable("openssl");
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int valid = 0;
    for (int i = 0; i < CHAINS; i++) {
      Forged root =
          forge("O=Acme,CN=Root", rootKey, null, random.nextInt(4) == 0 ? some(random) : null);
      Forged middle = forge("O=Acme,CN=Middle", middleKey, root, some(random));
      Forged last =
          random.nextBoolean()
              ? middle
              : forge(
                  random.nextBoolean() ? "O=Acme,CN=Middle" : "O=Acme,CN=Last",
                  lastKey,
                  middle,
                  random.nextBoolean() ? some(random) : null);
      Forged leaf = leaf(random, last);
      boolean expected = isValid(openssl, leaf, List.of(middle, last), root);
      valid += expected ? 1 : 0;
      assertThat(find(leaf, List.of(middle, last), root) == null)
          .as("seed %d, chain %d: %s", seed, i, text(leaf, last, middle, root))
          .isEqualTo(expected);
    }
    // Otherwise the table does not tell anything.
    assertThat(valid).as("seed %d", seed).isBetween(CHAINS / 10, CHAINS * 9 / 10);
  }

  private static NameConstraints some(Random random) {
    boolean isPermitted = random.nextInt(3) > 0;
    return new NameConstraints(
        isPermitted ? subtrees(random) : null,
        isPermitted && random.nextBoolean() ? null : subtrees(random));
  }

  private static GeneralSubtree[] subtrees(Random random) {
    GeneralSubtree[] some = new GeneralSubtree[1 + random.nextInt(3)];
    for (int i = 0; i < some.length; i++) {
      some[i] = new GeneralSubtree(SUBTREES.get(random.nextInt(SUBTREES.size())));
    }
    return some;
  }

  private static Forged forge(
      String name, KeyPair key, @Nullable Forged issuer, @Nullable NameConstraints names)
      throws Exception {
    CertificateForge forge = CertificateForge.of(new X500Name(name), key).authority();
    // OpenSSL tries one issuer of a name: the key identifiers tell it which.
    identify(forge, key, issuer == null ? key : issuer.key());
    if (issuer != null) {
      forge.signedBy(issuer);
    }
    return names == null
        ? forge.forge()
        : forge.extension(Extension.nameConstraints, true, names).forge();
  }

  private static void identify(CertificateForge forge, KeyPair key, KeyPair issuer)
      throws Exception {
    JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
    forge.extension(
        Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(key.getPublic()));
    forge.extension(
        Extension.authorityKeyIdentifier,
        false,
        utils.createAuthorityKeyIdentifier(issuer.getPublic()));
  }

  private Forged leaf(Random random, Forged issuer) throws Exception {
    X500Name subject = SUBJECTS.get(random.nextInt(SUBJECTS.size()));
    List<GeneralName> names = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      names.add(NAMES.get(random.nextInt(NAMES.size())));
    }
    if (subject.size() == 0 && names.isEmpty()) {
      names.add(mail("bob@a.test"));
    }
    CertificateForge forge = CertificateForge.of(subject, leafKey).forClients().signedBy(issuer);
    identify(forge, leafKey, issuer.key());
    if (!names.isEmpty()) {
      forge.extension(
          Extension.subjectAlternativeName,
          subject.size() == 0,
          new GeneralNames(names.toArray(GeneralName[]::new)));
    }
    return forge.forge();
  }

  private boolean isValid(Path openssl, Forged leaf, List<Forged> between, Forged root)
      throws Exception {
    Path trusted = Files.writeString(directory.resolve("root.pem"), root.pem());
    Path own = Files.writeString(directory.resolve("leaf.pem"), leaf.pem());
    Path others =
        Files.writeString(
            directory.resolve("between.pem"), between.get(0).pem() + between.get(1).pem());
    Process process =
        new ProcessBuilder(
                openssl.toString(),
                "verify",
                "-purpose",
                "sslclient",
                "-no-CApath",
                "-CAfile",
                trusted.toString(),
                "-untrusted",
                others.toString(),
                own.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor() == 0;
  }

  private static PathProblem find(Forged leaf, List<Forged> between, Forged root) throws Exception {
    return new PathSearch(
            Anchors.of(List.of(root.certificate())),
            Purpose.TLS_CLIENT,
            Instant.now(),
            (path, key) -> null)
        .find(leaf.certificate(), between.stream().map(Forged::certificate).toList());
  }

  private static String text(Forged... chain) throws Exception {
    StringBuilder text = new StringBuilder();
    for (Forged each : chain) {
      text.append('\n').append(each.name());
      append(text, each.certificate(), "2.5.29.17");
      append(text, each.certificate(), NameSubtrees.OID);
    }
    return text.toString();
  }

  private static void append(StringBuilder text, X509Certificate certificate, String extension)
      throws Exception {
    byte[] value = certificate.getExtensionValue(extension);
    if (value != null) {
      text.append(' ').append(ASN1Primitive.fromByteArray(octets(value)));
    }
  }

  private static byte[] octets(byte[] extension) {
    return ASN1OctetString.getInstance(extension).getOctets();
  }

  @Test
  void anEmptyDnsNameContainsEveryHost() throws Exception {
    assertThat(problem(null, "", "CN=alice")).isNull();
    assertThat(problem(null, "", "CN=alice", mail("alice@a.test"))).isNull();
    assertThat(problem(null, "", "CN=alice", dns("x.a.test"))).isEqualTo(PathProblem.CONSTRAINT);
    assertThat(problem("", null, "CN=alice", dns("x.a.test"))).isNull();
  }

  private PathProblem problem(
      @Nullable String permitted, @Nullable String excluded, String subject, GeneralName... names)
      throws Exception {
    return problem(
        permitted == null ? null : dns(permitted),
        excluded == null ? null : dns(excluded),
        new X500Name(subject),
        names);
  }

  private PathProblem problem(
      @Nullable GeneralName permitted,
      @Nullable GeneralName excluded,
      X500Name subject,
      GeneralName... names)
      throws Exception {
    NameConstraints constraints = new NameConstraints(subtrees(permitted), subtrees(excluded));
    Forged root = forge("CN=Root", rootKey, null, null);
    Forged middle = forge("CN=Middle", middleKey, root, constraints);
    CertificateForge leaf = CertificateForge.of(subject, leafKey).signedBy(middle);
    if (names.length > 0) {
      leaf.extension(
          Extension.subjectAlternativeName, subject.size() == 0, new GeneralNames(names));
    }
    PathProblem problem = find(leaf.forge(), List.of(middle), root);
    Forged constrained = forge("CN=Middle", middleKey, null, constraints);
    assertThat(find(leaf.forge(), List.of(), constrained)).as("as the anchor").isEqualTo(problem);
    return problem;
  }

  private static GeneralSubtree @Nullable [] subtrees(@Nullable GeneralName base) {
    return base == null ? null : new GeneralSubtree[] {new GeneralSubtree(base)};
  }

  @Test
  void aCommonNameIsAHostOnlyIfItLooksLikeOne() throws Exception {
    assertThat(problem("a.test", null, "CN=alice")).isNull();
    assertThat(problem("a.test", null, "CN=Alice Doe")).isNull();
    assertThat(problem("a.test", null, "O=Acme")).isNull();
    assertThat(problem(dns("a.test"), null, SUBJECTS.get(0), mail("a@b.test"))).isNull();
    assertThat(problem("a.test", null, "CN=x.a.test")).isNull();
    assertThat(problem("a.test", null, "CN=x.b.test")).isEqualTo(PathProblem.CONSTRAINT);
    assertThat(problem("a.test", null, "CN=x.b.test", dns("x.a.test"))).isNull();
    assertThat(problem(null, "a.test", "CN=alice", dns("x.a.test")))
        .isEqualTo(PathProblem.CONSTRAINT);
  }

  @Test
  void aTypeThatIsNotSupportedIsRefusedWhereItIsConstrained() throws Exception {
    GeneralName principal = other("1.3.6.1.4.1.311.20.2.3", "alice@a.test");
    GeneralName serial = other("1.3.6.1.4.1.55555.2", "4711");
    X500Name subject = new X500Name("CN=alice");
    assertThat(problem(principal, null, subject, principal)).isEqualTo(PathProblem.CONSTRAINT);
    assertThat(problem(null, principal, subject, principal)).isEqualTo(PathProblem.CONSTRAINT);
    assertThat(problem(principal, null, subject, serial)).isNull();
  }
}
