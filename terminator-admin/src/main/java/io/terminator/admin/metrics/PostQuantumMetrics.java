package io.terminator.admin.metrics;

import io.terminator.tls.report.PostQuantum;

/** Metrics of hybrid key exchange. Any thread. */
public record PostQuantumMetrics(PostQuantum postQuantum) {

  void collect(Families families) {
    families.counter(
        "tls_post_quantum_handshakes",
        "Completed handshakes by certificate and use of X25519MLKEM768: used, not_offered, no_tls13"
            + " (the client offers TLS 1.2 only) or policy (offered, and not allowed by the policy).",
        family ->
            postQuantum
                .readiness(System.currentTimeMillis())
                .forEach(
                    (certificate, readiness) ->
                        readiness
                            .total()
                            .forEach(
                                (outcome, count) ->
                                    family.total(
                                        count,
                                        "certificate",
                                        certificate,
                                        "result",
                                        outcome.label()))));
  }
}
