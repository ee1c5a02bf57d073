package io.terminator.tls.certificate;

import io.terminator.tls.certificate.CredentialProblem.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
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
  void refresh(CertificateFiles now, boolean isTouched, CredentialLoader loader, Instant time) {
    missingSince = null;
    long seen = stamp(now);
    boolean isOther = !now.equals(files) || seen != stamp || digest == null;
    boolean isDue = isHeldBack || serving != null && serving.isValidAt(time) != wasValid;
    if (!isOther && !isTouched && !isDue) {
      return;
    }
    files = now;
    // The stamp of before the reading: what is written meanwhile is seen the next time.
    stamp = seen;
    links = LinkTargets.directoriesOf(now);
    accept(loader.load(now, version + 1), time);
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

  private static long stamp(CertificateFiles files) {
    long stamp = stamp(files.chain());
    if (!files.key().equals(files.chain())) {
      stamp = stamp * 31 + stamp(files.key());
    }
    return files.passwordFile() == null ? stamp : stamp * 31 + stamp(files.passwordFile());
  }

  private static long stamp(Path file) {
    try {
      PosixFileAttributes attributes = Files.readAttributes(file, PosixFileAttributes.class);
      long stamp = attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
      stamp = stamp * 31 + attributes.size();
      stamp = stamp * 31 + Objects.hashCode(attributes.fileKey());
      return stamp * 31 + attributes.permissions().hashCode();
    } catch (IOException | UnsupportedOperationException e) {
      return 0;
    }
  }
}
