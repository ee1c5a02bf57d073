package io.terminator.admin.http;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** TLS of the admin address: who we are there, and whose certificates clients may show. */
public record AdminTlsConfig(
    Path certificate, Path key, @Nullable Path clientAuthorities, ClientAuth clientAuth) {

  /** What a client's certificate is for. Only {@code NONE} goes without authorities. */
  public enum ClientAuth {
    NONE,
    /** In place of a token. */
    OPTIONAL,
    /** Nobody connects without; a token is asked for as well where there is one. */
    REQUIRED
  }
}
