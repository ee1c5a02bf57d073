package io.terminator.tls.layer;

import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.judgement.Judge;
import io.terminator.tls.judgement.ListenerRules;
import io.terminator.tls.judgement.ServingPolicy;
import io.terminator.tls.judgement.Snapshot;
import io.terminator.tls.judgement.Verdict;
import io.terminator.tls.report.CanaryReport;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answers of a listener under rules and certificates that need not be in force. Holds nothing
 * native and has no effect. Immutable and thread-safe.
 */
public final class Prospect {
  private final Snapshot snapshot;
  private final @Nullable ReportedRules<CanaryReport> canaries;

  /**
   * {@code own} are the certificates of policies, also of those of {@code canaries}, that do not
   * use {@code credentials}.
   */
  public Prospect(
      ListenerRules rules,
      @Nullable ReportedRules<CanaryReport> canaries,
      CredentialSnapshot credentials,
      Map<ServingPolicy, CredentialSnapshot> own) {
    this.snapshot = new Snapshot(rules, credentials, Map.of(), Map.copyOf(own));
    this.canaries = canaries;
  }

  /** The answer to a client at {@code client}, under a canary if one would serve it. */
  public Verdict judge(
      ClientHello hello, SocketAddress client, @Nullable SocketAddress destination, Instant now) {
    ReportedRules<CanaryReport> others = canaries;
    CanaryReport canary = others == null ? null : others.report(others.policy(hello.serverName()));
    return Judge.judge(
        hello,
        client,
        destination,
        others != null && canary != null && canary.takes(client)
            ? snapshot.under(others.rules())
            : snapshot,
        now);
  }
}
