package io.terminator.tls.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.testkit.CertificateForge;
import io.terminator.testkit.CertificateForge.Forged;
import io.terminator.tls.path.PathProblem;
import java.math.BigInteger;
import java.security.cert.CRLException;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.junit.jupiter.api.Test;

/** Of the CRLs of one issuer, the newest applies (RFC 5280 sections 5.3.1 and 6.3.3). */
class RevocationsTest {
  private static final Instant NOW = Instant.now();
  private static final Instant BEFORE = NOW.minusSeconds(3600);
  private static final int KEY_COMPROMISE = 1;
  private static final int REMOVE = 8;

  private final Forged issuer = CertificateForge.of("Issuer").authority().forge();
  private final Forged alice = CertificateForge.of("alice").signedBy(issuer).forge();

  @Test
  void anEntryThatTheNewerListNoLongerHasDoesNotRevoke() {
    X509CRL held = issuer.list(1, BEFORE, alice.certificate());
    X509CRL lifted = issuer.list(2, NOW);
    assertThat(isRevoked(held)).isTrue();
    assertThat(isRevoked(held, lifted)).isFalse();
    assertThat(isRevoked(lifted, held)).isFalse();
    assertThat(isRevoked(issuer.list(1, BEFORE), issuer.list(2, NOW, alice.certificate())))
        .isTrue();
  }

  @Test
  void aForgedNewerListLiftsNothing() {
    Forged impostor = CertificateForge.of("Issuer").authority().forge();
    X509CRL held = issuer.list(1, BEFORE, alice.certificate());
    assertThat(isRevoked(held, impostor.list(9, NOW))).isTrue();
    assertThat(isRevoked(impostor.list(9, NOW, alice.certificate()))).isFalse();
  }

  @Test
  void aDeltaAddsAndTakesOff() {
    X509CRL empty = issuer.list(5, BEFORE);
    X509CRL held = issuer.list(5, BEFORE, alice.certificate());
    X509CRL adds = issuer.delta(6, 5, NOW, KEY_COMPROMISE, alice.certificate());
    X509CRL takesOff = issuer.delta(6, 5, NOW, REMOVE, alice.certificate());
    assertThat(isRevoked(empty, adds)).isTrue();
    assertThat(isRevoked(held, takesOff)).isFalse();
    assertThat(isRevoked(takesOff)).isFalse();
    // A complete CRL that is newer than the delta applies alone.
    assertThat(isRevoked(issuer.list(7, NOW), adds)).isFalse();
    // A delta to a later complete CRL than the present one removes nothing.
    assertThat(isRevoked(held, issuer.delta(9, 8, NOW, REMOVE, alice.certificate()))).isTrue();
  }

  @Test
  void aListOfNobodyIsFoundOut() {
    Forged rolled = CertificateForge.of("Issuer").authority().forge();
    RevocationList foreign = read(rolled.list(1, NOW)).get(0);
    RevocationList own = read(issuer.list(1, NOW)).get(0);
    Revocations revocations = new Revocations(List.of(foreign, own));
    assertThat(revocations.isForeign(foreign)).isFalse();
    revocations.learn(
        issuer.certificate().getSubjectX500Principal(), List.of(issuer.key().getPublic()));
    assertThat(revocations.isForeign(foreign)).isTrue();
    assertThat(revocations.isForeign(own)).isFalse();
  }

  /** Each delta CRL has only the changes since its base (RFC 5280 section 5.2.4). */
  @Test
  void deltasApplyOneAfterTheOther() {
    X509CRL empty = issuer.list(5, BEFORE.minusSeconds(9));
    X509CRL held = issuer.list(5, BEFORE.minusSeconds(9), alice.certificate());
    X509CRL adds = issuer.delta(8, 5, BEFORE, KEY_COMPROMISE, alice.certificate());
    X509CRL takesOff = issuer.delta(8, 5, BEFORE, REMOVE, alice.certificate());
    X509CRL other = issuer.delta(9, 8, NOW, KEY_COMPROMISE, issuer.certificate());
    assertThat(isRevoked(empty, adds, other)).isTrue();
    assertThat(isRevoked(other, adds, empty)).isTrue();
    assertThat(isRevoked(held, takesOff, other)).isFalse();
    assertThat(
            isRevoked(held, takesOff, issuer.delta(9, 8, NOW, KEY_COMPROMISE, alice.certificate())))
        .isTrue();
    assertThat(isRevoked(empty, adds, issuer.delta(9, 8, NOW, REMOVE, alice.certificate())))
        .isFalse();
    // The delta between the complete CRL and this one is missing.
    assertThat(isRevoked(held, issuer.delta(9, 8, NOW, REMOVE, alice.certificate()))).isTrue();
    assertThat(isRevoked(issuer.list(9, NOW), adds)).isFalse();
  }

