package io.terminator.tls.layer;

import io.terminator.core.worker.Worker;
import io.terminator.tls.client.ClientTrust;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.engine.ClientVerdict;
import io.terminator.tls.failure.ClientCertificateRefused;
import io.terminator.tls.judgement.ServingPolicy;
import io.terminator.tls.judgement.Verdict;
import io.terminator.tls.report.PolicyReport;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a policy in report mode would do with one client. Counted only if the client is served, or
 * is refused by the policy in force: a client that leaves during the handshake tells nothing.
 */
final class Outlook {
  private final ServingPolicy policy;
  private final PolicyReport report;
  private final @Nullable ClientTrust trust;
  private String would;

  /** {@code trust} verifies client certificates under {@code policy}, null if it requests none. */
  Outlook(ServingPolicy policy, PolicyReport report, @Nullable ClientTrust trust, String would) {
    this.policy = policy;
    this.report = report;
    this.trust = trust;
    this.would = would;
  }

  /** The outcome if {@code present} is the verdict now and {@code candidate} that of the policy. */
  static String compare(Verdict present, Verdict candidate) {
    if (candidate instanceof Verdict.Refuse refusal) {
      return present instanceof Verdict.Refuse ? PolicyReport.SAME : refusal.failure().label();
    }
    if (present instanceof Verdict.Refuse) {
      return PolicyReport.SERVED;
    }
    return present instanceof Verdict.Serve now
            && candidate instanceof Verdict.Serve then
            && !now.certificate().equals(then.certificate())
        ? PolicyReport.OTHER_CERTIFICATE
        : PolicyReport.SAME;
  }

  ServingPolicy policy() {
    return policy;
  }

  /** Whether the client has to be asked for a certificate to know the outcome. */
  boolean asksForCertificate() {
    return trust != null && !PolicyReport.isFailure(would);
  }

  /** The handshake is over; {@code verdict} is null if the client sent no certificate. */
  void onCertificate(@Nullable ClientVerdict verdict) {
    if (trust == null || PolicyReport.isFailure(would)) {
      return;
    }
    ClientCertificateRefused refused =
        verdict != null
            ? verdict.refused()
            : trust.isRequired() ? ClientCertificateRefused.MISSING : null;
    if (refused != null) {
      would = refused.label();
    }
  }

  void count(Worker worker, SocketAddress client, ClientHello hello, String ja4) {
    report.count(worker, would, client, hello, ja4);
  }

  /** The outcome, for the access log. */
  String would() {
    return would;
  }
}
