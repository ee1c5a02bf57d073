package io.terminator.tls.certificate.managed;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.source.ManagedCertificate;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** Self-signed certificates that serve before the first one is issued; only in memory. */
final class Placeholder {
  private static final Duration LIFETIME = Duration.ofDays(397);
  static final Path SOURCE = Path.of("acme-placeholder");

  private Placeholder() {}

  static Credential of(ManagedCertificate certificate, CredentialLoader loader, Instant now) {
    SelfSigned made = SelfSigned.make("not issued yet", certificate.names(), now, LIFETIME, null);
    Loaded loaded =
        loader.parse(
            certificate.name(),
            made.chainPem(),
            made.keyPem(),
            null,
            new Credential.Origin(SOURCE, 0));
    Credential credential = loaded.credential();
    if (credential == null) {
      throw new IllegalStateException("refused: " + loaded.problems());
    }
    return credential.asLastResort();
  }
}
