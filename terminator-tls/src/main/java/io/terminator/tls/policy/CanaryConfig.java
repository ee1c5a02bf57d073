package io.terminator.tls.policy;

import io.terminator.core.setting.Cidr;
import java.util.List;

/**
 * Which clients get a policy in canary mode, and when it is undone. {@code percent} of all sources,
 * and all of {@code sources}. It is undone when after {@code minHandshakes} its share of failed
 * handshakes exceeds that of other clients by more than {@code maxFailures} percent points.
 */
public record CanaryConfig(int percent, List<Cidr> sources, int maxFailures, int minHandshakes) {
  public CanaryConfig {
    sources = List.copyOf(sources);
  }
}
