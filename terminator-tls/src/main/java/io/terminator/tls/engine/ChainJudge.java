package io.terminator.tls.engine;

import org.jspecify.annotations.Nullable;

/** Decides whether a server is who it should be. One for each connection; called on its worker, during its handshake. */
public interface ChainJudge {
  /** Why the handshake ends here, in words; null to go on. {@code chain} is DER, the leaf first. */
  @Nullable String refusal(byte[][] chain);
}
