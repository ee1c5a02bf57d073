package io.terminator.core.accept;

import io.terminator.core.setting.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * One listening address. Addresses with the same name form one listener for limits and metrics.
 * {@code backlog} is the kernel's accept queue per worker; {@code shared} allows another process to
 * listen on the address too; {@code trustedProxies}, if set, send PROXY headers.
 */
public record ListenerConfig(
    String name,
    Endpoint bind,
    int backlog,
    AdmissionConfig admission,
    boolean shared,
    ListeningConfig listening,
    @Nullable TrustedProxyConfig trustedProxies) {
  public static final int DEFAULT_BACKLOG = 4096;

  /**
   * An exclusive address that admits every client, up to {@code connections} open connections; 0
   * means no limit.
   */
  public ListenerConfig(String name, Endpoint bind, int backlog, int connections) {
    this(
        name,
        bind,
        backlog,
        AdmissionConfig.upTo(connections),
        false,
        ListeningConfig.DEFAULT,
        null);
  }

  /** The same configuration at another address. */
  public ListenerConfig at(Endpoint other) {
    return new ListenerConfig(name, other, backlog, admission, shared, listening, trustedProxies);
  }

  /** A key that is unique to each listening address. */
  public String key() {
    return name + " on " + bind;
  }

  /** The limit on open connections; 0 means no limit. */
  public int connections() {
    return admission.total().connections();
  }
}
