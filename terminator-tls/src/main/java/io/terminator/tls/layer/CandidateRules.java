package io.terminator.tls.layer;

import io.terminator.tls.judgement.ListenerRules;
import io.terminator.tls.judgement.ServingPolicy;
import io.terminator.tls.report.PolicyReport;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a listener as if its policies in report mode were enforced, and the reports of these
 * policies. Immutable; any worker.
 */
public final class CandidateRules {
  private final ListenerRules rules;
  private final Map<ServingPolicy, PolicyReport> reports;

  /** {@code reports} has the policies of {@code rules} that are in report mode. */
  public CandidateRules(ListenerRules rules, Map<ServingPolicy, PolicyReport> reports) {
    this.rules = rules;
    this.reports = Map.copyOf(reports);
  }

  ListenerRules rules() {
    return rules;
  }

  /** The report on {@code policy}, one of {@link #rules}; null if it is in force. */
  @Nullable PolicyReport report(ServingPolicy policy) {
    return reports.get(policy);
  }
}
