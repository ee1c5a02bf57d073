package io.terminator.admin.metrics;

import io.terminator.tls.report.PolicyReport;
import java.util.List;
import java.util.function.Supplier;

/** Metrics of policies in report mode. Any thread. */
public record PolicyMetrics(Supplier<List<PolicyReport>> reports) {

  void collect(Families families) {
    families.counter(
        "tls_policy_report",
        "Handshakes by what a policy in report mode would do: same, other_certificate, served"
            + " (refused now), or the reason of the refusal.",
        family ->
            reports
                .get()
                .forEach(
                    report ->
                        report
                            .counts()
                            .forEach(
                                (would, count) ->
                                    family.total(
                                        count,
                                        "listener",
                                        report.listener(),
                                        "policy",
                                        report.policy().name(),
                                        "would",
                                        would))));
  }
}
