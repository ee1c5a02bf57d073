package io.terminator.tls.certificate.store;

import io.terminator.tls.certificate.credential.Credential;
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
  static final CredentialSnapshot EMPTY = new CredentialSnapshot(HostIndex.empty(), null);

  private final HostIndex<Candidates> hosts;
  private final @Nullable Candidates fallback;

  CredentialSnapshot(HostIndex<Candidates> hosts, @Nullable Candidates fallback) {
    this.hosts = hosts;
    this.fallback = fallback;
  }

  /**
   * Who answers for {@code host} (lower case, A-labels, no trailing dot); null where no certificate
   * covers it. An exact name before a wildcard, which stands for one label (RFC 6125 section
   * 6.4.3), unless only the wildcard's certificate is valid.
   */
  public @Nullable CredentialSet find(String host, Instant now) {
    CredentialSet exact = choose(host, now);
    if (exact != null && exact.isValidAt(now)) {
      return exact;
    }
    int dot = host.indexOf('.');
    CredentialSet wildcard = dot <= 0 ? null : choose("*" + host.substring(dot), now);
    return exact == null || wildcard != null && wildcard.isValidAt(now) ? wildcard : exact;
  }

  private @Nullable CredentialSet choose(String pattern, Instant now) {
    Candidates candidates = hosts.get(pattern);
    return candidates == null ? null : candidates.choose(now);
  }

  /** Who answers where no name decides; null where there is no certificate at all. */
  public @Nullable CredentialSet fallback(Instant now) {
    return fallback == null ? null : fallback.choose(now);
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
