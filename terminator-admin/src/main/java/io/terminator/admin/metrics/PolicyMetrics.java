package io.terminator.admin.metrics;

import io.terminator.admin.api.PolicyView;
import io.terminator.tls.report.CanaryReport;
import io.terminator.tls.report.PolicyReport;
import java.util.List;
import java.util.function.Supplier;

/** Metrics of policies in report and canary mode. Any thread. */
public record PolicyMetrics(
    Supplier<List<PolicyReport>> reports,
    Supplier<List<CanaryReport>> canaries,
    Supplier<List<PolicyView>> policies) {

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
    families.counter(
        "tls_canary_handshakes",
        "Handshakes of the names of a policy in canary mode. canary: by the policy; stable: of the"
            + " other clients.",
        family -> canaries.get().forEach(canary -> write(family, canary)));
    families.gauge(
        "tls_canary_undone",
        "1 if a canary was undone because its handshakes failed; /v1/policies has the reason.",
        family ->
            policies.get().stream()
                .filter(policy -> policy.configured().equals("canary"))
                .forEach(
                    policy ->
                        family.value(
                            policy.why() != null && policy.why().startsWith("undone") ? 1 : 0,
                            "listener",
                            policy.listener(),
                            "policy",
                            policy.name())));
  }

  private static void write(Families family, CanaryReport canary) {
    CanaryReport.Totals totals = canary.totals();
    write(family, canary, "stable", totals.stable());
    write(family, canary, "canary", totals.canary());
  }

  private static void write(
      Families family, CanaryReport canary, String stage, CanaryReport.Stage counted) {
    write(family, canary, stage, "completed", counted.completed());
    write(family, canary, stage, "failed", counted.failed());
  }

  private static void write(
      Families family, CanaryReport canary, String stage, String result, long count) {
    family.total(
        count,
        "listener",
        canary.listener(),
        "policy",
        canary.policy().name(),
        "stage",
        stage,
        "result",
        result);
  }
}
