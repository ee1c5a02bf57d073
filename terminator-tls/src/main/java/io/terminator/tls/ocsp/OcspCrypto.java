package io.terminator.tls.ocsp;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.AlgorithmParameters;
import java.security.DigestOutputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.PSSParameterSpec;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.OperatorCreationException;

/**
 * Provides the JDK's signatures and digests to Bouncy Castle's OCSP code, whose own would pull in
 * most of its provider. Thread-safe.
 */
final class OcspCrypto {
  private OcspCrypto() {}

  /** Whether {@code signature} of {@code content} was made by the key of {@code signer}. */
  static boolean isSigned(
      byte[] content, AlgorithmIdentifier algorithm, byte[] signature, X509CertificateHolder signer)
      throws GeneralSecurityException, IOException {
    Signature verifier = Signature.getInstance(algorithm.getAlgorithm().getId());
    verifier.initVerify(
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(signer.getEncoded()))
            .getPublicKey());
    if (algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_RSASSA_PSS)) {
      AlgorithmParameters pss = AlgorithmParameters.getInstance("RSASSA-PSS");
      pss.init(algorithm.getParameters().toASN1Primitive().getEncoded());
      verifier.setParameter(pss.getParameterSpec(PSSParameterSpec.class));
    }
    verifier.update(content);
    return verifier.verify(signature);
  }

  static DigestCalculatorProvider digests() {
    return algorithm -> {
      try {
        return new Digest(algorithm, MessageDigest.getInstance(algorithm.getAlgorithm().getId()));
      } catch (NoSuchAlgorithmException unknown) {
        throw new OperatorCreationException("digest " + algorithm.getAlgorithm(), unknown);
      }
    };
  }

  private static final class Digest implements DigestCalculator {
    private final AlgorithmIdentifier algorithm;
    private final MessageDigest digest;

    Digest(AlgorithmIdentifier algorithm, MessageDigest digest) {
      this.algorithm = algorithm;
      this.digest = digest;
    }

    @Override
    public AlgorithmIdentifier getAlgorithmIdentifier() {
      return algorithm;
    }

    @Override
    public OutputStream getOutputStream() {
      return new DigestOutputStream(OutputStream.nullOutputStream(), digest);
    }

    /** Also resets the digest, because it is used more than once. */
    @Override
    public byte[] getDigest() {
      return digest.digest();
    }
  }
}
