package io.terminator.tls.certificate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of loading one certificate and key: the credential, unless a problem forbids it, and every problem seen. */
public record LoadedCredential(@Nullable Credential credential, List<CredentialProblem> problems) {
  public LoadedCredential {
    problems = List.copyOf(problems);
  }
}
