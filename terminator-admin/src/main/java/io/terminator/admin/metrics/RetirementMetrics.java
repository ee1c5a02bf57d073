package io.terminator.admin.metrics;

import io.terminator.admin.api.RetirementView;
import java.util.List;
import java.util.function.Supplier;

/** Metrics of retirements of certificates, at most 16. Any thread. */
public record RetirementMetrics(Supplier<List<RetirementView>> retirements) {

  void collect(Families families) {
    families.gauge(
        "certificate_retiring_connections",
        "Connections that a retirement of the certificate has still to close; 0 when it is done.",
        family ->
            retirements
                .get()
                .forEach(each -> family.value(each.left(), "certificate", each.certificate())));
  }
}
