package io.terminator.tls.clienthello;

/** Stops parsing a ClientHello; without a stack trace, because clients can cause it at will. */
final class HelloException extends Exception {
  private static final long serialVersionUID = 1L;

  private final HelloProblem problem;

  HelloException(HelloProblem problem) {
    super(problem.words(), null, false, false);
    this.problem = problem;
  }

  HelloProblem problem() {
    return problem;
  }
}
