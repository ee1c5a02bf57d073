package io.terminator.tls.engine;

import org.jspecify.annotations.Nullable;

/**
 * A certificate chain, leaf first, and its private key, both as PEM, and the OCSP response in DER that is stapled where a
 * client asks (RFC 6066 section 8). Never printed.
 */
public record KeyPair(byte[] chainPem, byte[] keyPem, byte @Nullable [] staple) {
  /** Without a staple. */
  public KeyPair(byte[] chainPem, byte[] keyPem) {
    this(chainPem, keyPem, null);
  }

  @Override
  public String toString() {
    return "KeyPair[chain " + chainPem.length + " bytes, key redacted]";
  }
}
