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
 * Where credentials come from, with the last good version of each: a directory, a list of files, uploads, or anything else that
 * a {@link CertificatesConfig} opens.
 *
 * <p><b>Threads.</b> {@code Certificates} calls every method but {@link #attach} under its lock, so one thread at a time, and
 * never on a worker: a method may read files, but must not wait for a network. A source that fetches certificates does so on a
 * thread of its own, and must not call {@code Certificates} while it holds a lock that one of these methods takes.
 *
 * <p><b>Publication.</b> Nothing serves before {@link #refresh} has returned it as a change; the listeners' snapshots are then
 * swapped before the lock is released. {@link #refresh} is called once when the source is opened, when a path in {@link
 * #directories} may have changed, at each poll, on an operator's reload, and within {@link #attach}'s {@code publish}. A source
 * that needs its certificates after a restart must have stored them before it returns them.
 *
 * <p><b>The last good version serves.</b> A version that cannot be used is a {@link #problems problem}, not a change. A change
 * to null is final: the source must be sure that the certificate was removed on purpose.
 */
public interface CertificateSource {

  /**
   * One look at what the source has: {@code touched} are paths that may have changed, null for all;
   * what has been missing for {@code grace} was removed. {@code time} is now.
   */
  record Scan(@Nullable Set<Path> touched, Duration grace, Instant time) {}

  /**
   * Called once, before the first {@link #refresh}. A source that changes by itself runs {@code publish} after each change, on any
   * thread but a worker and not from within a method of this interface: it takes the lock, calls {@link #refresh} with no touched
   * path, and returns when the changes serve.
   */
  default void attach(Runnable publish) {}

  /**
   * Looks for changes and returns the names that have another credential than before. Credentials are compared by identity: what
   * did not change must stay the same object, else its TLS contexts are rebuilt.
   */
  List<CredentialChange> refresh(Scan scan);

  /** What {@link #credentials} has under this name. */
  @Nullable Credential find(String name);

  /** All that the source offers, in an order that is the same on every machine. The names are unique. */
  Collection<Credential> credentials();

  /** The name that the operator gave the default certificate's role by its place in this source; null where none has it. */
  @Nullable String defaultName();

  /** What is wrong now, also with certificates that are not offered. */
  List<ReportedProblem> problems();

  /** Directories in which a change concerns this source. They need not exist. */
  Set<Path> directories();

  /** Whether something is missing that may come back soon: scan again after the grace period. */
  boolean isWaiting();
}
