package io.terminator.tls.policy;

import io.terminator.core.setting.HostPattern;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A policy for clients that ask for certain names. */
public record NamedPolicy(List<HostPattern> sni, TlsPolicyConfig tls) {
  public NamedPolicy {
    sni = List.copyOf(sni);
  }

  /**
   * {@code name} is in lower case, without a trailing dot; null where the client named no server.
   */
  public boolean isFor(@Nullable String name) {
    return name != null && HostPattern.anyMatches(sni, name);
  }
}
