package io.terminator.tls.signing;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Signatures of one key with the schemes of RFC 8446 section 4.2.3. Thread-safe; usable after the
 * connection has ended.
 */
final class RsaSigner implements Signer {
  private final Provider provider;
  private final PrivateKey key;
  private final AtomicLong made;

  RsaSigner(Provider provider, PrivateKey key, AtomicLong made) {
    this.provider = provider;
    this.key = key;
    this.made = made;
  }

  @Override
  public byte[] sign(int scheme, byte[] input) throws GeneralSecurityException {
    Signature signature = signature(scheme);
    signature.initSign(key);
    signature.update(input);
    byte[] result = signature.sign();
    made.incrementAndGet();
    return result;
  }

  private Signature signature(int scheme) throws GeneralSecurityException {
    return switch (scheme) {
      case 0x0804 -> pss("SHA-256", MGF1ParameterSpec.SHA256, 32);
      case 0x0805 -> pss("SHA-384", MGF1ParameterSpec.SHA384, 48);
      case 0x0806 -> pss("SHA-512", MGF1ParameterSpec.SHA512, 64);
      case 0x0401 -> Signature.getInstance("SHA256withRSA", provider);
      case 0x0501 -> Signature.getInstance("SHA384withRSA", provider);
      case 0x0601 -> Signature.getInstance("SHA512withRSA", provider);
      case 0x0201 -> Signature.getInstance("SHA1withRSA", provider);
      default ->
          throw new SignatureException("scheme 0x" + Integer.toHexString(scheme) + " is not RSA");
    };
  }

  private Signature pss(String hash, MGF1ParameterSpec mask, int length)
      throws GeneralSecurityException {
    Signature signature = Signature.getInstance("RSASSA-PSS", provider);
    signature.setParameter(new PSSParameterSpec(hash, "MGF1", mask, length, 1));
    return signature;
  }
}
