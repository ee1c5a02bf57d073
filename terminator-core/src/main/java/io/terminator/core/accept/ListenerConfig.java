package io.terminator.core.accept;

import io.terminator.core.setting.Endpoint;

/** One listening address. {@code backlog} is the kernel's accept queue per worker; {@code connections} 0 = no limit. */
public record ListenerConfig(String name, Endpoint bind, int backlog, int connections) {
  public static final int DEFAULT_BACKLOG = 4096;
}
