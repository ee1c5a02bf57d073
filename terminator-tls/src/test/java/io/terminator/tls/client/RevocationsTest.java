package io.terminator.tls.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.CertificateForge;
import io.terminator.testkit.CertificateForge.Forged;
import io.terminator.tls.path.PathProblem;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.util.List;
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
    X509CRL foreign = rolled.list(1, NOW);
    X509CRL own = issuer.list(1, NOW);
    Revocations revocations = new Revocations(List.of(foreign, own));
    assertThat(revocations.isForeign(foreign)).isFalse();
    revocations.learn(
        issuer.certificate().getSubjectX500Principal(), List.of(issuer.key().getPublic()));
    assertThat(revocations.isForeign(foreign)).isTrue();
    assertThat(revocations.isForeign(own)).isFalse();
  }

  private boolean isRevoked(X509CRL... lists) {
    return new Revocations(List.of(lists))
            .problem(List.of(alice.certificate()), issuer.key().getPublic())
        == PathProblem.REVOKED;
  }
}
