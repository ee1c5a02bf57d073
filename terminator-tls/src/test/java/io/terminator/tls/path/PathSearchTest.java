package io.terminator.tls.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.CertificateForge;
import io.terminator.testkit.CertificateForge.Forged;
import io.terminator.testkit.KeyAlgorithm;
import io.terminator.testkit.Validity;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CertificatePolicies;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.PolicyInformation;
import org.bouncycastle.asn1.x509.PolicyQualifierInfo;
import org.junit.jupiter.api.Test;

/** One valid path is enough, regardless of the other certificates (RFC 5280 section 6). */
class PathSearchTest {
  private final Forged root = CertificateForge.of("Root").authority().forge();
  private final Forged middle = CertificateForge.of("Middle").authority().signedBy(root).forge();
  private final Forged leaf = CertificateForge.of("leaf").forClients().signedBy(middle).forge();
  private int asked;

  @Test
  void orderRepetitionAndStrangersDoNotMatter() throws Exception {
    Forged stranger = CertificateForge.of("Stranger").authority().forge();
    Forged old = CertificateForge.of("Old").authority().forge();
    Forged cross = CertificateForge.of("Root", root.key()).authority().signedBy(old).forge();
    Forged expiredCross =
        CertificateForge.of("Root", root.key())
            .authority()
            .validity(Validity.expired())
            .signedBy(old)
            .forge();
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<Forged> all =
        new ArrayList<>(List.of(middle, middle, stranger, cross, expiredCross, root));
    for (int i = 0; i < 30; i++) {
      Collections.shuffle(all, random);
      assertThat(find(all, root)).as("seed %d, round %d, %s", seed, i, names(all)).isNull();
      assertThat(find(all, old)).as("seed %d, round %d, %s", seed, i, names(all)).isNull();
      assertThat(find(all, root, old)).as("seed %d, round %d", seed, i).isNull();
    }
  }

  private static List<X509Certificate> certificates(List<Forged> all) {
    return all.stream().map(Forged::certificate).toList();
  }

  private static List<String> names(List<Forged> all) {
    return certificates(all).stream()
        .map(each -> each.getSubjectX500Principal().getName())
        .toList();
  }

  @Test
  void ofTwoIssuersWithOneNameTheOneThatSignedIsFound() throws Exception {
    Forged other = CertificateForge.of("Middle").authority().signedBy(root).forge();
    assertThat(find(List.of(other, middle), root)).isNull();
    assertThat(find(List.of(middle, other), root)).isNull();
    assertThat(find(List.of(other), root)).isEqualTo(PathProblem.UNTRUSTED);
    Forged sameName = CertificateForge.of("Root").authority().forge();
    assertThat(find(List.of(middle), sameName, root)).isNull();
    assertThat(find(List.of(middle), sameName)).isEqualTo(PathProblem.UNTRUSTED);
  }

  @Test
  void anIssuerBetweenMayBeTheAnchor() throws Exception {
    assertThat(find(List.of(), middle)).isNull();
    assertThat(find(List.of(), root)).isEqualTo(PathProblem.UNTRUSTED);
  }

