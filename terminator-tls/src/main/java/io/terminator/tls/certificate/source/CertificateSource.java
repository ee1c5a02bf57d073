package io.terminator.tls.certificate.source;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.credential.ReportedProblem;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where credentials come from, with the last good version of each. One thread at a time, never a
 * worker: looking reads files.
 */
public interface CertificateSource {

  /**
   * When and how to look: {@code touched} are paths that may have changed, null for all there are;
   * what is missing for {@code grace} is gone.
   */
  record Look(@Nullable Set<Path> touched, Duration grace, Instant time) {}

  /** Looks, and says which names have another credential now. */
  List<CredentialChange> refresh(Look look);

  @Nullable Credential find(String name);

  /** All that serve, in the operator's order; the first is a listener's default. */
  Collection<Credential> credentials();

  /** The first of {@link #credentials}. */
  @Nullable Credential first();

  List<ReportedProblem> problems();

  /** Directories in which a change concerns this source. They need not exist. */
  Set<Path> directories();

  /** Whether something is missing that may come back soon: look again after the grace. */
  boolean isWaiting();
}
