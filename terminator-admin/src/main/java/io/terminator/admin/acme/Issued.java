package io.terminator.admin.acme;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.reader.Loaded;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The check of a certificate that an authority has issued. Pure. */
final class Issued {
  private Issued() {}

  /**
   * Why {@code loaded} must not replace {@code serving}; null if it may. {@code names} were
   * ordered.
   */
  static @Nullable String fault(
      Loaded loaded, List<String> names, @Nullable Credential serving, Instant now) {
    Credential credential = loaded.credential();
    if (credential == null) {
      return loaded.problems().stream()
          .filter(each -> each.severity() == CredentialProblem.Severity.REFUSED)
          .map(CredentialProblem::text)
          .findFirst()
          .orElse("it cannot be read");
    }
    if (!credential.isValidAt(now)) {
      return "it is valid from "
          + credential.notBefore()
          + " to "
          + credential.notAfter()
          + ", and it is "
          + now
          + " here. Check the clock";
    }
    if (!credential.hosts().containsAll(names)) {
      return "it covers " + credential.hosts() + " instead of " + names;
    }
    if (credential.rank(now) > 0) {
      return loaded.problems().stream()
          .filter(each -> each.kind().isRefusedByClients())
          .map(CredentialProblem::text)
          .findFirst()
          .orElse("clients refuse it");
    }
    boolean isShort =
        loaded.problems().stream().anyMatch(each -> each.kind() == Kind.MISSING_INTERMEDIATE);
    // A private authority may issue without an intermediate; then the last one had none either.
    return isShort && serving != null && serving.issuer() != null && serving.isValidAt(now)
        ? "its chain lacks the intermediate certificate"
        : null;
  }
}
