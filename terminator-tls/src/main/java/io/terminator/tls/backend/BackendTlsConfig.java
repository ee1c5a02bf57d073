package io.terminator.tls.backend;

import io.terminator.core.chain.LayerConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TLS settings for the servers of a backend. If {@code authorities} is null, the authorities of the
 * Java runtime are trusted. If {@code name} is null, the certificate must match the name sent as
 * SNI, or else the server's host. If {@code alpn} is null, the protocol that the client negotiated
 * is offered. {@code certificate} and {@code key} are both set or both null.
 */
public record BackendTlsConfig(
    boolean verify,
    @Nullable Path authorities,
    Sni sni,
    @Nullable String name,
    @Nullable Path certificate,
    @Nullable Path key,
    @Nullable List<String> alpn)
    implements LayerConfig {

  /** The name that is sent as SNI. */
  public record Sni(Source source, @Nullable String name) {
    /** The source of the name. */
    public enum Source {
      /** The server's host, unless it is an IP address. */
      SERVER,
      /** The name that the client sent as SNI. */
      CLIENT,
      NONE,
      NAMED
    }

    public static final Sni SERVER = new Sni(Source.SERVER, null);
  }

  /** Verifies servers; everything else has its default. */
  public static final BackendTlsConfig DEFAULT =
      new BackendTlsConfig(true, null, Sni.SERVER, null, null, null, null);

  public BackendTlsConfig {
    alpn = alpn == null ? null : List.copyOf(alpn);
  }

  /**
   * Accepts any certificate: for checking whether a server speaks TLS at all. Clients choose the
   * name, as they do where their TLS is passed through.
   */
  public static BackendTlsConfig anybody() {
    return new BackendTlsConfig(
        false, null, new Sni(Sni.Source.CLIENT, null), null, null, null, List.of());
  }

  /** Returns a copy that offers these protocols. */
  public BackendTlsConfig offering(List<String> protocols) {
    return new BackendTlsConfig(verify, authorities, sni, name, certificate, key, protocols);
  }
}
