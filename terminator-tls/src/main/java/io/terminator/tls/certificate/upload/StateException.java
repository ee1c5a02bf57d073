package io.terminator.tls.certificate.upload;

import io.terminator.tls.certificate.credential.CredentialProblem;
import java.io.Serial;

/** An upload could not be stored, so nothing of it is served. */
public final class StateException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final transient CredentialProblem problem;

  public StateException(CredentialProblem problem) {
    super(problem.message());
    this.problem = problem;
  }

  public CredentialProblem problem() {
    return problem;
  }
}
