package io.terminator.tls.engine;

import java.util.List;

/**
 * What a context speaks, in BoringSSL's spelling. {@code ciphers} are those of TLS 1.2; the three of TLS 1.3 are always on.
 * {@code sessionContext} keeps sessions of different trust apart: a ticket resumes only where it is equal.
 */
public record TlsSettings(
    boolean tls12,
    boolean tls13,
    List<String> ciphers,
    List<String> groups,
    List<String> alpn,
    String sessionContext) {
  public TlsSettings {
    ciphers = List.copyOf(ciphers);
    groups = List.copyOf(groups);
    alpn = List.copyOf(alpn);
  }
}
