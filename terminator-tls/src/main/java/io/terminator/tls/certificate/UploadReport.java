package io.terminator.tls.certificate;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Severity;
import io.terminator.tls.certificate.credential.KeyKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The effect of an upload, applied or planned. A rejected upload changes nothing, and {@code
 * problems} has the reasons; {@code credential} is null if it could not be read. {@code daysLeft}
 * is negative for an expired certificate.
 */
public record UploadReport(
    String name,
    boolean isAccepted,
    @Nullable Credential credential,
    long daysLeft,
    List<CredentialProblem> problems,
    List<HostChange> moves) {
  public UploadReport {
    problems = List.copyOf(problems);
    moves = List.copyOf(moves);
  }

  /**
   * The effect of {@code problem}, which is one of {@code problems}: what would only be a last
   * resort as a file can be the reason for a rejection.
   */
  public Severity severity(CredentialProblem problem) {
    boolean isReason = !isAccepted && credential != null && problem.kind().isOfDates();
    return isReason ? Severity.REFUSED : problem.severity();
  }

  /**
   * Clients that ask for {@code host} (or a wildcard) with this kind of key get a different
   * certificate; null means none.
   */
  public record HostChange(
      String host, KeyKind keyKind, @Nullable String from, @Nullable String to) {}
}
