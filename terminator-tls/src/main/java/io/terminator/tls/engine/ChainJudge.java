package io.terminator.tls.engine;

import org.jspecify.annotations.Nullable;

/**
 * Verifies a server's certificate chain. One per connection; called on its worker during the
 * handshake.
 */
public interface ChainJudge {
  /**
   * Returns the reason for a refusal as text, or null to continue. {@code chain} is DER, leaf
   * first.
   */
  @Nullable String refusal(byte[][] chain);
}
