package io.terminator.tls.certificate.source;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Severity;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.reader.CertificateFiles;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.FileStamp;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.reader.PublicKeyCheck;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One credential of a source over time: the version in service, and the problems of the current
 * files. Not thread-safe.
 */
final class SourceEntry {
  private CertificateFiles files;
  private long stamp;
  private Loaded.@Nullable Digest digest;
  private @Nullable Credential serving;
  private int version;
  private long lastSeen;
  private boolean wasValid;
  private boolean isHeldBack;
  private List<CredentialProblem> problems = List.of();
  private Instant since = Instant.EPOCH;
  private @Nullable Instant missingSince;
  private List<Path> links = List.of();
  private List<CredentialProblem> ignored = List.of();

  SourceEntry(CertificateFiles files) {
    this.files = files;
  }

  CertificateFiles files() {
    return files;
  }

  /** The credential that this source offers for the entry. */
  @Nullable Credential serving() {
    return serving;
  }

  /** Whether it consists only of files that are not expected to be a server's certificate. */
  boolean isNoIdentity() {
    return serving == null
        && problems.stream()
            .anyMatch(problem -> problem.kind() == CredentialProblem.Kind.NO_IDENTITY);
  }

  /** Reports files beside it that claim its name and are not read. */
  void ignore(List<CredentialProblem> others) {
    ignored = others;
  }

  List<ReportedProblem> reported() {
    return Stream.concat(problems.stream(), ignored.stream())
        .map(
            problem ->
                new ReportedProblem(
                    files.name(),
                    problem,
                    since,
                    serving != null
                        && (isHeldBack || problem.severity() == Severity.REFUSED)
                        && !ignored.contains(problem)))
        .toList();
  }

  /**
   * Reads the files again if they, or the time-dependent findings about them, may have changed;
   * {@code isTouched} means that they have. The credential in service stays the same object unless
   * the content differs.
   */
  void refresh(
      CertificateFiles now,
      FileStamp seen,
      boolean isTouched,
      CredentialLoader loader,
      Instant time,
      PublicKeyCheck trust) {
    missingSince = null;
    boolean isOther = !now.equals(files) || seen.value() != stamp || digest == null;
    boolean isDue =
        isHeldBack
            || serving != null && serving.isValidAt(time) != wasValid
            || problems.stream().anyMatch(SourceEntry::isAboutAccess);
    if (!isOther && !isTouched && !isDue) {
      return;
    }
    files = now;
    // The stamp from before reading: a write in the meantime is detected at the next scan.
    stamp = seen.value();
    links = seen.isLink() ? LinkTargets.directoriesOf(now) : List.of();
    accept(loader.load(now, version + 1, trust), time);
  }

  /** A change of permissions is not visible in the file's stamp. */
  private static boolean isAboutAccess(CredentialProblem problem) {
    return problem.kind() == CredentialProblem.Kind.UNREADABLE
        || problem.kind() == CredentialProblem.Kind.KEY_EXPOSED;
  }

  /** Directories outside its own in which a change may affect it, because its files are links. */
  List<Path> links() {
    return links;
  }

  private void accept(Loaded loaded, Instant time) {
    Credential fresh = loaded.credential();
    Credential old = serving;
    boolean isSame = old != null && loaded.digest().equals(digest);
    isHeldBack = false;
    if (fresh != null && !isSame) {
      // A renewal that becomes valid tomorrow, or last year's backup, must not replace
      // a valid certificate.
      isHeldBack = old != null && old.isValidAt(time) && !fresh.isValidAt(time);
      if (!isHeldBack) {
        serving = fresh;
        version = fresh.version();
      }
    }
    if (fresh != null && !isHeldBack || old == null) {
      digest = loaded.digest();
    }
    report(loaded.problems(), time);
    wasValid = serving != null && serving.isValidAt(time);
  }

  private void report(List<CredentialProblem> now, Instant time) {
    if (!kinds(now).equals(kinds(problems))) {
      since = time;
    }
    problems = now;
  }

  private static List<Object> kinds(List<CredentialProblem> problems) {
    return problems.stream()
        .<Object>map(problem -> List.of(problem.kind(), problem.place()))
        .toList();
  }

  /** Whether the scan of this number has not found it. */
  boolean isUnseen(long look) {
    return lastSeen != look;
  }

  void see(long look) {
    lastSeen = look;
  }

  /** Marks it as missing; returns true once it has been missing for {@code grace}. */
  boolean isGone(Instant time, Duration grace) {
    if (missingSince == null) {
      missingSince = time;
    }
    return !time.isBefore(Objects.requireNonNull(missingSince).plus(grace));
  }

  boolean isMissing() {
    return missingSince != null;
  }

  /** Refuses it without reading it, because another credential claims its name. */
  void refuse(CredentialProblem problem, Instant time) {
    serving = null;
    digest = null;
    report(List.of(problem), time);
  }
}
