package io.terminator.admin.http;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** TLS of the admin address: its certificate and the requirements for client certificates. */
public record AdminTlsConfig(
    Path certificate, Path key, @Nullable Path clientAuthorities, ClientAuth clientAuth) {

  /** Whether clients present certificates. Only {@code NONE} needs no authorities. */
  public enum ClientAuth {
    NONE,
    /** Accepted instead of a token. */
    OPTIONAL,
    /** Every connection needs one; a configured token is required as well. */
    REQUIRED
  }
}
