package io.terminator.tls.judgement;

import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.challenge.ChallengeCertificate;
import java.util.Map;

/**
 * All inputs of a decision: the listener's rules, the certificates and the pending challenges at
 * one time; {@code own} are the certificates of policies that do not use those of the listener.
 * Immutable and thread-safe.
 */
public record Snapshot(
    ListenerRules rules,
    CredentialSnapshot credentials,
    Map<String, ChallengeCertificate> challenges,
    Map<ServingPolicy, CredentialSnapshot> own) {

  /** Without challenges. */
  public Snapshot(ListenerRules rules, CredentialSnapshot credentials) {
    this(rules, credentials, Map.of(), Map.of());
  }

  /** The certificates for clients of {@code policy}. */
  public CredentialSnapshot credentials(ServingPolicy policy) {
    CredentialSnapshot found = own.get(policy);
    return found == null ? credentials : found;
  }

  /** The same certificates and challenges under {@code other} rules. */
  public Snapshot under(ListenerRules other) {
    return new Snapshot(other, credentials, challenges, own);
  }
}
