package io.terminator.tls.layer;

import io.terminator.tls.judgement.ListenerRules;
import io.terminator.tls.judgement.ServingPolicy;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a listener as they would be with its policies in report or canary mode in force, and
 * the reports of these policies. Immutable; any worker.
 */
public record ReportedRules<R>(ListenerRules rules, Map<ServingPolicy, R> reports) {
  public ReportedRules {
    reports = Map.copyOf(reports);
  }

  /** The policy for clients of {@code serverName}. */
  ServingPolicy policy(@Nullable String serverName) {
    return rules.policy(serverName);
  }

  /** The report on {@code policy}, one of {@link #rules}; null if it is in force. */
  @Nullable R report(ServingPolicy policy) {
    return reports.get(policy);
  }
}
