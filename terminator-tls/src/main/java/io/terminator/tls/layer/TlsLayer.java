package io.terminator.tls.layer;

import io.terminator.core.accept.HandshakeRateLimiter;
import io.terminator.core.chain.Basis;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.LayerSession;
import io.terminator.core.chain.ProtocolLayer;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.challenge.ChallengeCertificate;
import io.terminator.tls.challenge.PendingChallenges;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.clienthello.Ja4Cache;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.engine.KeyPair;
import io.terminator.tls.engine.TlsContext;
import io.terminator.tls.engine.TlsContextException;
import io.terminator.tls.engine.TlsSettings;
import io.terminator.tls.judgement.Judge;
import io.terminator.tls.judgement.ListenerRules;
import io.terminator.tls.judgement.ServingPolicy;
import io.terminator.tls.judgement.Snapshot;
import io.terminator.tls.judgement.Verdict;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.policy.TlsPolicyConfig;
import io.terminator.tls.replay.HelloMemory;
import io.terminator.tls.report.CanaryReport;
import io.terminator.tls.report.PolicyReport;
import io.terminator.tls.report.PostQuantum;
import io.terminator.tls.sni.Identities;
import java.net.SocketAddress;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * TLS as a protocol layer of core: parse the ClientHello, judge it, and execute the verdict.
 * Thread-safe.
 */
public final class TlsLayer implements ProtocolLayer {
  /** RFC 8737 section 4 demands TLS 1.2 or newer; the operator's policy is for other clients. */
  private static final TlsSettings CHALLENGE =
      TlsPolicies.settings(
          new TlsPolicyConfig(
              TlsPolicyConfig.DEFAULT.preset(),
              List.of(),
              List.of(),
              List.of(),
              List.of(ChallengeCertificate.PROTOCOL)),
          null,
          "acme-challenge");

  private final ListenerRules rules;
  private final CredentialStore store;
  private final ListenerPolicies policies;
  private final InstantSource clock;
  private final @Nullable HandshakeRateLimiter rateLimiter;
  private final Challenges challenges;
  private final Watched watched;
  private final @Nullable ReportedRules<PolicyReport> candidates;
  private final @Nullable ReportedRules<CanaryReport> canaries;
  private final Map<ServingPolicy, CredentialStore> ownStores;
  private final Ja4Cache fingerprints = new Ja4Cache();

  /**
   * {@code candidates} judge clients besides, {@code canaries} serve some of them; null without
   * policies in report or canary mode. Completed handshakes are counted in {@code postQuantum}, and
   * each ClientHello in {@code hellos}.
   */
  public record Watched(
      @Nullable ReportedRules<PolicyReport> candidates,
      @Nullable ReportedRules<CanaryReport> canaries,
      PostQuantum postQuantum,
      HelloMemory.OfListener hellos) {}

  /** Replaced when the certificates change, so that a handshake does not have to create one. */
  private volatile Snapshot latest;

  /** The challenges to answer, and the library that makes their contexts. */
  public record Challenges(PendingChallenges pending, BoringSsl library) {}

  /** {@code policies} are those of {@code rules}. A {@code rateLimiter} limits full handshakes. */
  public TlsLayer(
      ListenerRules rules,
      CredentialStore store,
      ListenerPolicies policies,
      InstantSource clock,
      @Nullable HandshakeRateLimiter rateLimiter,
      Challenges challenges,
      Watched watched) {
    this.watched = watched;
    this.candidates = watched.candidates();
    this.canaries = watched.canaries();
    this.ownStores = policies.ownStores();
    this.rules = rules;
    this.store = store;
    this.policies = policies;
    this.clock = clock;
    this.rateLimiter = rateLimiter;
    this.challenges = challenges;
    this.latest =
        new Snapshot(rules, store.snapshot(), challenges.pending().current(), ownSnapshots());
  }

  /** The current rules, certificates and challenges. */
  public Snapshot snapshot() {
    Snapshot known = latest;
    CredentialSnapshot published = store.snapshot();
    Map<String, ChallengeCertificate> pending = challenges.pending().current();
    if (known.credentials() == published && known.challenges() == pending && hasOwn(known)) {
      return known;
    }
    Snapshot fresh = new Snapshot(rules, published, pending, ownSnapshots());
    latest = fresh;
    return fresh;
  }

  /** The answers with the certificates that {@code then} has for each store. */
  public Prospect prospect(Function<CredentialStore, CredentialSnapshot> then) {
    Map<ServingPolicy, CredentialSnapshot> own = new HashMap<>();
    ownStores.forEach((policy, ownStore) -> own.put(policy, then.apply(ownStore)));
    return new Prospect(rules, canaries, then.apply(store), own);
  }

