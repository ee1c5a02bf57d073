package io.terminator.tls.certificate.upload;

import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.source.CertificateSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Uploaded certificates, stored in the state directory with their last versions. After {@link #put}
 * returns, the certificate is also served after the next start, even if this process crashes. Not
 * thread-safe.
 */
public final class UploadedCertificates implements CertificateSource {
  /** The number of stored versions per certificate, including the one in service. */
  static final int KEPT = 5;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._@+~-]{0,99}");

  private final StateFiles files;
  private final CredentialLoader loader;
  private final InstantSource clock;
  private final StoredCredentials stored;
  private final TreeMap<String, Credential> serving = new TreeMap<>();
  private final TreeMap<String, List<ReportedProblem>> problems = new TreeMap<>();

  private UploadedCertificates(
      StateFiles files, CredentialLoader loader, InstantSource clock, @Nullable Secret secret) {
    this.files = files;
    this.loader = loader;
    this.clock = clock;
    this.stored =
        new StoredCredentials(
            files,
            loader,
            secret,
            "# Uploaded through the admin API. Do not edit: upload a new version.\n",
            null);
  }

  /**
   * Reads the stored uploads. With a {@code secret}, keys are encrypted from now on; earlier ones
   * stay readable.
   */
  public static UploadedCertificates open(
      Path directory, CredentialLoader loader, InstantSource clock, @Nullable Secret secret)
      throws StateException {
    return load(
        new UploadedCertificates(StateFiles.open(directory), loader, clock, secret), directory);
  }

  /**
   * Like {@link #open}, but changes nothing in the directory, which must exist: for checking a
   * configuration.
   */
  public static UploadedCertificates preview(
      Path directory, CredentialLoader loader, InstantSource clock, @Nullable Secret secret)
      throws StateException {
    return load(
        new UploadedCertificates(StateFiles.existing(directory), loader, clock, secret), directory);
  }

  private static UploadedCertificates load(UploadedCertificates state, Path directory)
      throws StateException {
    try {
      for (String name : state.files.names()) {
        state.load(name);
      }
      return state;
    } catch (IOException e) {
      throw new StateException(
          new CredentialProblem(
              Kind.STATE_UNUSABLE,
              directory.toString(),
              "cannot be read (" + e + "). Expected a directory that only Terminator uses"));
    }
  }

  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** Serves the newest version that is readable. */
  private void load(String name) throws IOException {
    List<CredentialProblem> seen = new ArrayList<>();
    for (int version : files.versions(name)) {
      Loaded loaded = stored.read(name, version);
      seen.addAll(loaded.problems());
      Credential credential = loaded.credential();
      if (credential != null) {
        serving.put(name, credential);
        break;
      }
    }
    report(name, seen);
  }

  private void report(String name, List<CredentialProblem> seen) {
    Instant now = clock.instant();
    problems.put(
        name,
        seen.stream()
            .map(
                problem ->
                    new ReportedProblem(
                        name,
                        problem,
                        now,
                        problem.severity() == CredentialProblem.Severity.REFUSED
                            && serving.containsKey(name)))
            .toList());
  }

  /** The version number of the next upload of {@code name}. */
  public int nextVersion(String name) throws StateException {
    List<Integer> versions = versions(name);
    Credential now = serving.get(name);
    int newest = versions.isEmpty() ? 0 : versions.get(0);
    return Math.max(newest, now == null ? 0 : now.version()) + 1;
  }

  /** The version in service and those available for rollback, newest first. */
  public List<Integer> versions(String name) throws StateException {
    if (!isName(name)) {
      return List.of();
    }
    try {
      return files.versions(name);
    } catch (IOException e) {
      throw new StateException(
          new CredentialProblem(
              Kind.STATE_UNUSABLE, name, "its versions cannot be listed (" + e + ")"));
    }
  }

  /**
   * Stores {@code loaded}'s credential durably and serves it. It must have the {@link
   * #nextVersion}.
   */
  public CredentialChange put(Loaded loaded) throws StateException {
    Credential credential = loaded.credential();
    if (credential == null) {
      throw new IllegalArgumentException("a rejected upload is not stored");
    }
    String name = credential.name();
    stored.write(credential);
    Credential before = serving.put(name, credential);
    report(name, loaded.problems());
    files.prune(name, KEPT);
    return new CredentialChange(name, before, credential);
  }

  /** Loads the content of {@code version} of {@code name} as its next version. */
  public Loaded recall(String name, int version) throws StateException {
    Loaded old = stored.read(name, version);
    Credential credential = old.credential();
    return credential == null
        ? old
        : loader.parse(name, credential.pemChain(), credential.pemKey(), null, nextVersion(name));
  }

  /** Returns null if there is no upload of that name. */
  public @Nullable CredentialChange delete(String name) throws StateException {
    if (!isName(name) || !serving.containsKey(name) && versions(name).isEmpty()) {
      return null;
    }
    files.delete(name);
    problems.remove(name);
    return new CredentialChange(name, serving.remove(name), null);
  }

  @Override
  public List<CredentialChange> refresh(Scan scan) {
    // Only this process writes here, but a stored certificate may have expired.
    for (Credential credential : serving.values()) {
      boolean isReported =
          problems.getOrDefault(credential.name(), List.of()).stream()
              .anyMatch(
                  known -> known.problem().severity() == CredentialProblem.Severity.LAST_RESORT);
      if (credential.isValidAt(scan.time()) == isReported) {
        report(
            credential.name(),
            loader
                .parse(
                    credential.name(),
                    credential.pemChain(),
                    credential.pemKey(),
                    null,
                    credential.version())
                .problems());
      }
    }
    return List.of();
  }

  @Override
  public @Nullable Credential find(String name) {
    return serving.get(name);
  }

  @Override
  public Collection<Credential> credentials() {
    return serving.values();
  }

  @Override
  public @Nullable String defaultName() {
    return serving.containsKey("default") ? "default" : null;
  }

  @Override
  public List<ReportedProblem> problems() {
    return problems.values().stream().flatMap(List::stream).toList();
  }
}
