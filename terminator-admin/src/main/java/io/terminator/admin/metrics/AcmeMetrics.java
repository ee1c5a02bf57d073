package io.terminator.admin.metrics;

import io.terminator.admin.acme.AcmeCounters;
import io.terminator.admin.acme.AcmeService;
import io.terminator.admin.acme.AcmeView;
import java.util.List;

/** The metrics of ordering certificates; 0 or empty if ACME is not configured. Any thread. */
public record AcmeMetrics(AcmeService acme) {
  void collect(Families families) {
    AcmeView view = acme.view();
    List<AcmeView.Certificate> certificates = view == null ? List.of() : view.certificates();
    AcmeCounters counters = acme.counters();
    families.counter(
        "acme_orders",
        "Orders of certificates that this process has finished, by result.",
        family -> {
          family.total(counters.issuedTotal(), "result", "issued");
          family.total(counters.failedTotal(), "result", "failed");
        });
    families.counter(
        "acme_failures",
        "Failed orders by the type of problem: that of RFC 8555, or one of our own.",
        family -> counters.failures().forEach((type, count) -> family.total(count, "type", type)));
    families.gauge(
        "acme_leader",
        "1 if this process orders the certificates of those that share its state directory.",
        family -> family.value(view != null && view.isLeader() ? 1 : 0));
    families.gauge(
        "acme_next_order_timestamp_seconds",
        "Time of the next order for a certificate.",
        family ->
            certificates.forEach(
                each -> family.value(each.renewAt().getEpochSecond(), "certificate", each.name())));
    families.gauge(
        "acme_last_failure_timestamp_seconds",
        "Time of the last failed order for a certificate, by its problem; none after a success.",
        family ->
            certificates.forEach(
                each -> {
                  AcmeView.Failure failure = each.lastFailure();
                  if (failure != null) {
                    family.value(
                        failure.at().getEpochSecond(),
                        "certificate",
                        each.name(),
                        "type",
                        failure.type());
                  }
                }));
    families.gauge(
        "acme_failures_in_succession",
        "Failed orders for a certificate since the last one that succeeded.",
        family ->
            certificates.forEach(
                each -> family.value(each.failures(), "certificate", each.name())));
  }
}
