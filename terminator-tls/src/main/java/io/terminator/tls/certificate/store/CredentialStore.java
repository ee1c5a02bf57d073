package io.terminator.tls.certificate.store;

import io.terminator.tls.certificate.credential.ConfiguredName;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.source.CertificateSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates of one listener: a published snapshot of uploads and configured certificates. If
 * a name occurs in both, the upload is served. Reads on any thread; {@code Certificates} applies
 * changes one at a time, at a cost proportional to the change.
 */
public final class CredentialStore {
  private static final Logger LOG = LoggerFactory.getLogger(CredentialStore.class);

  /** By priority: the first source that has a name decides. */
  private final List<CertificateSource> sources;

  /** The configured name of the default certificate. */
  private final @Nullable ConfiguredName defaultName;

  /** Held while the sources change. */
  private final ReentrantLock lock;

  private final List<CredentialListener> listeners = new CopyOnWriteArrayList<>();
  private final HostClaims claims = new HostClaims();
  private @Nullable Instant defaultMissing;
  private @Nullable Instant unsettled;
  private volatile CredentialSnapshot snapshot = CredentialSnapshot.EMPTY;

  /**
   * If a name occurs in several {@code sources}, the first is served; the default certificate is
   * preferably from the last. {@code defaultName} names the default certificate; null lets the
   * sources choose.
   */
  public CredentialStore(
      List<CertificateSource> sources, @Nullable ConfiguredName defaultName, ReentrantLock lock) {
    this.lock = lock;
    this.sources = List.copyOf(sources);
    this.defaultName = defaultName;
  }

  /** Publishes everything that the sources have, for the first time. */
  public void open(Instant now) {
    List<CredentialChange> all = new ArrayList<>();
    credentials()
        .forEach((name, credential) -> all.add(new CredentialChange(name, null, credential)));
    publish(all, now);
  }

  /** The published snapshot. */
  public CredentialSnapshot snapshot() {
    return snapshot;
  }

  /** Calls {@code listener} after every later publication. */
  public void addListener(CredentialListener listener) {
    listeners.add(listener);
  }

  /** Stops calling {@code listener}, which was added before. */
  public void removeListener(CredentialListener listener) {
    listeners.remove(listener);
  }

  /**
   * Publishes the changes of {@code source} that affect service; returns true if there were any.
   */
  public boolean apply(CertificateSource source, List<CredentialChange> changes, Instant now) {
    List<CredentialChange> effective = effective(source, changes);
    if (effective.isEmpty()) {
      return false;
    }
    publish(effective, now);
    return true;
  }

  private void publish(List<CredentialChange> effective, Instant now) {
    show(next(effective, now), now);
    for (CredentialChange change : effective) {
      claims.review(change.before(), snapshot, now);
      claims.review(change.after(), snapshot, now);
    }
    for (CredentialListener listener : listeners) {
      listener.onChange(effective);
    }
  }

  /** Checks after time has passed whether another certificate must become the default. */
  public void review(Instant now) {
    Credential serving = snapshot.defaultCertificate();
    if (serving != null && chooseDefault(Map.of(), serving, now) != serving) {
      show(next(List.of(), now), now);
    }
  }

  private void show(CredentialSnapshot next, Instant now) {
    Credential before = snapshot.defaultCertificate();
    Credential after = next.defaultCertificate();
    snapshot = next;
    boolean isAbsent =
        defaultName != null && (after == null || !after.name().equals(defaultName.value()));
    defaultMissing = !isAbsent ? null : defaultMissing == null ? now : defaultMissing;
    if (before != null && after != null && !before.name().equals(after.name())) {
      LOG.warn(
          "certificate={}: is the default certificate now, in place of \"{}\", which {}. Clients"
              + " without a matching server name get it. {}",
          after.name(),
          before.name(),
          find(before.name()) == null
              ? "is gone"
              : before.isValidAt(now)
                  ? "ranks lower"
                  : "is valid from " + before.notBefore() + " until " + before.notAfter(),
          remedy(after));
    }
  }

  private String remedy(Credential after) {
    if (defaultName == null) {
      return "Set sni.default-certificate to name one";
    }
    return after.name().equals(defaultName.value())
        ? "It is the one that sni.default-certificate names"
        : "sni.default-certificate names \""
            + defaultName.written()
            + "\", which is not in service";
  }

  /** Without a usable certificate of that name; its files may be there all the same. */
  private String lacking(ConfiguredName wanted) {
    Credential instead = snapshot.defaultCertificate();
    boolean isRefused =
        sources.stream()
            .flatMap(source -> source.problems().stream())
            .anyMatch(reported -> reported.certificate().equals(wanted.value()));
    return (isRefused
            ? "the certificate \"" + wanted.written() + "\" cannot be used, see its own problem"
            : "no certificate is named \"" + wanted.written() + "\"")
        + (instead == null
            ? ", and there is no other"
            : "; \"" + instead.name() + "\" is the default instead")
        + ". Expected the name of one in service, as /v1/certificates lists them";
  }

