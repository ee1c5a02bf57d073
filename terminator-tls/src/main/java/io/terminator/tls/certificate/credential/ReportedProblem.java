package io.terminator.tls.certificate.credential;

import java.time.Instant;

/**
 * A current problem of a source: the certificate (or directory) that it concerns, its start, and
 * whether an earlier good version is still served.
 */
public record ReportedProblem(
    String certificate, CredentialProblem problem, Instant since, boolean isLastGoodServing) {

  /** The text for a log line or an API response. */
  public String message() {
    return problem.message()
        + (isLastGoodServing ? ". The last good version stays in service" : "");
  }
}
