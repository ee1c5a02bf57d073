package io.terminator.admin.appliance;

import io.terminator.admin.resolve.DnsConfig;
import io.terminator.admin.resolve.NameResolver;
import io.terminator.core.observe.Diagnostics;
import io.terminator.core.route.ServerConnections;
import io.terminator.core.worker.Worker;
import io.terminator.tls.engine.BoringSsl;
import org.jspecify.annotations.Nullable;

/**
 * What all backends share for the lifetime of the appliance. Created when the first backend needs
 * it.
 */
final class BackendSurroundings implements AutoCloseable {
  private final DnsConfig dns;
  private final ServerConnections connections;
  private final BoringSsl library;
  private final Diagnostics diagnostics;
  private @Nullable NameResolver resolver;
  private @Nullable Worker checker;

  BackendSurroundings(
      DnsConfig dns, ServerConnections connections, BoringSsl library, Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
    this.dns = dns;
    this.connections = connections;
    this.library = library;
  }

  ServerConnections connections() {
    return connections;
  }

  BoringSsl library() {
    return library;
  }

  synchronized NameResolver resolver() {
    NameResolver there = resolver;
    if (there == null) {
      there = new NameResolver(dns);
      resolver = there;
    }
    return there;
  }

  /** The worker that runs health checks and carries no client connections. */
  synchronized Worker checker() {
    Worker there = checker;
    if (there == null) {
      there = new Worker("checker", diagnostics);
      checker = there;
    }
    return there;
  }

  @Override
  public synchronized void close() {
    if (resolver != null) {
      resolver.close();
    }
    if (checker != null) {
      checker.stop().awaitUninterruptibly(5_000);
    }
  }
}
