package io.terminator.tls.certificate;

import io.terminator.core.setting.Quantity;
import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.UploadReport.HostChange;
import io.terminator.tls.certificate.credential.ConfiguredName;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.credential.CredentialProblem.Severity;
import io.terminator.tls.certificate.credential.KeyKind;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.reader.ChainOrder;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.source.CertificateSource;
import io.terminator.tls.certificate.source.CertificateWatcher;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.certificate.source.ManagedSources;
import io.terminator.tls.certificate.source.WatchSettings;
import io.terminator.tls.certificate.store.CredentialSet;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.certificate.upload.StateException;
import io.terminator.tls.certificate.upload.UploadedCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All certificates of the appliance: loads the configured ones, watches them for changes, accepts
 * uploads, and publishes to the stores. Control plane: any thread except a worker; changes are made
 * one at a time. Over 500 lines, because files, uploads and stores change together under one lock.
 */
public final class Certificates implements AutoCloseable, CertificateWatcher.Subject {
  private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);

  /**
   * Limits the log lines of one load: a directory of 100,000 certificates must not write as many.
   */
  private static final int MOST_LINES = 20;

  /** The key of a store whose sources choose the default certificate. */
  private static final ConfiguredName UNNAMED = new ConfiguredName("", "");

  private final CredentialLoader loader;
  private final ManagedSources managed;
  private final InstantSource clock;
  private final WatchSettings settings;
  private final @Nullable UploadedCertificates state;
  private final @Nullable CredentialProblem stateProblem;
  private final boolean isKeeping;
  private final Instant opened;
  private final Map<CertificatesConfig, Served> served = new LinkedHashMap<>();
  private final Set<Object> known = new HashSet<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final CertificateWatcher watcher;

  /**
   * Sources that serve together, with their stores, which also include the uploads, keyed by the
   * name of their default certificate.
   */
  private record Served(
      List<CertificateSource> sources, Map<ConfiguredName, CredentialStore> stores) {}

  /**
   * Where uploads are stored, and the secret that encrypts their private keys. If {@code directory}
   * is null, uploads are rejected.
   */
  public record UploadConfig(@Nullable Path directory, @Nullable Secret secret) {
    public static final UploadConfig NONE = new UploadConfig(null, null);
  }

  /** Without managed certificates. */
  public Certificates(
      CredentialLoader loader, InstantSource clock, WatchSettings settings, UploadConfig keeping) {
    this(loader, clock, settings, keeping, ManagedSources.NONE);
  }

  /**
   * {@code loader} reads all certificates, including uploads. Call {@link #watch} to start
   * watching.
   */
  public Certificates(
      CredentialLoader loader,
      InstantSource clock,
      WatchSettings settings,
      UploadConfig keeping,
      ManagedSources managed) {
    this.managed = managed;
    this.loader = loader;
    this.clock = clock;
    this.settings = settings;
    this.isKeeping = keeping.directory() != null;
    this.opened = clock.instant();
    UploadedCertificates state = null;
    CredentialProblem problem =
        new CredentialProblem(
            Kind.STATE_UNUSABLE, "state-dir", "uploads are not kept, since none is configured");
    if (keeping.directory() != null) {
      try {
        state = UploadedCertificates.open(keeping.directory(), loader, clock, keeping.secret());
        problem = null;
      } catch (StateException e) {
        problem = e.problem();
      }
    }
    this.state = state;
    this.stateProblem = problem;
    this.watcher = new CertificateWatcher(this, settings);
  }

  /** Loads {@code config} once without serving it: for checking a configuration. */
  public static CredentialStore preview(
      CertificatesConfig config,
      @Nullable ConfiguredName defaultName,
      CredentialLoader loader,
      InstantSource clock,
      UploadConfig uploads) {
    List<CertificateSource> opened =
        config.parts().stream()
            .map(
                part -> part.open(new CertificatesConfig.Surroundings(loader, ManagedSources.NONE)))
            .toList();
    List<CertificateSource> sources = new ArrayList<>();
    Path directory = uploads.directory();
    if (directory != null && Files.isReadable(directory)) {
      try {
        sources.add(UploadedCertificates.preview(directory, loader, clock, uploads.secret()));
      } catch (StateException unusable) {
        // The configured certificates are usable without it; the caller checks its directory.
        sources.clear();
      }
    }
    sources.addAll(opened);
    CredentialStore store = new CredentialStore(sources, defaultName, new ReentrantLock());
    Instant now = clock.instant();
    opened.forEach(source -> source.refresh(new CertificateSource.Scan(null, Duration.ZERO, now)));
    store.open(now);
    return store;
  }

  /**
   * Returns the store for a listener with this configuration and loads it if it is new; equal
   * configurations share a store. {@code defaultName} names the certificate for clients without a
   * matching server name; null lets the source choose.
   */
  public CredentialStore store(CertificatesConfig config, @Nullable ConfiguredName defaultName) {
    lock.lock();
    try {
      Served there =
          served.computeIfAbsent(
              config,
              absent ->
                  new Served(
                      config.parts().stream().map(part -> opened(config, part)).toList(),
                      new LinkedHashMap<>()));
      CredentialStore known = there.stores().get(key(defaultName));
      if (known != null) {
        return known;
      }
      List<CertificateSource> sources = new ArrayList<>(there.sources());
      if (state != null) {
        sources.add(0, state);
      }
      CredentialStore store = new CredentialStore(sources, defaultName, lock);
      there.stores().put(key(defaultName), store);
      store.open(clock.instant());
      logProblems();
      return store;
    } finally {
      lock.unlock();
    }
  }

  /**
   * What a listener with this configuration would serve. Files are read unless they are in service
   * already; nothing is kept.
   */
  public CredentialSnapshot prospect(
      CertificatesConfig config, @Nullable ConfiguredName defaultName) {
    lock.lock();
    try {
      Served there = served.get(config);
      CredentialStore known = there == null ? null : there.stores().get(key(defaultName));
      return known != null
          ? known.snapshot()
          : there != null ? snapshot(there.sources(), defaultName) : read(config, defaultName);
    } finally {
      lock.unlock();
    }
  }

  private static ConfiguredName key(@Nullable ConfiguredName defaultName) {
    return defaultName == null ? UNNAMED : defaultName;
  }

  private CredentialSnapshot read(CertificatesConfig config, @Nullable ConfiguredName defaultName) {
    List<CertificateSource> opened =
        config.parts().stream()
            .map(part -> part.open(new CertificatesConfig.Surroundings(loader, managed)))
            .toList();
    try {
      Instant now = clock.instant();
      opened.forEach(
          source -> source.refresh(new CertificateSource.Scan(null, Duration.ZERO, now)));
      return snapshot(opened, defaultName);
    } finally {
      opened.forEach(CertificateSource::close);
    }
  }

  private CredentialSnapshot snapshot(
      List<CertificateSource> configured, @Nullable ConfiguredName defaultName) {
    List<CertificateSource> sources = new ArrayList<>(configured);
    if (state != null) {
      sources.add(0, state);
    }
    CredentialStore store = new CredentialStore(sources, defaultName, lock);
    store.open(clock.instant());
    return store.snapshot();
  }

  private CertificateSource opened(CertificatesConfig config, CertificatesConfig part) {
    CertificateSource source = part.open(new CertificatesConfig.Surroundings(loader, managed));
    source.attach(() -> publish(config, source));
    source.refresh(new CertificateSource.Scan(null, Duration.ZERO, clock.instant()));
    return source;
  }

  /** Publishes the changes that {@code source} has made on its own. */
  private void publish(CertificatesConfig config, CertificateSource source) {
    lock.lock();
    try {
      Served there = served.get(config);
      // The listener was removed in the meantime, so there is nothing to publish.
      if (there == null || !there.sources().contains(source)) {
        return;
      }
      Instant now = clock.instant();
      List<CredentialChange> changes =
          source.refresh(new CertificateSource.Scan(Set.of(), settings.grace(), now));
      there.stores().values().forEach(store -> store.apply(source, changes, now));
      logChanges(source, changes);
      logProblems();
    } finally {
      lock.unlock();
    }
  }

  /** Drops all configurations except these, which still have listeners. */
  public void retain(Set<CertificatesConfig> configs) {
    lock.lock();
    try {
      served.entrySet().stream()
          .filter(each -> !configs.contains(each.getKey()))
          .forEach(each -> each.getValue().sources().forEach(CertificateSource::close));
      served.keySet().retainAll(configs);
    } finally {
      lock.unlock();
    }
  }

  /** Starts the thread that reads changes when they occur, and at intervals. */
  public void watch() {
    watcher.start();
  }

  /** Reads everything now; a missing file counts as removed at once. */
  public void reload() {
    look(null, Duration.ZERO);
  }

  /** {@code touched} are the paths that may have changed; null means all. */
  @Override
  public void look(@Nullable Set<Path> touched) {
    look(touched, settings.grace());
  }

  private void look(@Nullable Set<Path> touched, Duration grace) {
    lock.lock();
    try {
      Instant now = clock.instant();
      CertificateSource.Scan scan = new CertificateSource.Scan(touched, grace, now);
      if (state != null) {
        state.refresh(scan);
      }
      for (Served each : served.values()) {
        for (CertificateSource source : each.sources()) {
          List<CredentialChange> changes = source.refresh(scan);
          each.stores().values().forEach(store -> store.apply(source, changes, now));
          logChanges(source, changes);
        }
        if (touched == null) {
          each.stores().values().forEach(store -> store.review(now));
        }
      }
      logProblems();
    } finally {
      lock.unlock();
    }
  }

  private void logChanges(CertificateSource source, List<CredentialChange> changes) {
    int lines = 0;
    for (CredentialChange change : changes) {
      if (++lines > MOST_LINES) {
        LOG.info("certificates: {}", Quantity.of(changes.size() - MOST_LINES, "further change"));
        return;
      }
      Credential after = change.after();
      Credential upload = state == null || source == state ? null : state.find(change.name());
      if (upload != null) {
        LOG.warn(
            "certificate={}: {} {}, but version {} of the upload serves. Delete the upload"
                + " (DELETE /v1/certificates/{}) to serve the file",
            change.name(),
            after == null ? "the file" : after.source(),
            after == null ? "was removed" : "changed",
            upload.version(),
            change.name());
      } else if (after == null) {
        logRemoval(source, change.name());
      } else {
        LOG.info(
            "certificate={}: {} of {} serves, valid until {}",
            change.name(),
            change.before() == null
                ? "version " + after.version()
                : "new version " + after.version(),
            after.source(),
            after.notAfter());
      }
    }
  }

  private void logRemoval(CertificateSource source, String name) {
    Credential left = findBeside(source, name);
    if (left == null) {
      LOG.info("certificate={}: gone", name);
      return;
    }
    LOG.info(
        "certificate={}: {} was removed, and version {} of {} serves again, valid until {}",
        name,
        source == state ? "the upload" : "the file",
        left.version(),
        left.source(),
        left.notAfter());
  }

  /** What another source of a listener that {@code source} serves has under {@code name}. */
  private @Nullable Credential findBeside(CertificateSource source, String name) {
    for (Served each : served.values()) {
      if (source == state || each.sources().contains(source)) {
        for (CertificateSource other : each.sources()) {
          Credential found = other == source ? null : other.find(name);
          if (found != null) {
            return found;
          }
        }
      }
    }
    return null;
  }

  /** Logs each problem once, when it is new. */
  private void logProblems() {
    Set<Object> now = new HashSet<>();
    int lines = 0;
    for (ReportedProblem reported : problems()) {
      Object same =
          List.of(reported.certificate(), reported.problem().kind(), reported.problem().place());
      now.add(same);
      if (known.contains(same) || ++lines > MOST_LINES) {
        continue;
      }
      if (reported.problem().severity() == Severity.WARNING) {
        LOG.warn("certificate={}: {}", reported.certificate(), reported.message());
      } else {
        LOG.error("certificate={}: {}", reported.certificate(), reported.message());
      }
    }
    if (lines > MOST_LINES) {
      LOG.error(
          "certificates: {}; see GET /v1/certificates",
          Quantity.of(lines - MOST_LINES, "further problem"));
    }
    known.clear();
    known.addAll(now);
  }

  private Stream<CertificateSource> sources() {
    return served.values().stream().flatMap(each -> each.sources().stream());
  }

  private Stream<CredentialStore> stores() {
    return served.values().stream().flatMap(each -> each.stores().values().stream());
  }

  /** The current problems of the state directory and of every store. */
  public List<ReportedProblem> problems() {
    lock.lock();
    try {
      Set<ReportedProblem> problems = new LinkedHashSet<>();
      Instant now = clock.instant();
      stores().forEach(store -> problems.addAll(store.problems(now)));
      CredentialProblem unusable = stateProblem;
      if (unusable != null && isKeeping) {
        problems.add(new ReportedProblem("uploads", unusable, opened, false));
      }
      return List.copyOf(problems);
    } finally {
      lock.unlock();
    }
  }

  /** A read followed by an action that depends on it. */
  public interface Change<T> {
    T make() throws StateException;
  }

  /** Runs {@code change} exclusively: nothing else changes here until it returns. */
  public <T> T alone(Change<T> change) throws StateException {
    lock.lock();
    try {
      return change.make();
    } finally {
      lock.unlock();
    }
  }

  /** Reports the effect of a {@link #put} without applying it. */
  public UploadReport plan(
      String name,
      byte[] chain,
      byte[] key,
      @Nullable Secret password,
      @Nullable Secret keyPassword) {
    lock.lock();
    try {
      return report(name, parse(name, chain, key, password, keyPassword));
    } catch (StateException e) {
      return refusal(name, e.problem());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Accepts an upload in any format that a file may have; {@code key} may be the same array as
   * {@code chain}. {@code keyPassword} decrypts a key that has its own password in a key store.
   * When this returns an accepted report, the certificate is stored and served. Unlike a file, an
   * upload that is not valid now is rejected if a valid certificate of the same name exists.
   */
  public UploadReport put(
      String name,
      byte[] chain,
      byte[] key,
      @Nullable Secret password,
      @Nullable Secret keyPassword)
      throws StateException {
    lock.lock();
    try {
      return accept(name, parse(name, chain, key, password, keyPassword));
    } finally {
      lock.unlock();
    }
  }

  /** Publishes the content of {@code version} as a new version. */
  public UploadReport rollback(String name, int version) throws StateException {
    lock.lock();
    try {
      if (!usableState().versions(name).contains(version)) {
        return refusal(
            name,
            new CredentialProblem(
                Kind.MISSING_FILE,
                "certificate \"" + ChainOrder.printable(name) + "\"",
                "has no version " + version + ". Expected one of " + usableState().versions(name)));
      }
      return accept(name, usableState().recall(name, version));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Removes an upload with all its versions; a file of the same name is served again. Returns false
   * if there was no upload.
   */
  public boolean delete(String name) throws StateException {
    lock.lock();
    try {
      CredentialChange change = usableState().delete(name);
      if (change == null) {
        return false;
      }
      publish(change);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The stored versions of an upload, newest first; empty if there is no upload of this name. */
  public List<Integer> versions(String name) throws StateException {
    lock.lock();
    try {
      return usableState().versions(name);
    } finally {
      lock.unlock();
    }
  }

  private UploadedCertificates usableState() throws StateException {
    if (state == null) {
      throw new StateException(Objects.requireNonNull(stateProblem));
    }
    return state;
  }

  private Loaded parse(
      String name,
      byte[] chain,
      byte[] key,
      @Nullable Secret password,
      @Nullable Secret keyPassword)
      throws StateException {
    if (!UploadedCertificates.isName(name)) {
      throw new StateException(
          new CredentialProblem(
              Kind.UPLOAD_NAME,
              "certificate \"" + ChainOrder.printable(name) + "\"",
              "is not a valid name for an upload. Expected 1 to 100 letters, digits or"
                  + " ._@+~-, beginning with a letter, digit or _"));
    }
    return loader.parse(name, chain, key, password, keyPassword, usableState().nextVersion(name));
  }

  private UploadReport accept(String name, Loaded loaded) throws StateException {
    UploadReport report = report(name, loaded);
    if (report.isAccepted()) {
      publish(usableState().put(loaded));
    }
    return report;
  }

  private void publish(CredentialChange change) {
    UploadedCertificates uploads = Objects.requireNonNull(state);
    Instant now = clock.instant();
    stores().forEach(store -> store.apply(uploads, List.of(change), now));
    logChanges(uploads, List.of(change));
    logProblems();
  }

  private static UploadReport refusal(String name, CredentialProblem problem) {
    return new UploadReport(name, false, null, 0, List.of(problem), List.of());
  }

  private UploadReport report(String name, Loaded loaded) throws StateException {
    Credential credential = loaded.credential();
    List<CredentialProblem> problems = new ArrayList<>(loaded.problems());
    if (credential == null) {
      return new UploadReport(name, false, null, 0, problems, List.of());
    }
    Instant now = clock.instant();
    long daysLeft = Duration.between(now, credential.notAfter()).toDays();
    boolean isValid = credential.isValidAt(now);
    boolean isAccepted =
        isValid || !now.isAfter(credential.notAfter()) && !replacesValid(name, now);
    return new UploadReport(
        name,
        isAccepted,
        credential,
        daysLeft,
        problems,
        isAccepted ? moves(credential, now) : List.of());
  }

  /**
   * What {@code store}, one of those of {@link #store}, would serve if {@code uploaded} were an
   * upload.
   */
  public CredentialSnapshot after(CredentialStore store, Credential uploaded) {
    lock.lock();
    try {
      UploadedCertificates uploads = Objects.requireNonNull(state);
      CredentialChange change =
          new CredentialChange(uploaded.name(), uploads.find(uploaded.name()), uploaded);
      return store.next(store.effective(uploads, List.of(change)), clock.instant());
    } finally {
      lock.unlock();
    }
  }

  private boolean replacesValid(String name, Instant now) {
    return stores()
        .map(store -> store.credentials().get(name))
        .anyMatch(credential -> credential != null && credential.isValidAt(now));
  }

  private List<HostChange> moves(Credential credential, Instant now) {
    UploadedCertificates uploads = Objects.requireNonNull(state);
    CredentialChange change =
        new CredentialChange(credential.name(), uploads.find(credential.name()), credential);
    Set<HostChange> moves = new LinkedHashSet<>();
    for (CredentialStore store : stores().toList()) {
      List<CredentialChange> effective = store.effective(uploads, List.of(change));
      CredentialSnapshot after = store.next(effective, now);
      Set<String> hosts = new LinkedHashSet<>(credential.hosts());
      for (CredentialChange part : effective) {
        if (part.before() != null) {
          hosts.addAll(part.before().hosts());
        }
      }
      for (String host : hosts) {
        addMoves(host, store.snapshot().find(host, now), after.find(host, now), moves);
      }
    }
    return List.copyOf(moves);
  }

  private static void addMoves(
      String host,
      @Nullable CredentialSet before,
      @Nullable CredentialSet after,
      Set<HostChange> moves) {
    for (KeyKind kind : KeyKind.values()) {
      String from = name(before, kind);
      String to = name(after, kind);
      if (!Objects.equals(from, to)) {
        moves.add(new HostChange(host, kind, from, to));
      }
    }
  }

  private static @Nullable String name(@Nullable CredentialSet set, KeyKind kind) {
    if (set != null) {
      for (Credential credential : set.credentials()) {
        if (credential.keyKind() == kind) {
          return credential.name();
        }
      }
    }
    return null;
  }

  /**
   * The credentials in service on all listeners; if a name occurs more than once, the one that
   * expires first. Thread-safe.
   */
  public Map<String, Credential> credentials() {
    lock.lock();
    try {
      Map<String, Credential> all = new TreeMap<>();
      stores()
          .flatMap(store -> store.credentials().entrySet().stream())
          .forEach(
              each ->
                  all.merge(
                      each.getKey(),
                      each.getValue(),
                      (a, b) -> a.notAfter().isAfter(b.notAfter()) ? b : a));
      return all;
    } finally {
      lock.unlock();
    }
  }

  /** The fingerprints of the certificates of this {@code name} that are in service. */
  public Set<String> fingerprints(String name) {
    lock.lock();
    try {
      Set<String> fingerprints = new TreeSet<>();
      stores()
          .map(store -> store.credentials().get(name))
          .filter(Objects::nonNull)
          .forEach(credential -> fingerprints.add(credential.fingerprint()));
      return fingerprints;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Set<Path> directories() {
    lock.lock();
    try {
      Set<Path> directories = new HashSet<>();
      sources().forEach(source -> directories.addAll(source.directories()));
      return directories;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isWaiting() {
    lock.lock();
    try {
      return sources().anyMatch(CertificateSource::isWaiting);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    watcher.close();
  }
}