  /** A CA is known by its name, whatever key it has (RFC 5280 section 6.3.3). */
  @Test
  void aListByTheNewKeyOfTheIssuerRevokesWhatTheOldKeySigned() {
    Forged renewed = CertificateForge.of("Issuer").authority().forge();
    X509CRL list = renewed.list(2, NOW, alice.certificate());
    assertThat(isRevoked(list)).isFalse();
    assertThat(isRevoked(List.of(issuer, renewed), list)).isTrue();
    // Another CA of the same name may use the same serial numbers: a CRL by the key itself applies.
    assertThat(isRevoked(List.of(issuer, renewed), list, issuer.list(1, NOW))).isFalse();
  }

  @Test
  void anIndirectListRevokesCertificatesOfTheIssuersThatItNames() {
    Forged central = CertificateForge.of("Central").authority().forge();
    X509CRL list =
        central.list(
            NOW,
            builder -> {
              builder.addExtension(
                  Extension.issuingDistributionPoint,
                  true,
                  new IssuingDistributionPoint(null, true, false));
              builder.addCRLEntry(
                  alice.certificate().getSerialNumber(),
                  Date.from(NOW),
                  new Extensions(
                      new Extension(
                          Extension.certificateIssuer,
                          true,
                          new GeneralNames(new GeneralName(issuer.name())).getEncoded())));
            });
    assertThat(isRevoked(List.of(issuer), list)).isFalse();
    assertThat(isRevoked(List.of(issuer, central), list)).isTrue();
    Forged bob =
        CertificateForge.of("bob")
            .signedBy(CertificateForge.of("Another").authority().forge())
            .forge();
    assertThat(
            revocations(List.of(issuer, central), list)
                .problem(List.of(bob.certificate()), issuer.key().getPublic()))
        .isNull();
  }

  @Test
  void aListOfAttributeCertificatesRevokesNothing() {
    X509CRL list =
        issuer.list(
            NOW,
            builder -> {
              builder.addExtension(
                  Extension.issuingDistributionPoint,
                  true,
                  new IssuingDistributionPoint(null, false, false, null, false, true));
              builder.addCRLEntry(
                  alice.certificate().getSerialNumber(), Date.from(NOW), KEY_COMPROMISE);
            });
    assertThat(isRevoked(list)).isFalse();
  }

  /** RFC 5280 sections 5.2 and 5.3: such a CRL must not be used. */
  @Test
  void aListWithAnUnknownCriticalExtensionIsNotUsable() throws Exception {
    ASN1ObjectIdentifier unknown = new ASN1ObjectIdentifier("1.3.6.1.4.1.55555.1");
    X509CRL critical =
        issuer.list(NOW, builder -> builder.addExtension(unknown, true, new ASN1Integer(1)));
    X509CRL criticalEntry =
        issuer.list(
            NOW,
            builder ->
                builder.addCRLEntry(
                    BigInteger.ONE,
                    Date.from(NOW),
                    new Extensions(new Extension(unknown, true, new ASN1Integer(1).getEncoded()))));
    X509CRL harmless =
        issuer.list(NOW, builder -> builder.addExtension(unknown, false, new ASN1Integer(1)));
    assertThatThrownBy(() -> TrustFiles.revocations(critical.getEncoded()))
        .isInstanceOf(TrustException.class)
        .hasMessageContainingAll("CN=Issuer", unknown.getId(), "RFC 5280");
    assertThatThrownBy(() -> TrustFiles.revocations(criticalEntry.getEncoded()))
        .isInstanceOf(TrustException.class)
        .hasMessageContainingAll("CN=Issuer", unknown.getId(), "entry");
    assertThat(TrustFiles.revocations(harmless.getEncoded())).hasSize(1);
  }

  private boolean isRevoked(List<Forged> known, X509CRL... lists) {
    return revocations(known, lists).problem(List.of(alice.certificate()), issuer.key().getPublic())
        == PathProblem.REVOKED;
  }

  private static Revocations revocations(List<Forged> known, X509CRL... lists) {
    Revocations revocations = new Revocations(read(lists));
    for (Forged each : known) {
      revocations.learn(
          each.certificate().getSubjectX500Principal(), List.of(each.key().getPublic()));
    }
    return revocations;
  }

  private boolean isRevoked(X509CRL... lists) {
    return new Revocations(read(lists))
            .problem(List.of(alice.certificate()), issuer.key().getPublic())
        == PathProblem.REVOKED;
  }

  private static List<RevocationList> read(X509CRL... lists) {
    List<RevocationList> read = new ArrayList<>();
    for (X509CRL each : lists) {
      try {
        read.add(RevocationList.of(each.getEncoded()));
      } catch (CRLException impossible) {
        throw new IllegalStateException("a list of the testkit", impossible);
      }
    }
    return read;
  }
}
