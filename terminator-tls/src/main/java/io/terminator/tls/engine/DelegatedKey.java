package io.terminator.tls.engine;

import io.netty.internal.tcnative.SSLPrivateKeyMethod;
import io.terminator.tls.signing.Signer;
import java.security.GeneralSecurityException;
import java.security.SignatureException;

/**
 * A private key outside BoringSSL. It may be called after the connection at {@code ssl} was freed,
 * so it must not access it.
 */
final class DelegatedKey implements SSLPrivateKeyMethod {
  private final Signer signer;

  DelegatedKey(Signer signer) {
    this.signer = signer;
  }

  @Override
  public byte[] sign(long ssl, int scheme, byte[] input) throws GeneralSecurityException {
    return signer.sign(scheme, input);
  }

  @Override
  public byte[] decrypt(long ssl, byte[] input) throws SignatureException {
    throw new SignatureException("no suite with RSA key exchange is ever on");
  }
}
