package io.terminator.tls.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The protocol settings of a context, in BoringSSL's notation. {@code ciphers} are those of TLS
 * 1.2; the three of TLS 1.3 are always on. {@code sessionContext} separates sessions with different
 * trust: a ticket resumes only where it is equal. With a {@code clientCheck}, which requests client
 * certificates, no session resumes. {@code recordSize} is the maximum plaintext in a sent record,
 * in bytes.
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
  /** Without the settings that only a server has. */
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

  /** The same settings for the sessions of another context. */
  public TlsSettings of(String context) {
    return context.equals(sessionContext)
        ? this
        : new TlsSettings(
            tls12, tls13, ciphers, groups, alpn, compressChains, recordSize, clientCheck, context);
  }

  public TlsSettings {
    ciphers = List.copyOf(ciphers);
    groups = List.copyOf(groups);
    alpn = List.copyOf(alpn);
  }
}
