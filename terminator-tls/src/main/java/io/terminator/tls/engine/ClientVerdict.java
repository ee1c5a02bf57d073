package io.terminator.tls.engine;

import io.terminator.core.chain.ClientIdentity;
import io.terminator.tls.failure.ClientCertificateRefused;
import org.jspecify.annotations.Nullable;

/**
 * The result of verifying a client certificate. {@code refused} is the reason for a refusal, null
 * if it is accepted; {@code identity} is set if it was verified. {@code candidate} is the result
 * under a policy in report mode, null without one.
 */
public record ClientVerdict(
    @Nullable ClientCertificateRefused refused,
    @Nullable ClientIdentity identity,
    @Nullable ClientVerdict candidate) {
  /** Without a policy in report mode. */
  public ClientVerdict(
      @Nullable ClientCertificateRefused refused, @Nullable ClientIdentity identity) {
    this(refused, identity, null);
  }
}
