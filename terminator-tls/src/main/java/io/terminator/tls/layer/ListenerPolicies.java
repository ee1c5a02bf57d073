package io.terminator.tls.layer;

import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.client.CandidateCheck;
import io.terminator.tls.client.ClientCertificatesConfig;
import io.terminator.tls.client.ClientTrust;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.engine.ClientCheck;
import io.terminator.tls.judgement.ListenerRules;
import io.terminator.tls.judgement.ServingPolicy;
import io.terminator.tls.ocsp.Staples;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.policy.TlsPolicyConfig;
import io.terminator.tls.sni.Identities;
import io.terminator.tls.ticket.TicketKeyRing;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The policies of a listener: its default and those of named hosts, each with its own native
 * contexts, and those in report mode. The methods for workers read immutable state; the rest is for
 * the control plane.
 */
public final class ListenerPolicies {
  private final List<ServingPolicy> policies;

  /** By policy index. */
  private final List<Live> live;

  /** All policies as if those in report mode were enforced; empty without any in report mode. */
  private final List<ServingPolicy> candidates;

  /** By candidate index; null for policies that are enforced. */
  private final List<@Nullable Candidate> reported;

  private record Live(Identities identities, @Nullable ClientTrust trust) {}

  /**
   * A policy in report mode. {@code trust} verifies client certificates under it, null if it
   * requests none; {@code asking} are then the contexts that request them, by policy index.
   */
  private record Candidate(
      NamedPolicy policy, @Nullable ClientTrust trust, List<Identities> asking) {}

  /** What native contexts are made from. */
  public record Source(
      BoringSsl library,
      TicketKeyRing tickets,
      Staples staples,
      CredentialStore store,
      InstantSource clock) {

    private Identities identities(TlsPolicyConfig tls, @Nullable ClientCheck check) {
      return new Identities(
          library, tickets, staples, store, TlsPolicies.settings(tls, check, "terminator"), clock);
    }

    private @Nullable ClientTrust trust(TlsPolicyConfig tls) {
      ClientCertificatesConfig clients = tls.clients();
      return clients == null || clients.mode() == ClientCertificatesConfig.Mode.OFF
          ? null
          : new ClientTrust(clients, clock);
    }

    private Live live(TlsPolicyConfig tls) {
      ClientTrust trust = trust(tls);
      return new Live(identities(tls, trust), trust);
    }
  }

  public ListenerPolicies(Source source, TlsPolicyConfig tls, List<NamedPolicy> named) {
    List<NamedPolicy> enforced =
        named.stream().filter(policy -> policy.mode() == NamedPolicy.Mode.ENFORCE).toList();
    this.policies = serving(enforced, tls);
    List<TlsPolicyConfig> terms = new ArrayList<>(enforced.stream().map(NamedPolicy::tls).toList());
    terms.add(tls);
    this.live = terms.stream().map(source::live).toList();
    this.candidates = enforced.size() == named.size() ? List.of() : serving(named, tls);
    List<@Nullable Candidate> reported = new ArrayList<>();
    for (NamedPolicy policy : candidates.isEmpty() ? List.<NamedPolicy>of() : named) {
      reported.add(
          policy.mode() == NamedPolicy.Mode.REPORT ? candidate(source, policy, terms) : null);
    }
    this.reported = Collections.unmodifiableList(reported);
  }

  private static List<ServingPolicy> serving(List<NamedPolicy> named, TlsPolicyConfig tls) {
    List<ServingPolicy> serving = new ArrayList<>();
    for (NamedPolicy policy : named) {
      serving.add(new ServingPolicy(serving.size(), policy, policy.tls()));
    }
    serving.add(new ServingPolicy(serving.size(), null, tls));
    return List.copyOf(serving);
  }

  private Candidate candidate(Source source, NamedPolicy policy, List<TlsPolicyConfig> terms) {
    ClientTrust trust = source.trust(policy.tls());
    List<Identities> asking = new ArrayList<>();
    for (int i = 0; trust != null && i < terms.size(); i++) {
      asking.add(source.identities(terms.get(i), new CandidateCheck(live.get(i).trust(), trust)));
    }
    return new Candidate(policy, trust, asking);
  }

  private Stream<Identities> allIdentities() {
    return Stream.concat(
        live.stream().map(Live::identities),
        reported.stream().flatMap(each -> each == null ? Stream.of() : each.asking().stream()));
  }

  /** In order of precedence; the last applies to all other names. */
  public List<ServingPolicy> policies() {
    return policies;
  }

  /** The protocols offered to a client that asks for {@code name}. Any worker. */
  public List<String> alpn(@Nullable String name) {
    return ListenerRules.policy(policies, name).terms().alpn();
  }

  /** The index of the policy for a client that asks for {@code name}. Any worker. */
  public int index(@Nullable String name) {
    return ListenerRules.policy(policies, name).index();
  }

  /** The policy for a client that asks for {@code name}, as text. */
  public String words(@Nullable String name) {
    ServingPolicy policy = ListenerRules.policy(policies, name);
    List<String> alpn = policy.terms().alpn();
    return policy.versions()
        + (alpn.isEmpty() ? "" : ", alpn " + alpn)
        + (live.get(policy.index()).trust() == null ? "" : ", client certificates");
  }

  /**
   * All policies as if those in report mode were enforced, in order of precedence; empty without
   * any in report mode.
   */
  public List<ServingPolicy> candidates() {
    return candidates;
  }

  /** The policy in report mode that {@code candidate} is, one of {@link #candidates}, or null. */
  public @Nullable NamedPolicy reported(ServingPolicy candidate) {
    Candidate found = find(candidate);
    return found == null ? null : found.policy();
  }

  /** The verifier of client certificates under {@code candidate}; null if it requests none. */
  @Nullable ClientTrust trust(ServingPolicy candidate) {
    Candidate found = find(candidate);
    return found == null ? null : found.trust();
  }

  private @Nullable Candidate find(ServingPolicy candidate) {
    int index = candidate.index();
    return index < reported.size() ? reported.get(index) : null;
  }

  /** The contexts of {@code policy}, which must be one of {@link #policies}. */
  Identities identities(ServingPolicy policy) {
    return live.get(policy.index()).identities();
  }

  /**
   * As above, which also request the client certificates that {@code candidate} would verify; it
   * has a {@link #trust}.
   */
  Identities identities(ServingPolicy policy, ServingPolicy candidate) {
    Candidate found = Objects.requireNonNull(find(candidate));
    return found.asking().get(policy.index());
  }

  /** Sets new ticket keys in the existing contexts. */
  public void rekey() {
    allIdentities().forEach(Identities::rekey);
  }

  /** Reads the changed files for client verification; blocks. */
  public void refreshTrust() {
    List<ClientTrust> changed = trusts().stream().filter(ClientTrust::refresh).toList();
    if (changed.isEmpty()) {
      return;
    }
    for (Live each : live) {
      if (changed.contains(each.trust())) {
        each.identities().rebuild();
      }
    }
    for (Candidate each : reported) {
      if (each != null) {
        each.asking().forEach(Identities::rebuild);
      }
    }
  }

  /** The trust of the policies that request client certificates; empty if none does. */
  public List<ClientTrust> trusts() {
    return Stream.concat(
            live.stream().map(Live::trust),
            reported.stream().map(each -> each == null ? null : each.trust()))
        .filter(Objects::nonNull)
        .map(Objects::requireNonNull)
        .toList();
  }

  public void close() {
    allIdentities().forEach(Identities::close);
  }
}
