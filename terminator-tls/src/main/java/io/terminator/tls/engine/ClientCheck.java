package io.terminator.tls.engine;

/**
 * Requests and verifies client certificates. Any worker; {@link #judge} is called during a
 * handshake and must not block.
 */
public interface ClientCheck {

  /** Whether a client without a certificate is refused. */
  boolean isRequired();

  /**
   * The issuers sent in the CertificateRequest, as PEM; empty means that any issuer is acceptable.
   */
  byte[] authoritiesPem();

  /** {@code chain} is DER, leaf first, as the client sent it. */
  ClientVerdict judge(byte[][] chain);
}
