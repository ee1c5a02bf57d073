package io.terminator.tls.ocsp;

import java.time.Instant;

/** A response that was verified: what clients get until {@code expires}, asked for again from {@code refresh} on. */
record Staple(byte[] der, Instant refresh, Instant expires) {}
