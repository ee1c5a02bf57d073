package io.terminator.core.accept;

import io.terminator.core.setting.Endpoint;

/**
 * One listening address. {@code backlog} is the kernel's accept queue per worker; {@code connections} 0 = no limit; with
 * {@code shared} another process may listen on it too.
 */
public record ListenerConfig(
    String name, Endpoint bind, int backlog, int connections, boolean shared) {
  public static final int DEFAULT_BACKLOG = 4096;

  /** An address of this process alone. */
  public ListenerConfig(String name, Endpoint bind, int backlog, int connections) {
    this(name, bind, backlog, connections, false);
  }
}
