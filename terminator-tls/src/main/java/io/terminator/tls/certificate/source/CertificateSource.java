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
 * A source of credentials that keeps the last good version of each: a directory, a list of files,
 * uploads, or any other that a {@link CertificatesConfig} opens.
 *
 * <p><b>Threads.</b> {@code Certificates} calls every method except {@link #attach} under its lock,
 * so one thread at a time, and never on a worker. A method may read files but must not wait for a
 * network. A source that fetches certificates does so on its own thread, and must not call {@code
 * Certificates} while it holds a lock that one of these methods takes.
 *
 * <p><b>Publication.</b> A certificate is served only after {@link #refresh} has returned it as a
 * change; the listeners' snapshots are then swapped before the lock is released. {@link #refresh}
 * is called once when the source is opened, when a path in {@link #directories} may have changed,
 * at each poll, on an operator's reload, and from {@link #attach}'s {@code publish}. A source that
 * needs its certificates after a restart must store them before it returns them.
 *
 * <p><b>The last good version stays in service.</b> An unusable version is a {@link #problems
 * problem}, not a change. A change to null is final: the source must be sure that the certificate
 * was removed on purpose.
 */
public interface CertificateSource {

  /**
   * One scan. {@code touched} are the paths that may have changed, null for all; a file that has
   * been missing for {@code grace} counts as removed; {@code time} is the current time.
   */
  record Scan(@Nullable Set<Path> touched, Duration grace, Instant time) {}

  /**
   * Called once, before the first {@link #refresh}. A source that changes on its own runs {@code
   * publish} after each change, on any thread except a worker and not from within a method of this
   * interface. {@code publish} takes the lock, calls {@link #refresh} without a touched path, and
   * returns when the changes are in service.
   */
  default void attach(Runnable publish) {}

  /**
   * Looks for changes and returns the names whose credential has changed. Credentials are compared
   * by identity: an unchanged credential must be the same object, otherwise its TLS contexts are
   * rebuilt.
   */
  List<CredentialChange> refresh(Scan scan);

  /** The credential of this name in {@link #credentials}, or null. */
  @Nullable Credential find(String name);

  /**
   * All credentials that the source offers, in an order that is the same on every machine. Their
   * names are unique.
   */
  Collection<Credential> credentials();

  /**
   * The name of the credential that the operator made the default by its place in this source; null
   * if there is none.
   */
  default @Nullable String defaultName() {
    return null;
  }

  /** The current problems, including those of certificates that are not offered. */
  default List<ReportedProblem> problems() {
    return List.of();
  }

  /** The directories in which a change concerns this source. They need not exist. */
  default Set<Path> directories() {
    return Set.of();
  }

  /** Whether a missing file may come back soon: scan again after the grace period. */
  default boolean isWaiting() {
    return false;
  }

  /** Called when no listener uses the source any more; nothing is called afterwards. */
  default void close() {}
}
