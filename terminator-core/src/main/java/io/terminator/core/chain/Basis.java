package io.terminator.core.chain;

import org.jspecify.annotations.Nullable;

/**
 * What a handshake was based on, to find connections that still are: the name of the TLS policy,
 * the SHA-256 hash of the certificate in lower-case hex, and the name of the key that seals the
 * client's tickets, null if it gets none.
 */
public record Basis(String policy, String fingerprint, @Nullable String ticketKey) {}
