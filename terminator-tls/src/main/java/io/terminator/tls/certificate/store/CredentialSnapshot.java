package io.terminator.tls.certificate.store;

import io.terminator.core.setting.HostPattern;
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
 * The assignment of credentials to hosts at one time. Immutable: a handshake uses one snapshot from
 * start to end. Thread-safe.
 */
public final class CredentialSnapshot {
  static final CredentialSnapshot EMPTY = new CredentialSnapshot(HostIndex.empty(), null, null);

  private static final int KINDS = KeyKind.values().length;

  private final HostIndex<Candidates> hosts;
  private final @Nullable Credential first;
  private final @Nullable Candidates fallback;

  /**
   * {@code fallback} is {@code first} together with certificates for the same hosts and the other
   * kind of key.
   */
  CredentialSnapshot(
      HostIndex<Candidates> hosts, @Nullable Credential first, @Nullable Candidates fallback) {
    this.hosts = hosts;
    this.first = first;
    this.fallback = fallback;
  }

  /**
   * Returns the credentials for {@code host} (lower case, A-labels, no trailing dot; or an address
   * as {@link IpText} writes it), or null if no certificate covers it. An exact name precedes a
   * wildcard, which stands for one label (RFC 6125 section 6.4.3), unless only the wildcard's
   * certificate is good for clients. If both are good, the wildcard adds the kind of key that the
   * exact name lacks.
   */
  public @Nullable CredentialSet find(String host, Instant now) {
    CredentialSet exact = choose(host, now);
    if (exact != null && exact.credentials().size() == KINDS && exact.rank(now) == 0) {
      return exact;
    }
    String pattern = HostPattern.wildcardFor(host);
    CredentialSet wildcard = pattern == null ? null : choose(pattern, now);
    if (exact == null || wildcard == null) {
      return exact == null ? wildcard : exact;
    }
    return preferred(exact, wildcard, now);
  }

  /**
   * The better of the two. If they are equally good, {@code first} with the kind of key that only
   * {@code second} has: an added ECDSA certificate must not cut off clients that support only RSA.
   */
  private static CredentialSet preferred(CredentialSet first, CredentialSet second, Instant now) {
    int difference = first.rank(now) - second.rank(now);
    if (difference == 0) {
      return first.completed(second);
    }
    return difference < 0 ? first : second;
  }

  private @Nullable CredentialSet choose(String pattern, Instant now) {
    Candidates candidates = hosts.get(pattern);
    return candidates == null ? null : candidates.choose(now);
  }

  /**
   * The credentials for clients without a matching name; null if there is no certificate at all.
   */
  public @Nullable CredentialSet fallback(Instant now) {
    return fallback == null ? null : fallback.choose(now);
  }

  /**
   * {@code set}, which covers the address of a client without a name, together with the default
   * certificate, which such a client may expect as well: as in {@link #find}, it adds the kind of
   * key that {@code set} lacks, and it alone is returned if only it is good for clients.
   */
  public CredentialSet withFallback(CredentialSet set, Instant now) {
    CredentialSet other = fallback(now);
    return other == null ? set : preferred(set, other, now);
  }

  /**
   * The default certificate, regardless of its kind of key; null if there is no certificate at all.
   */
  public @Nullable Credential defaultCertificate() {
    return first;
  }

  /** The number of hosts and wildcards that have a certificate. */
  public int size() {
    return hosts.size();
  }

  /** Visits each host and wildcard with its current credentials, in no particular order. */
  public void forEach(Instant now, BiConsumer<String, CredentialSet> action) {
    hosts.forEach((host, candidates) -> action.accept(host, candidates.choose(now)));
  }

  /** The other credentials for any of its hosts. */
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
