package io.terminator.tls.certificate.managed;

import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.source.CertificateSource;
import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.certificate.source.ManagedSources;
import io.terminator.tls.certificate.upload.StateException;
import io.terminator.tls.certificate.upload.StoredCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The stored certificates of the whole appliance, in a directory that several processes may share:
 * a version that another process writes is found by {@link #rescan}. A version is durable before it
 * is served. Thread-safe; not for workers.
 */
public final class ManagedCertificates implements ManagedSources {
  /** The number of stored versions per certificate. */
  static final int KEPT = 5;

  private static final Path SOURCE = Path.of("acme");

  private final Path directory;
  private final CredentialLoader reader;
  private final InstantSource clock;
  private final @Nullable Secret secret;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Credential> newest = new TreeMap<>();
  private final Map<String, List<ReportedProblem>> problems = new TreeMap<>();

  /** The newest version that was looked at, usable or not. */
  private final Map<String, Integer> seen = new TreeMap<>();

  private final List<ManagedSource> sources = new CopyOnWriteArrayList<>();
  private @Nullable StoredCredentials stored;
  private @Nullable CredentialProblem unusable;

  /**
   * Creates {@code directory} if necessary and reads what is stored in it. A directory that cannot
   * be used is a problem of every certificate, and each {@link #rescan} tries again.
   */
  public ManagedCertificates(
      Path directory, CredentialLoader reader, InstantSource clock, @Nullable Secret secret) {
    this.directory = directory;
    this.reader = reader;
    this.clock = clock;
    this.secret = secret;
    boolean unused = rescan();
  }

  @Override
  public CertificateSource open(List<ManagedCertificate> certificates, CredentialLoader loader) {
    ManagedSource source = new ManagedSource(certificates, this, loader);
    sources.add(source);
    return source;
  }

  /** Whether {@code credential} stands in for a certificate that is not issued yet. */
  public static boolean isPlaceholder(Credential credential) {
    return credential.source().equals(Placeholder.SOURCE.toString());
  }

  Path directory() {
    return directory;
  }

  InstantSource clock() {
    return clock;
  }

  /**
   * Reads versions that are new in the directory. Returns true if a certificate changed; then
   * {@link #publish} serves it.
   */
  public boolean rescan() {
    lock.lock();
    try {
      StoredCredentials open = usable();
      boolean isChanged = false;
      for (String name : open.names()) {
        isChanged |= rescan(open, name);
      }
      unusable = null;
      return isChanged;
    } catch (StateException e) {
      unusable = e.problem();
      return false;
    } catch (IOException e) {
      unusable =
          new CredentialProblem(
              Kind.STATE_UNUSABLE,
              directory.toString(),
              "cannot be read (" + e + "). Expected a directory that only Terminator uses");
      return false;
    } finally {
      lock.unlock();
    }
  }

  private StoredCredentials usable() throws StateException {
    StoredCredentials open = stored;
    if (open == null) {
      open =
          StoredCredentials.openShared(
              directory,
              reader,
              secret,
              "# Ordered by ACME. Do not edit: POST /v1/certificates/NAME:renew orders a new one.\n",
              SOURCE);
      stored = open;
    }
    return open;
  }

  private boolean rescan(StoredCredentials open, String name) throws IOException {
    List<Integer> versions = open.versions(name);
    if (versions.isEmpty() || seen.getOrDefault(name, 0) >= versions.get(0)) {
      return false;
    }
    seen.put(name, versions.get(0));
    List<CredentialProblem> found = new ArrayList<>();
    Credential before = newest.get(name);
    Credential after = before;
    for (int version : versions) {
      if (before != null && version <= before.version()) {
        break;
      }
      Loaded loaded = open.read(name, version);
      found.addAll(loaded.problems());
      if (loaded.credential() != null) {
        after = loaded.credential();
        newest.put(name, after);
        break;
      }
    }
    report(name, found);
    return after != before;
  }

  private void report(String name, List<CredentialProblem> found) {
    problems.put(
        name,
        found.stream()
            .map(
                problem ->
                    new ReportedProblem(
                        name,
                        problem,
                        clock.instant(),
                        problem.severity() == CredentialProblem.Severity.REFUSED
                            && newest.containsKey(name)))
            .toList());
  }

  /** The newest usable version of the stored certificate {@code name}, or null. */
  public @Nullable Credential find(String name) {
    lock.lock();
    try {
      return newest.get(name);
    } finally {
      lock.unlock();
    }
  }

  List<ReportedProblem> problems(String name) {
    lock.lock();
    try {
      List<ReportedProblem> all = new ArrayList<>(problems.getOrDefault(name, List.of()));
      if (unusable != null) {
        all.add(new ReportedProblem(name, unusable, clock.instant(), newest.containsKey(name)));
      }
      return all;
    } finally {
      lock.unlock();
    }
  }

  List<String> names() {
    lock.lock();
    try {
      return List.copyOf(newest.keySet());
    } finally {
      lock.unlock();
    }
  }

  /** Parses and checks a new version of {@code name} without storing it. PEM. */
  public Loaded parse(String name, byte[] chain, byte[] key) throws StateException {
    lock.lock();
    try {
      List<Integer> versions = usable().versions(name);
      int version = Math.max(versions.isEmpty() ? 0 : versions.get(0), seen.getOrDefault(name, 0));
      return usable().parse(name, chain, key, version + 1);
    } catch (IOException e) {
      throw new StateException(
          new CredentialProblem(
              Kind.STATE_UNUSABLE, name, "its versions cannot be listed (" + e + ")"));
    } finally {
      lock.unlock();
    }
  }

  /** Stores a version from {@link #parse} durably; {@link #publish} then serves it. */
  public void put(Loaded loaded) throws StateException {
    Credential credential = loaded.credential();
    if (credential == null) {
      throw new IllegalArgumentException("a refused certificate is not stored");
    }
    lock.lock();
    try {
      StoredCredentials open = usable();
      open.write(credential);
      newest.put(credential.name(), credential);
      seen.put(credential.name(), credential.version());
      report(credential.name(), loaded.problems());
      open.prune(credential.name(), KEPT);
    } finally {
      lock.unlock();
    }
  }

  /** Serves what has changed; returns when it is in service. Must not be called on a worker. */
  public void publish() {
    for (ManagedSource source : sources) {
      source.publish();
    }
  }

  void forget(ManagedSource source) {
    sources.remove(source);
  }
}
