package io.terminator.tls.judgement;

import io.terminator.tls.certificate.store.CredentialSnapshot;

/** All that an answer depends on: the listener's rules and the certificates at one moment. Immutable, any thread. */
public record Snapshot(ListenerRules rules, CredentialSnapshot credentials) {}
