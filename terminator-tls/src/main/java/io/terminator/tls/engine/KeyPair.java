package io.terminator.tls.engine;

import io.terminator.tls.signing.Signer;
import org.jspecify.annotations.Nullable;

/**
 * A certificate chain, leaf first, and its private key, both as PEM, and the OCSP response in DER that is stapled where a
 * client asks (RFC 6066 section 8). A {@code signer} signs in BoringSSL's place, which then never has the key; of the pairs
 * of a context one may have it. Never printed.
 */
public record KeyPair(
    byte[] chainPem, byte[] keyPem, byte @Nullable [] staple, @Nullable Signer signer) {
  /** With neither staple nor signer. */
  public KeyPair(byte[] chainPem, byte[] keyPem) {
    this(chainPem, keyPem, null, null);
  }

  @Override
  public String toString() {
    return "KeyPair[chain " + chainPem.length + " bytes, key redacted]";
  }
}
