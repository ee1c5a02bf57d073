package io.terminator.tls.certificate;

import io.terminator.tls.certificate.CredentialProblem.Kind;

/** Ends the loading of one credential; the problem says why. */
final class CredentialException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient CredentialProblem problem;

  CredentialException(Kind kind, String source, String text) {
    super(source + ": " + text);
    this.problem = new CredentialProblem(kind, source, text);
  }

  CredentialProblem problem() {
    return problem;
  }
}