  private boolean hasOwn(Snapshot known) {
    if (!ownStores.isEmpty()) {
      for (Map.Entry<ServingPolicy, CredentialStore> own : ownStores.entrySet()) {
        if (known.own().get(own.getKey()) != own.getValue().snapshot()) {
          return false;
        }
      }
    }
    return true;
  }

  private Map<ServingPolicy, CredentialSnapshot> ownSnapshots() {
    Map<ServingPolicy, CredentialSnapshot> snapshots = new HashMap<>();
    ownStores.forEach((policy, own) -> snapshots.put(policy, own.snapshot()));
    return Map.copyOf(snapshots);
  }

  /** The policy that applies to a client at {@code client}. */
  public ServingPolicy policy(ClientHello hello, SocketAddress client) {
    CanaryReport canary = canary(hello);
    return snapshot(canary != null && canary.takes(client)).rules().policy(hello.serverName());
  }

  Basis basis(Verdict.Serve verdict) {
    NamedPolicy named = verdict.policy().named();
    return new Basis(
        named == null ? "default" : named.name(),
        verdict.certificate().fingerprint(),
        policies.ticketKey(verdict.policy()));
  }

  HelloMemory.OfListener hellos() {
    return watched.hellos();
  }

  PostQuantum postQuantum() {
    return watched.postQuantum();
  }

  /** The canary that this client may get; null without one. */
  @Nullable CanaryReport canary(ClientHello hello) {
    return canaries == null ? null : canaries.report(canaries.policy(hello.serverName()));
  }

  /** As {@link #snapshot()}, for a client that a canary serves or does not serve. */
  Snapshot snapshot(boolean isCanary) {
    Snapshot stable = snapshot();
    return isCanary && canaries != null ? stable.under(canaries.rules()) : stable;
  }

  /** The current answer to a client at {@code client}. */
  public Verdict judge(
      ClientHello hello, SocketAddress client, @Nullable SocketAddress destination) {
    CanaryReport canary = canary(hello);
    return judge(hello, client, destination, snapshot(canary != null && canary.takes(client)));
  }

  Verdict judge(
      ClientHello hello, SocketAddress client, @Nullable SocketAddress destination, Snapshot by) {
    return Judge.judge(hello, client, destination, by, clock.instant());
  }

  /**
   * Returns the context for {@code verdict}, which was based on {@code by}; it is retained, and the
   * caller releases it. Null if the certificates have changed in the meantime: judge again.
   */
  @Nullable TlsContext obtain(Verdict.Serve verdict, Snapshot by, @Nullable Outlook outlook)
      throws TlsContextException {
    Identities identities =
        outlook == null || !outlook.asksForCertificate()
            ? policies.identities(verdict.policy())
            : policies.identities(verdict.policy(), outlook.policy());
    return identities.obtain(verdict.credentials(), by.credentials(verdict.policy()));
  }

  /**
   * What the policy in report mode for this client would do with it; null without one. {@code now}
   * is the verdict of the policies in force, based on {@code by}.
   */
  @Nullable Outlook outlook(
      Verdict now,
      ClientHello hello,
      SocketAddress client,
      @Nullable SocketAddress destination,
      Snapshot by) {
    ReportedRules<PolicyReport> others = candidates;
    if (others == null || !(now instanceof Verdict.Serve || now instanceof Verdict.Refuse)) {
      return null;
    }
    ServingPolicy policy = others.policy(hello.serverName());
    PolicyReport report = others.report(policy);
    if (report == null) {
      return null;
    }
    // A session may resume under a policy that would refuse the full handshake after it.
    ClientHello full = hello.offersResumption() ? hello.withoutResumption() : hello;
    String would = Outlook.compare(now, judge(full, client, destination, by.under(others.rules())));
    if (PolicyReport.isFailure(would)
        && hello.offersResumption()
        && judge(full, client, destination, by) instanceof Verdict.Refuse) {
      would = PolicyReport.SAME;
    }
    return new Outlook(policy, report, policies.trust(policy), would);
  }

  /**
   * Makes the context for a challenge, which the caller releases. One per handshake: an authority
   * needs a few in months. It issues no tickets, because no connection follows.
   */
  TlsContext context(Verdict.Challenge verdict) throws TlsContextException {
    ChallengeCertificate certificate = verdict.certificate();
    return TlsContext.make(
        challenges.library(),
        CHALLENGE,
        List.of(new KeyPair(certificate.chainPem(), certificate.keyPem())),
        List.of());
  }

  @Override
  public LayerSession begin(ByteStream client, Runnable wake) {
    return new TlsSession(this, rateLimiter, fingerprints, client, wake);
  }
}
