package io.terminator.tls.judgement;

import io.terminator.tls.certificate.store.CredentialSnapshot;

/**
 * All inputs of a decision: the listener's rules and the certificates at one time. Immutable and
 * thread-safe.
 */
public record Snapshot(ListenerRules rules, CredentialSnapshot credentials) {}
