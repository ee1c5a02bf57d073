package io.terminator.tls.clienthello;

/** Ends the reading of a ClientHello; without a stack, since clients cause it at will. */
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
