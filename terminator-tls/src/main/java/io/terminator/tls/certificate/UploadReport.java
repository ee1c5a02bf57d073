package io.terminator.tls.certificate;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.KeyKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an upload does, or would do. Where it is not accepted nothing changes, and {@code problems}
 * say why; {@code credential} is null where it could not even be read. {@code daysLeft} is negative
 * once expired.
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
   * Clients of {@code host} (or wildcard) with this kind of key get another certificate; null
   * stands for none.
   */
  public record HostChange(
      String host, KeyKind keyKind, @Nullable String from, @Nullable String to) {}
}
