package io.terminator.tls.certificate.credential;

import java.time.Instant;

/**
 * A problem that a source has now: of which certificate (or directory), since when, and whether an
 * earlier good version of it keeps serving.
 */
public record ReportedProblem(
    String certificate, CredentialProblem problem, Instant since, boolean isLastGoodServing) {

  /** For a log or an answer. */
  public String message() {
    return problem.message()
        + (isLastGoodServing ? ". The last good version stays in service" : "");
  }
}
