package io.terminator.admin.acme;

/** The ways to prove control of a name that are supported here. */
public enum ChallengeType {
  /** In the TLS handshake, on the listener's own port (RFC 8737). */
  TLS_ALPN_01("tls-alpn-01"),
  /** By plain HTTP on port 80 (RFC 8555 section 8.3). */
  HTTP_01("http-01"),
  /** By a TXT record, which a hook adds (RFC 8555 section 8.4). Also for wildcards. */
  DNS_01("dns-01"),
  /**
   * By a TXT record that an operator sets once (draft-ietf-acme-dns-persist). Also for wildcards.
   */
  DNS_PERSIST_01(PersistChallenge.TYPE);

  private final String label;

  ChallengeType(String label) {
    this.label = label;
  }

  /** The name in the protocol and in the configuration. */
  public String label() {
    return label;
  }
}
