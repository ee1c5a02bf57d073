package io.terminator.admin.plain;

import org.jspecify.annotations.Nullable;

/**
 * The pending HTTP-01 challenges (RFC 8555 section 8.3) of the certificates that are ordered here.
 */
@FunctionalInterface
public interface PendingTokens {
  PendingTokens NONE = token -> null;

  /** The key authorization for {@code token}; null if it is not pending. Must not wait. */
  byte @Nullable [] answer(String token);
}
