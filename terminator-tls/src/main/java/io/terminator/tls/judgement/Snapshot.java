package io.terminator.tls.judgement;

import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.challenge.ChallengeCertificate;
import java.util.Map;

/**
 * All inputs of a decision: the listener's rules, the certificates and the pending challenges at
 * one time. Immutable and thread-safe.
 */
public record Snapshot(
    ListenerRules rules,
    CredentialSnapshot credentials,
    Map<String, ChallengeCertificate> challenges) {

  /** Without challenges. */
  public Snapshot(ListenerRules rules, CredentialSnapshot credentials) {
    this(rules, credentials, Map.of());
  }
}
