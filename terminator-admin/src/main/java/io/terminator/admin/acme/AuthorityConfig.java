package io.terminator.admin.acme;

import io.terminator.core.setting.Secret;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A certificate authority: the address of its ACME directory, a PEM file with the CA certificates
 * that its HTTPS server is verified with (null: those of the Java runtime), and the account there
 * that ours is bound to, if it demands one (RFC 8555 section 7.3.4).
 */
public record AuthorityConfig(
    URI directory, @Nullable Path trust, @Nullable ExternalAccount externalAccount) {

  /** The key identifier, and the MAC key in base64url. */
  public record ExternalAccount(String keyId, Secret hmacKey) {}
}
