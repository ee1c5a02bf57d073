package io.terminator.tls.ocsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.testkit.CertificateForge;
import io.terminator.testkit.CertificateForge.Forged;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.jcajce.JcaRespID;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Responses in the forms that real responders send (RFC 6960 section 4.2). */
class OcspQuestionTest {
  private static final AlgorithmIdentifier SHA256 =
      new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256);
  private static final Instant NOW = Instant.now();

  private final Forged issuer = CertificateForge.of("Issuer").authority().forge();
  private final Forged leaf = CertificateForge.of("leaf").signedBy(issuer).forge();
  private final Forged delegate =
      CertificateForge.of("Responder").forOcsp().signedBy(issuer).forge();
  private final Forged stranger = CertificateForge.of("Stranger").forOcsp().forge();

  @Test
  void aDelegatedSignerByKeyWithSeveralResponsesCounts() throws Exception {
    for (AlgorithmIdentifier hash : new AlgorithmIdentifier[] {CertificateID.HASH_SHA1, SHA256}) {
      for (boolean byKey : new boolean[] {true, false}) {
        byte[] response = response(delegate, byKey, hash, NOW.plusSeconds(3600), true);
        assertThat(question().judge(response, NOW).expires())
            .isBetween(NOW.plusSeconds(3590), NOW.plusSeconds(3600));
        assertThat(question().judge(response(issuer, byKey, hash, null, false), NOW).expires())
            .isAfter(NOW.plusSeconds(3600));
      }
    }
  }

  @Test
  void aSignerWithoutTheIssuersWordDoesNot() throws Exception {
    byte[] response = response(stranger, true, SHA256, NOW.plusSeconds(3600), true);
    assertThatThrownBy(() -> question().judge(response, NOW))
        .isInstanceOf(StapleException.class)
        .hasMessageContaining("not signed");
  }

  private OcspQuestion question() throws Exception {
    return new OcspQuestion(
        new JcaX509CertificateHolder(leaf.certificate()),
        new JcaX509CertificateHolder(issuer.certificate()));
  }

  private byte[] response(
      Forged signer,
      boolean byKey,
      AlgorithmIdentifier hash,
      @Nullable Instant until,
      boolean several)
      throws Exception {
    var digests = new JcaDigestCalculatorProviderBuilder().build();
    RespID id =
        byKey
            ? new JcaRespID(
                signer.certificate().getPublicKey(), digests.get(CertificateID.HASH_SHA1))
            : new JcaRespID(signer.certificate().getSubjectX500Principal());
    BasicOCSPRespBuilder builder = new BasicOCSPRespBuilder(id);
    X509CertificateHolder above = new JcaX509CertificateHolder(issuer.certificate());
    Date from = Date.from(NOW.minusSeconds(60));
    Date next = until == null ? null : Date.from(until);
    if (several) {
      builder.addResponse(
          new CertificateID(digests.get(hash), above, BigInteger.TEN),
          new RevokedStatus(from, 1),
          from,
          next);
    }
    builder.addResponse(
        new CertificateID(digests.get(hash), above, leaf.certificate().getSerialNumber()),
        CertificateStatus.GOOD,
        from,
        next);
    var basic =
        builder.build(
            new JcaContentSignerBuilder("SHA256withECDSA").build(signer.key().getPrivate()),
            new X509CertificateHolder[] {new JcaX509CertificateHolder(signer.certificate())},
            from);
    return new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, basic).getEncoded();
  }
}
