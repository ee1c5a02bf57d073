package io.terminator.tls.backend;

import io.terminator.core.chain.LayerConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How TLS is spoken with a backend's servers. {@code authorities} null trusts what the Java runtime trusts, {@code name}
 * null expects the certificate to be for the name that is sent as SNI or else for the server's host, {@code alpn} null
 * offers what the client agreed on with us. {@code certificate} and {@code key} are both there or both null.
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

  /** Which name the server is asked for. */
  public record Sni(Source source, @Nullable String name) {
    /** Where the name comes from. */
    public enum Source {
      /** The server's host, unless that is an address. */
      SERVER,
      /** What the client asked us for. */
      CLIENT,
      NONE,
      NAMED
    }

    public static final Sni SERVER = new Sni(Source.SERVER, null);
  }

  /** Verifying, with nothing else said. */
  public static final BackendTlsConfig DEFAULT =
      new BackendTlsConfig(true, null, Sni.SERVER, null, null, null, null);

  public BackendTlsConfig {
    alpn = alpn == null ? null : List.copyOf(alpn);
  }

  /** Any certificate will do: for asking whether somebody speaks TLS at all. */
  public static BackendTlsConfig anybody() {
    return new BackendTlsConfig(false, null, Sni.SERVER, null, null, null, List.of());
  }

  /** The same with these protocols offered. */
  public BackendTlsConfig offering(List<String> protocols) {
    return new BackendTlsConfig(verify, authorities, sni, name, certificate, key, protocols);
  }
}
