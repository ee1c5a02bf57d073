package io.terminator.tls.engine;

import io.terminator.tls.signing.Signer;
import org.jspecify.annotations.Nullable;

/**
 * A certificate chain, leaf first, and its private key, both as PEM, and the OCSP response in DER
 * that is stapled on request (RFC 6066 section 8). A {@code signer} signs instead of BoringSSL,
 * which then does not get the key; at most one pair of a context may have a signer. Must never be
 * printed.
 */
public record KeyPair(
    byte[] chainPem, byte[] keyPem, byte @Nullable [] staple, @Nullable Signer signer) {
  /** A pair without a staple or a signer. */
  public KeyPair(byte[] chainPem, byte[] keyPem) {
    this(chainPem, keyPem, null, null);
  }

  @Override
  public String toString() {
    return "KeyPair[chain " + chainPem.length + " bytes, key redacted]";
  }
}
