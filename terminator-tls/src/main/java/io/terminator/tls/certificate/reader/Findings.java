package io.terminator.tls.certificate.reader;

import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.util.ArrayList;
import java.util.List;

/** Collects the problems of one credential, so that an operator sees all of them at once. */
public final class Findings {
  private final List<CredentialProblem> problems = new ArrayList<>();

  public void add(Kind kind, String place, String text) {
    CredentialProblem problem = new CredentialProblem(kind, place, text);
    // Chain and key may be the same file, whose problems must be reported only once.
    if (!problems.contains(problem)) {
      problems.add(problem);
    }
  }

  public boolean isRefused() {
    return problems.stream()
        .anyMatch(problem -> problem.severity() == CredentialProblem.Severity.REFUSED);
  }

  /** Whether clients reject the certificate for its content. */
  boolean isRefusedByClients() {
    return problems.stream().anyMatch(problem -> problem.kind().isRefusedByClients());
  }

  void dropExposureOfSample() {
    if (problems.stream().anyMatch(problem -> problem.kind() == Kind.SAMPLE_CERTIFICATE)) {
      dropExposure();
    }
  }

  /** Drops the warnings about file permissions, for files that contain no key. */
  void dropExposure() {
    problems.removeIf(problem -> problem.kind() == Kind.KEY_EXPOSED);
  }

  public List<CredentialProblem> problems() {
    return List.copyOf(problems);
  }
}