  @Test
  void aLadderOfRivalsIsGivenUpAtABound() throws Exception {
    // All have the same name, and each is signed by an unknown key: every path costs a signature
    // and fails.
    List<Forged> rivals = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      rivals.add(
          CertificateForge.of("Middle")
              .authority()
              .signedBy(root.name(), KeyAlgorithm.ECDSA_P256.generate())
              .forge());
    }
    assertThat(find(rivals, root, CertificateForge.of("Root").authority().forge()))
        .isIn(PathProblem.TOO_MANY_PATHS, PathProblem.UNTRUSTED);
    // All have the same name and were issued by it: nine of them allow a million orders.
    List<Forged> ring = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      KeyPair key = KeyAlgorithm.ECDSA_P256.generate();
      ring.add(CertificateForge.of("Ring", key).authority().forge());
    }
    Forged lost = CertificateForge.of("lost").signedBy(ring.get(0)).forge();
    long start = System.nanoTime();
    assertThat(find(lost, ring, root)).isEqualTo(PathProblem.TOO_MANY_PATHS);
    assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
  }

  @Test
  void theReasonIsTheMostTelling() throws Exception {
    assertThat(problem(CertificateForge.of("x").forServers())).isEqualTo(PathProblem.PURPOSE);
    assertThat(problem(CertificateForge.of("x").keyUsage(KeyUsage.keyAgreement)))
        .isEqualTo(PathProblem.KEY_USAGE);
    assertThat(problem(CertificateForge.of("x").unknownExtension(true, 8)))
        .isEqualTo(PathProblem.EXTENSION);
    assertThat(problem(CertificateForge.of("x").unknownExtension(false, 8))).isNull();
    assertThat(problem(CertificateForge.of("x").validity(Validity.expired())))
        .isEqualTo(PathProblem.EXPIRED);
    assertThat(problem(CertificateForge.of("x").validity(Validity.notYet())))
        .isEqualTo(PathProblem.EXPIRED);
    assertThat(problem(CertificateForge.of("x", weak()))).isEqualTo(PathProblem.KEY);
    Forged noIssuer = CertificateForge.of("Middle", middle.key()).signedBy(root).forge();
    assertThat(find(List.of(noIssuer), root)).isEqualTo(PathProblem.CONSTRAINT);
    Forged expired =
        CertificateForge.of("Middle", middle.key())
            .authority()
            .validity(Validity.expired())
            .signedBy(root)
            .forge();
    assertThat(find(List.of(expired), root)).isEqualTo(PathProblem.EXPIRED);
    assertThat(find(List.of(expired, middle), root)).isNull();
  }

  private static KeyPair weak() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(512);
    return generator.generateKeyPair();
  }

  private PathProblem problem(CertificateForge forge) throws Exception {
    return find(forge.signedBy(middle).forge(), List.of(middle), root);
  }

  @Test
  void theAnchorsOwnLimitsCount() throws Exception {
    Forged direct = CertificateForge.of("Short").authority(0).forge();
    Forged one = CertificateForge.of("One").authority().signedBy(direct).forge();
    assertThat(find(CertificateForge.of("x").signedBy(direct).forge(), List.of(), direct)).isNull();
    assertThat(find(CertificateForge.of("x").signedBy(one).forge(), List.of(one), direct))
        .isEqualTo(PathProblem.CONSTRAINT);

    Forged limited = CertificateForge.of("Limited").authority().permitting("a.test").forge();
    assertThat(named("x.a.test", limited)).isNull();
    assertThat(named("x.b.test", limited)).isEqualTo(PathProblem.CONSTRAINT);
    assertThat(Anchors.of(List.of(limited.certificate())).isConstrained()).isTrue();
    assertThat(Anchors.of(List.of(root.certificate())).isConstrained()).isFalse();
  }

  private PathProblem named(String name, Forged issuer) throws Exception {
    return find(CertificateForge.of("x").names(name).signedBy(issuer).forge(), List.of(), issuer);
  }

  @Test
  void aConstraintDoesNotHideAnotherPath() throws Exception {
    Forged narrow =
        CertificateForge.of("Middle", middle.key())
            .authority()
            .extension(
                Extension.nameConstraints,
                true,
                new NameConstraints(
                    new GeneralSubtree[] {
                      new GeneralSubtree(new GeneralName(new X500Name("O=Other")))
                    },
                    null))
            .signedBy(root)
            .forge();
    assertThat(find(List.of(narrow), root)).isEqualTo(PathProblem.CONSTRAINT);
    assertThat(find(List.of(narrow, middle), root)).isNull();
  }

  @Test
  void aCriticalPolicyMayHaveQualifiers() throws Exception {
    PolicyInformation policy =
        new PolicyInformation(
            new ASN1ObjectIdentifier("1.2.3.4"),
            new DERSequence(new PolicyQualifierInfo("https://policy.test/cps")));
    assertThat(
            problem(
                CertificateForge.of("x")
                    .extension(
                        Extension.certificatePolicies, true, new CertificatePolicies(policy))))
        .isNull();
  }

  @Test
  void whatOnePathIsRefusedForAnotherMayNotHave() throws Exception {
    Forged again = CertificateForge.of("Middle", middle.key()).authority().signedBy(root).forge();
    PathSearch search =
        new PathSearch(
            Anchors.of(List.of(root.certificate())),
            Purpose.TLS_CLIENT,
            Instant.now(),
            (path, key) -> {
              asked++;
              return path.contains(middle.certificate()) ? PathProblem.REVOKED : null;
            });
    assertThat(search.find(leaf.certificate(), List.of(middle.certificate(), again.certificate())))
        .isNull();
    assertThat(asked).isEqualTo(2);
  }

  private PathProblem find(List<Forged> shown, Forged... trusted) throws Exception {
    return find(leaf, shown, trusted);
  }

  private static PathProblem find(Forged leaf, List<Forged> shown, Forged... trusted)
      throws Exception {
    return new PathSearch(
            Anchors.of(certificates(Arrays.asList(trusted))),
            Purpose.TLS_CLIENT,
            Instant.now(),
            (path, key) -> null)
        .find(leaf.certificate(), certificates(shown));
  }
}
