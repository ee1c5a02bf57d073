package io.terminator.tls.layer;

import io.terminator.tls.judgement.ListenerRules;
import io.terminator.tls.judgement.ServingPolicy;
import io.terminator.tls.report.CanaryReport;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a listener for the clients that its policies in canary mode serve. Immutable; any
 * worker.
 */
public final class CanaryRules {
  private final ListenerRules rules;
  private final Map<ServingPolicy, CanaryReport> reports;

  /** {@code reports} has the policies of {@code rules} that are in canary mode. */
  public CanaryRules(ListenerRules rules, Map<ServingPolicy, CanaryReport> reports) {
    this.rules = rules;
    this.reports = Map.copyOf(reports);
  }

  ListenerRules rules() {
    return rules;
  }

  /** The canary that clients of {@code serverName} may get; null if the first match is none. */
  @Nullable CanaryReport report(@Nullable String serverName) {
    return reports.get(rules.policy(serverName));
  }
}
