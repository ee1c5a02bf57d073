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
 * One credential of a source through time: what serves, and what is wrong with what is there now.
 * One thread at a time.
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

  /** What this source would serve for the entry. */
  @Nullable Credential serving() {
    return serving;
  }

  /** Whether there is nothing to it but files that nobody expects to be a server's certificate. */
  boolean isNoIdentity() {
    return serving == null
        && problems.stream()
            .anyMatch(problem -> problem.kind() == CredentialProblem.Kind.NO_IDENTITY);
  }

  /** Names files beside it that claim its name and are not read. */
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
   * Reads the files again if they, or what time makes of them, may have changed; {@code isTouched}
   * says that they have. The credential that serves is the same object unless the content differs.
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
    // The stamp of before the reading: what is written meanwhile is seen the next time.
    stamp = seen.value();
    links = seen.isLink() ? LinkTargets.directoriesOf(now) : List.of();
    accept(loader.load(now, version + 1, trust), time);
  }

  /** Permissions change without a trace in the file. */
  private static boolean isAboutAccess(CredentialProblem problem) {
    return problem.kind() == CredentialProblem.Kind.UNREADABLE
        || problem.kind() == CredentialProblem.Kind.KEY_EXPOSED;
  }

  /** Directories outside its own in which a change may change it, since its files are links. */
  List<Path> links() {
    return links;
  }

  private void accept(Loaded loaded, Instant time) {
    Credential fresh = loaded.credential();
    Credential old = serving;
    boolean isSame = old != null && loaded.digest().equals(digest);
    isHeldBack = false;
    if (fresh != null && !isSame) {
      // A renewal that begins tomorrow, or a backup of last year, must not end what is valid today.
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

  /** Whether the look of this number has not seen it. */
  boolean isUnseen(long look) {
    return lastSeen != look;
  }

  void see(long look) {
    lastSeen = look;
  }

  /** Marks it as not there any more; true once that has been so for {@code grace}. */
  boolean isGone(Instant time, Duration grace) {
    if (missingSince == null) {
      missingSince = time;
    }
    return !time.isBefore(Objects.requireNonNull(missingSince).plus(grace));
  }

  boolean isMissing() {
    return missingSince != null;
  }

  /** Refused without being read: another claims its name. */
  void refuse(CredentialProblem problem, Instant time) {
    serving = null;
    digest = null;
    report(List.of(problem), time);
  }
}
