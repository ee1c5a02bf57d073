package io.terminator.tls.certificate.store;

import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.source.CertificateSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What one listener serves: the published snapshot, made of what is uploaded and what is
 * configured. Of one name the upload serves. Reads on any thread; changes come from {@link
 * Certificates}, one at a time, and cost what they change.
 */
public final class CredentialStore {
  /**
   * Enough to see the pattern; a whole second directory of the same names must not fill the memory.
   */
  private static final int MOST_CLAIMS = 1000;

  /** The first that knows a name decides. */
  private final List<CertificateSource> sources;

  private final CertificateSource configured;

  /** Of whoever changes the sources. */
  private final ReentrantLock lock;

  private final List<CredentialListener> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, ReportedProblem> claims = new TreeMap<>();
  private volatile CredentialSnapshot snapshot = CredentialSnapshot.EMPTY;

  public CredentialStore(
      @Nullable CertificateSource uploads, CertificateSource configured, ReentrantLock lock) {
    this.lock = lock;
    this.sources = uploads == null ? List.of(configured) : List.of(uploads, configured);
    this.configured = configured;
  }

  /** What is published now. */
  public CredentialSnapshot snapshot() {
    return snapshot;
  }

  /** {@code listener} hears of every later publication. */
  public void addListener(CredentialListener listener) {
    listeners.add(listener);
  }

  /** {@code listener}, which was added, hears no more. */
  public void removeListener(CredentialListener listener) {
    listeners.remove(listener);
  }

  /** Publishes what {@code source} says has changed, as far as it serves; true if anything did. */
  public boolean apply(CertificateSource source, List<CredentialChange> changes, Instant now) {
    List<CredentialChange> effective = effective(source, changes);
    if (effective.isEmpty()) {
      return false;
    }
    snapshot = next(effective);
    for (CredentialChange change : effective) {
      reviewClaims(change.before(), now);
      reviewClaims(change.after(), now);
    }
    for (CredentialListener listener : listeners) {
      listener.onChange(effective);
    }
    return true;
  }

  /**
   * What changes for clients when {@code source} changes so: a name that another source decides
   * does not.
   */
  public List<CredentialChange> effective(
      CertificateSource source, List<CredentialChange> changes) {
    int rank = sources.indexOf(source);
    List<CredentialChange> effective = new ArrayList<>();
    for (CredentialChange change : changes) {
      String name = change.name();
      boolean isDecidedAbove =
          sources.subList(0, rank).stream().anyMatch(above -> above.find(name) != null);
      if (isDecidedAbove) {
        continue;
      }
      Credential below = findBelow(rank, name);
      Credential before = change.before() == null ? below : change.before();
      Credential after = change.after() == null ? below : change.after();
      if (before != after) {
        effective.add(new CredentialChange(name, before, after));
      }
    }
    return effective;
  }

  private @Nullable Credential findBelow(int rank, String name) {
    for (CertificateSource below : sources.subList(rank + 1, sources.size())) {
      Credential found = below.find(name);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /** The snapshot after {@code changes}, which is not published by this. */
  public CredentialSnapshot next(List<CredentialChange> changes) {
    HostIndex<Candidates> hosts = snapshot.hosts();
    Map<String, @Nullable Credential> changed = new HashMap<>();
    for (CredentialChange change : changes) {
      changed.put(change.name(), change.after());
      hosts = changed(hosts, change);
    }
    return new CredentialSnapshot(hosts, fallback(hosts, changed));
  }

  private static HostIndex<Candidates> changed(
      HostIndex<Candidates> hosts, CredentialChange change) {
    HostIndex<Candidates> result = hosts;
    Credential before = change.before();
    if (before != null) {
      for (String host : before.hosts()) {
        Candidates known = result.get(host);
        Candidates left = known == null ? null : known.without(before);
        result = left == null ? result.without(host) : result.with(host, left);
      }
    }
    Credential after = change.after();
    if (after != null) {
      for (String host : after.hosts()) {
        Candidates known = result.get(host);
        result = result.with(host, known == null ? Candidates.of(after) : known.with(after));
      }
    }
    return result;
  }

  /**
   * The first configured credential, or else the first upload; with its peer of the other kind of
   * key.
   */
  private @Nullable Candidates fallback(
      HostIndex<Candidates> hosts, Map<String, @Nullable Credential> changed) {
    Credential first = configured.first();
    for (CertificateSource source : sources) {
      first = first == null ? source.first() : first;
    }
    if (first == null) {
      // Nothing is there yet but what is being added.
      first =
          new TreeMap<>(changed)
              .values().stream().filter(Objects::nonNull).findFirst().orElse(null);
    } else {
      first = served(first.name(), first, changed);
    }
    if (first == null) {
      return null;
    }
    Candidates fallback = Candidates.of(first);
    if (!first.hosts().isEmpty()) {
      Candidates peers = hosts.get(first.hosts().get(0));
      for (Credential peer : peers == null ? List.<Credential>of() : peers.all()) {
        if (peer != first && peer.hosts().equals(first.hosts())) {
          fallback = fallback.with(peer);
        }
      }
    }
    return fallback;
  }

  private @Nullable Credential served(
      String name, Credential otherwise, Map<String, @Nullable Credential> changed) {
    if (changed.containsKey(name)) {
      return changed.get(name);
    }
    for (CertificateSource source : sources) {
      Credential found = source.find(name);
      if (found != null) {
        return found;
      }
    }
    return otherwise;
  }

  private void reviewClaims(@Nullable Credential credential, Instant now) {
    if (credential == null) {
      return;
    }
    for (String host : credential.hosts()) {
      Candidates candidates = snapshot.hosts().get(host);
      ReportedProblem claim = candidates == null ? null : claim(host, candidates, now);
      ReportedProblem known = claims.remove(host);
      if (claim != null && claims.size() < MOST_CLAIMS) {
        claims.put(host, known != null && known.problem().equals(claim.problem()) ? known : claim);
      }
    }
  }

  private static @Nullable ReportedProblem claim(String host, Candidates candidates, Instant now) {
    List<Credential> chosen = candidates.choose(now).credentials();
    for (Credential winner : chosen) {
      for (Credential other : candidates.all()) {
        if (other != winner && other.keyKind() == winner.keyKind()) {
          return new ReportedProblem(
              other.name(),
              new CredentialProblem(
                  Kind.HOST_CLAIMED_TWICE,
                  other.source(),
                  "\""
                      + other.name()
                      + "\" and \""
                      + winner.name()
                      + "\" ("
                      + winner.source()
                      + ") both answer for \""
                      + host
                      + "\"; \""
                      + winner.name()
                      + "\" does, as it is valid and lasts longest. Remove the other"),
              now,
              false);
        }
      }
    }
    return null;
  }

  /** What serves, by name. Never on a worker: it waits for a change that is under way. */
  public Map<String, Credential> credentials() {
    lock.lock();
    try {
      Map<String, Credential> credentials = new TreeMap<>();
      for (CertificateSource source : sources) {
        source
            .credentials()
            .forEach(credential -> credentials.putIfAbsent(credential.name(), credential));
      }
      return credentials;
    } finally {
      lock.unlock();
    }
  }

  /** What is wrong with its sources and between them. Never on a worker. */
  public List<ReportedProblem> problems() {
    lock.lock();
    try {
      List<ReportedProblem> problems = new ArrayList<>();
      sources.forEach(source -> problems.addAll(source.problems()));
      problems.addAll(claims.values());
      return problems;
    } finally {
      lock.unlock();
    }
  }
}
