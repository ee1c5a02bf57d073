package io.terminator.tls.ocsp;

import java.time.Instant;

/**
 * A verified response: it is sent to clients until {@code expires} and fetched again from {@code
 * refresh} on.
 */
record Staple(byte[] der, Instant refresh, Instant expires) {}