  private @Nullable Credential find(String name) {
    return findBelow(-1, name);
  }

  /**
   * The changes that clients see when {@code source} changes; excludes names that a source of
   * higher priority decides.
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

  /** Returns the snapshot after {@code changes} without publishing it. */
  public CredentialSnapshot next(List<CredentialChange> changes, Instant now) {
    HostIndex<Candidates> hosts = snapshot.hosts();
    Map<String, @Nullable Credential> changed = new HashMap<>();
    for (CredentialChange change : changes) {
      changed.put(change.name(), change.after());
      hosts = changed(hosts, change);
    }
    Credential first = chooseDefault(changed, snapshot.defaultCertificate(), now);
    return new CredentialSnapshot(hosts, first, first == null ? null : withPeers(first, hosts));
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
   * Returns the configured default certificate if it exists. Otherwise selects by rank, and at
   * equal rank prefers the source's own default, the {@code present} one, the first configured
   * certificate, and the first upload, in this order. An added file therefore does not become the
   * default by its name. Without a present one the choice is the same in every process.
   */
  private @Nullable Credential chooseDefault(
      Map<String, @Nullable Credential> changed, @Nullable Credential present, Instant now) {
    Credential named = defaultName == null ? null : served(defaultName.value(), changed);
    if (named != null) {
      return named;
    }
    Credential best = null;
    for (CertificateSource source : configuredFirst()) {
      String name = source.defaultName();
      best = better(best, name == null ? null : served(name, changed), now);
    }
    best = better(best, present == null ? null : served(present.name(), changed), now);
    // A full search of 100,000 certificates is only needed while there is no good one.
    for (CertificateSource source : configuredFirst()) {
      if (best != null && best.rank(now) == 0) {
        return best;
      }
      for (Credential credential : source.credentials()) {
        best = better(best, served(credential.name(), changed), now);
        if (best != null && best.rank(now) == 0) {
          return best;
        }
      }
    }
    // Nothing exists yet except the certificate being added.
    for (Credential credential : new TreeMap<>(changed).values()) {
      best = better(best, credential, now);
    }
    return best;
  }

  private List<CertificateSource> configuredFirst() {
    List<CertificateSource> reversed = new ArrayList<>(sources);
    Collections.reverse(reversed);
    return reversed;
  }

  private static @Nullable Credential better(
      @Nullable Credential best, @Nullable Credential other, Instant now) {
    return best == null || other != null && other.rank(now) < best.rank(now) ? other : best;
  }

  private static Candidates withPeers(Credential first, HostIndex<Candidates> hosts) {
    Candidates all = Candidates.of(first);
    if (!first.hosts().isEmpty()) {
      Candidates peers = hosts.get(first.hosts().get(0));
      for (Credential peer : peers == null ? List.<Credential>of() : peers.all()) {
        if (isPeer(peer, first)) {
          all = all.with(peer);
        }
      }
    }
    return all;
  }

  /**
   * Of an RSA and an ECDSA certificate for the same hosts, either serves together with the other.
   */
  private static boolean isPeer(Credential one, Credential other) {
    return one.keyKind() != other.keyKind()
        && !one.hosts().isEmpty()
        && one.hosts().equals(other.hosts());
  }

  private @Nullable Credential served(String name, Map<String, @Nullable Credential> changed) {
    return changed.containsKey(name) ? changed.get(name) : find(name);
  }

  /** The credentials in service, by name. Never on a worker: waits for a change in progress. */
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

  /** The problems of its sources and conflicts between them. Never on a worker. */
  public List<ReportedProblem> problems(Instant now) {
    lock.lock();
    try {
      List<ReportedProblem> problems = new ArrayList<>();
      sources.forEach(source -> problems.addAll(source.problems()));
      problems.addAll(claims.problems(snapshot, now));
      Instant since = defaultMissing;
      if (since != null && defaultName != null) {
        problems.add(
            new ReportedProblem(
                defaultName.written(),
                new CredentialProblem(Kind.NO_DEFAULT, "default-certificate", lacking(defaultName)),
                since,
                false));
      }
      addUnsettled(problems, now);
      return problems;
    } finally {
      lock.unlock();
    }
  }

  /** The present default is kept, but a process that starts now does not know it. */
  private void addUnsettled(List<ReportedProblem> problems, Instant now) {
    Credential present = snapshot.defaultCertificate();
    Credential atStart = present == null ? null : chooseDefault(Map.of(), null, now);
    if (present == null
        || atStart == null
        || atStart.name().equals(present.name())
        || isPeer(atStart, present)) {
      unsettled = null;
      return;
    }
    Instant since = unsettled == null ? now : unsettled;
    unsettled = since;
    problems.add(
        new ReportedProblem(
            present.name(),
            new CredentialProblem(
                Kind.DEFAULT_UNSETTLED,
                "default-certificate",
                "\""
                    + present.name()
                    + "\" is the default certificate until the next start, which chooses \""
                    + atStart.name()
                    + "\", as replicas that start now do. Expected sni.default-certificate with"
                    + " the name of one of them"),
            since,
            false));
  }
}
