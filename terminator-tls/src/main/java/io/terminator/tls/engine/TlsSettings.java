package io.terminator.tls.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a context speaks, in BoringSSL's spelling. {@code ciphers} are those of TLS 1.2; the three of TLS 1.3 are always on.
 * {@code sessionContext} keeps sessions of different trust apart: a ticket resumes only where it is equal, and
 * with {@code clientCheck}, which asks for client certificates, nothing resumes. {@code recordSize} is the most plaintext in a
 * record that we send.
 */
public record TlsSettings(
    boolean tls12,
    boolean tls13,
    List<String> ciphers,
    List<String> groups,
    List<String> alpn,
    boolean compressChains,
    int recordSize,
    @Nullable ClientCheck clientCheck,
    String sessionContext) {
  /** With nothing that only a server decides. */
  public TlsSettings(
      boolean tls12,
      boolean tls13,
      List<String> ciphers,
      List<String> groups,
      List<String> alpn,
      String sessionContext) {
    this(
        tls12, tls13, ciphers, groups, alpn, false, TlsStream.LARGEST_RECORD, null, sessionContext);
  }

  public TlsSettings {
    ciphers = List.copyOf(ciphers);
    groups = List.copyOf(groups);
    alpn = List.copyOf(alpn);
  }
}
