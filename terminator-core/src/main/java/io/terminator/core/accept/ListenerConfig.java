package io.terminator.core.accept;

import io.terminator.core.setting.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * One listening address; those with the same name are one listener for limits and metrics. {@code backlog} is the kernel's accept
 * queue per worker; with {@code shared} another process may listen on it too; {@code trustedProxies}, where set, send PROXY
 * headers.
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

  /** An address of this process alone, for everybody, up to {@code connections} at a time; 0 is no limit. */
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

  /** The same at another address. */
  public ListenerConfig at(Endpoint other) {
    return new ListenerConfig(name, other, backlog, admission, shared, listening, trustedProxies);
  }

  /** What no two listening addresses have in common. */
  public String key() {
    return name + " on " + bind;
  }

  /** Open connections at a time; 0 is no limit. */
  public int connections() {
    return admission.connections();
  }
}
