package io.terminator.tls.judgement;

import io.terminator.core.route.RouteTable;
import io.terminator.tls.sni.SniConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of one listener that affects the answer to a ClientHello. {@code policies} are
 * in order of precedence; the last one applies to all other names. Immutable and thread-safe.
 */
public record ListenerRules(RouteTable routes, List<ServingPolicy> policies, SniConfig sni) {
  public ListenerRules {
    policies = List.copyOf(policies);
    if (policies.isEmpty()) {
      throw new IllegalArgumentException("a listener has at least one policy");
    }
  }

  /** The policy for clients that ask for {@code serverName}; null if they send none. */
  public ServingPolicy policy(@Nullable String serverName) {
    return policy(policies, serverName);
  }

  /** As above, for use before the routes are known. */
  public static ServingPolicy policy(List<ServingPolicy> policies, @Nullable String serverName) {
    int last = policies.size() - 1;
    for (int i = 0; i < last; i++) {
      ServingPolicy policy = policies.get(i);
      if (policy.isFor(serverName)) {
        return policy;
      }
    }
    return policies.get(last);
  }
}
