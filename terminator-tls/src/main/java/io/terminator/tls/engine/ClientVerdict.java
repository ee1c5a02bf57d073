package io.terminator.tls.engine;

import io.terminator.core.chain.ClientIdentity;
import io.terminator.tls.failure.ClientCertificateRefused;
import org.jspecify.annotations.Nullable;

/** What became of a client's certificate: {@code refused} says why not, null lets it in; {@code identity} where it was verified. */
public record ClientVerdict(
    @Nullable ClientCertificateRefused refused, @Nullable ClientIdentity identity) {}
