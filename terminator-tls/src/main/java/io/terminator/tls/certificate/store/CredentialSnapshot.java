package io.terminator.tls.certificate.store;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.IpText;
import io.terminator.tls.certificate.credential.KeyKind;
import java.time.Instant;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Who answers for which host, at one moment of the configuration. Immutable: a handshake sees one
 * from start to end. Any thread.
 */
public final class CredentialSnapshot {
  static final CredentialSnapshot EMPTY = new CredentialSnapshot(HostIndex.empty(), null, null);

  private static final int KINDS = KeyKind.values().length;

  private final HostIndex<Candidates> hosts;
  private final @Nullable Credential first;
  private final @Nullable Candidates fallback;

  /** {@code fallback} is {@code first} with its peers of the other kind of key. */
  CredentialSnapshot(
      HostIndex<Candidates> hosts, @Nullable Credential first, @Nullable Candidates fallback) {
    this.hosts = hosts;
    this.first = first;
    this.fallback = fallback;
  }

  /**
   * Who answers for {@code host} (lower case, A-labels, no trailing dot; or an address as {@link IpText} writes it); null where
   * no certificate covers it. An exact name goes before a wildcard, which stands for one label (RFC 6125 section 6.4.3), unless
   * clients would rather take the wildcard's certificate. Where both are good, the wildcard adds the kind of key that the exact
   * name's lacks: clients that know RSA only must not lose a host since an ECDSA certificate names it.
   */
  public @Nullable CredentialSet find(String host, Instant now) {
    CredentialSet exact = choose(host, now);
    if (exact != null && exact.credentials().size() == KINDS && exact.rank(now) == 0) {
      return exact;
    }
    int dot = host.indexOf('.');
    CredentialSet wildcard = dot <= 0 ? null : choose("*" + host.substring(dot), now);
    if (exact == null || wildcard == null) {
      return exact == null ? wildcard : exact;
    }
    int difference = exact.rank(now) - wildcard.rank(now);
    if (difference == 0) {
      return exact.completed(wildcard);
    }
    return difference < 0 ? exact : wildcard;
  }

  private @Nullable CredentialSet choose(String pattern, Instant now) {
    Candidates candidates = hosts.get(pattern);
    return candidates == null ? null : candidates.choose(now);
  }

  /** Who answers where no name decides; null where there is no certificate at all. */
  public @Nullable CredentialSet fallback(Instant now) {
    return fallback == null ? null : fallback.choose(now);
  }

  /** The default certificate, whichever kind of key it has; null where there is no certificate at all. */
  public @Nullable Credential defaultCertificate() {
    return first;
  }

  /** Number of hosts and wildcards that have a certificate. */
  public int size() {
    return hosts.size();
  }

  /** Every host and wildcard with who answers for it now, in no order. */
  public void forEach(Instant now, BiConsumer<String, CredentialSet> action) {
    hosts.forEach((host, candidates) -> action.accept(host, candidates.choose(now)));
  }

  /** Other credentials for any of its hosts. */
  public Set<Credential> rivals(Credential credential) {
    Set<Credential> rivals = Collections.newSetFromMap(new IdentityHashMap<>());
    for (String host : credential.hosts()) {
      Candidates candidates = hosts.get(host);
      if (candidates != null) {
        rivals.addAll(candidates.all());
      }
    }
    rivals.remove(credential);
    return rivals;
  }

  HostIndex<Candidates> hosts() {
    return hosts;
  }
}
