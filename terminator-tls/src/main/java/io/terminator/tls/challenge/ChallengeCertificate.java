package io.terminator.tls.challenge;

/**
 * The self-signed certificate that answers a TLS-ALPN-01 challenge (RFC 8737 section 3). {@code
 * serverName} is what the authority sends as server name: the name, or the reverse mapping of an
 * address (RFC 8738 section 6). PEM; the arrays must not be modified.
 */
public record ChallengeCertificate(String serverName, byte[] chainPem, byte[] keyPem) {
  /** The only protocol that such a handshake offers. */
  public static final String PROTOCOL = "acme-tls/1";

  /** Without the key. */
  @Override
  public String toString() {
    return "ChallengeCertificate[" + serverName + ", key redacted]";
  }
}
