package io.terminator.tls.certificate.reader;

import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with one credential, so that an operator gets all of it at once. */
public final class Findings {
  private final List<CredentialProblem> problems = new ArrayList<>();

  public void add(Kind kind, String place, String text) {
    CredentialProblem problem = new CredentialProblem(kind, place, text);
    // Chain and key may be one file: what is wrong with it is wrong once.
    if (!problems.contains(problem)) {
      problems.add(problem);
    }
  }

  public boolean isRefused() {
    return problems.stream()
        .anyMatch(problem -> problem.severity() == CredentialProblem.Severity.REFUSED);
  }

  /** Whether clients refuse the certificate for what it says. */
  boolean isRefusedByClients() {
    return problems.stream().anyMatch(problem -> problem.kind().isRefusedByClients());
  }

  void dropExposureOfSample() {
    if (problems.stream().anyMatch(problem -> problem.kind() == Kind.SAMPLE_CERTIFICATE)) {
      dropExposure();
    }
  }

  /** For files that turned out to hold no key. */
  void dropExposure() {
    problems.removeIf(problem -> problem.kind() == Kind.KEY_EXPOSED);
  }

  public List<CredentialProblem> problems() {
    return List.copyOf(problems);
  }
}
