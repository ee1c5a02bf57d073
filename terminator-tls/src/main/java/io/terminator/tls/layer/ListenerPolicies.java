package io.terminator.tls.layer;

import io.terminator.tls.certificate.source.CertificatesConfig;
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
import io.terminator.tls.policy.NamedPolicy.Mode;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.policy.TlsPolicyConfig;
import io.terminator.tls.sni.Identities;
import io.terminator.tls.sni.RetiredSessions;
import io.terminator.tls.ticket.TicketKey;
import io.terminator.tls.ticket.TicketKeyRing;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The policies of a listener: its default and those of named hosts, each with its own native
 * contexts, and those in report mode. The methods for workers read immutable state; the rest is for
 * the control plane.
 */
public final class ListenerPolicies {
  /** Those in force and those in canary mode; by index, as {@code live}. */
  private final List<ServingPolicy> all;

  private final List<Live> live;

  /** Those in force. */
  private final List<ServingPolicy> policies;

  /** Those in force and in report mode; empty without any in report mode. */
  private final List<ServingPolicy> candidates;

  private final Map<ServingPolicy, Candidate> reported = new LinkedHashMap<>();
  private final Map<ServingPolicy, CredentialStore> ownStores = new LinkedHashMap<>();

  private final TicketKeyRing tickets;

  private record Live(Identities identities, @Nullable ClientTrust trust) {}

  /**
   * A policy in report mode. {@code trust} verifies client certificates under it, null if it
   * requests none; {@code asking} are then the contexts that request them, by policy index.
   */
  private record Candidate(
      NamedPolicy policy, @Nullable ClientTrust trust, List<Identities> asking) {}

  /** What native contexts are made from; {@code stores} finds the certificates of a policy. */
  public record Source(
      BoringSsl library,
      TicketKeyRing tickets,
      Staples staples,
      CredentialStore store,
      Function<CertificatesConfig, CredentialStore> stores,
      RetiredSessions retired,
      InstantSource clock) {

    private CredentialStore store(@Nullable NamedPolicy policy) {
      CertificatesConfig own = policy == null ? null : policy.certificates();
      return own == null ? store : stores.apply(own);
    }

    private Identities identities(
        TlsPolicyConfig tls, CredentialStore from, @Nullable ClientCheck check) {
      return new Identities(
          library,
          tickets,
          staples,
          from,
          TlsPolicies.settings(tls, check, "terminator"),
          retired,
          clock);
    }

    private @Nullable ClientTrust trust(TlsPolicyConfig tls) {
      ClientCertificatesConfig clients = tls.clients();
      return clients == null || clients.mode() == ClientCertificatesConfig.Mode.OFF
          ? null
          : new ClientTrust(clients, clock);
    }

    private Live live(TlsPolicyConfig tls, CredentialStore from) {
      ClientTrust trust = trust(tls);
      return new Live(identities(tls, from, trust), trust);
    }
  }

  public ListenerPolicies(Source source, TlsPolicyConfig tls, List<NamedPolicy> named) {
    this.tickets = source.tickets();
    this.all = serving(source, in(named, Mode.ENFORCE, Mode.CANARY), tls);
    this.live =
        all.stream()
            .map(policy -> source.live(terms(policy, tls), source.store(policy.named())))
            .toList();
    this.policies = all.stream().filter(policy -> !isCanary(policy)).toList();
    boolean reports = named.stream().anyMatch(policy -> policy.mode() == Mode.REPORT);
    this.candidates =
        reports ? serving(source, in(named, Mode.ENFORCE, Mode.REPORT), tls) : List.of();
    for (ServingPolicy candidate : candidates) {
      NamedPolicy policy = candidate.named();
      if (policy != null && policy.mode() == Mode.REPORT) {
        reported.put(candidate, candidate(source, policy, tls));
      }
    }
  }

  private static List<NamedPolicy> in(List<NamedPolicy> named, Mode one, Mode other) {
    return named.stream().filter(policy -> policy.mode() == one || policy.mode() == other).toList();
  }

  private static boolean isCanary(ServingPolicy policy) {
    NamedPolicy named = policy.named();
    return named != null && named.mode() == Mode.CANARY;
  }

  private static TlsPolicyConfig terms(ServingPolicy policy, TlsPolicyConfig usual) {
    NamedPolicy named = policy.named();
    return named == null ? usual : named.tls();
  }

  private List<ServingPolicy> serving(Source source, List<NamedPolicy> named, TlsPolicyConfig tls) {
    List<ServingPolicy> serving = serving(named, tls);
    for (ServingPolicy made : serving) {
      NamedPolicy policy = made.named();
      if (policy != null && policy.certificates() != null) {
        ownStores.put(made, source.store(policy));
      }
    }
    return serving;
  }

  private static List<ServingPolicy> serving(List<NamedPolicy> named, TlsPolicyConfig tls) {
    List<ServingPolicy> serving = new ArrayList<>();
    for (NamedPolicy policy : named) {
      serving.add(new ServingPolicy(serving.size(), policy, policy.tls()));
    }
    serving.add(new ServingPolicy(serving.size(), null, tls));
    return List.copyOf(serving);
  }

  /** The policies of a listener that serve clients, without contexts; as {@link #policies}. */
  public static List<ServingPolicy> inForce(List<NamedPolicy> named, TlsPolicyConfig tls) {
    return serving(in(named, Mode.ENFORCE, Mode.ENFORCE), tls);
  }

  /** As above, with those in canary mode; as {@link #withCanaries}. */
  public static List<ServingPolicy> inForceOrCanary(List<NamedPolicy> named, TlsPolicyConfig tls) {
    return serving(in(named, Mode.ENFORCE, Mode.CANARY), tls);
  }

  private Candidate candidate(Source source, NamedPolicy policy, TlsPolicyConfig usual) {
    ClientTrust trust = source.trust(policy.tls());
    List<Identities> asking = new ArrayList<>();
    for (int i = 0; trust != null && i < all.size(); i++) {
      ServingPolicy present = all.get(i);
      asking.add(
          source.identities(
              terms(present, usual),
              source.store(present.named()),
              new CandidateCheck(live.get(i).trust(), trust)));
    }
    return new Candidate(policy, trust, asking);
  }

  private Stream<Identities> allIdentities() {
    return Stream.concat(
        live.stream().map(Live::identities),
        reported.values().stream().flatMap(each -> each.asking().stream()));
  }

  /** Those in force in order of precedence; the last applies to all other names. */
  public List<ServingPolicy> policies() {
    return policies;
  }

  /** Those in force and those in canary mode, in order of precedence. */
  public List<ServingPolicy> withCanaries() {
    return all;
  }

  /** The certificates of the policies that do not use those of the listener. */
  Map<ServingPolicy, CredentialStore> ownStores() {
    return ownStores;
  }

  /** The protocols offered to a client that asks for {@code name}. Any worker. */
  public List<String> alpn(@Nullable String name) {
    return ListenerRules.policy(policies, name).terms().alpn();
  }

  /** The index of the policy for a client that asks for {@code name}. Any worker. */
  public int index(@Nullable String name) {
    return ListenerRules.policy(policies, name).index();
  }

  /** {@code policy}, which serves clients, as text. */
  public String words(ServingPolicy policy) {
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

  /** A policy with certificates of its own, of which none can be used; null without one. */
  public @Nullable NamedPolicy withoutCertificate() {
    for (Map.Entry<ServingPolicy, CredentialStore> own : ownStores.entrySet()) {
      if (own.getValue().snapshot().defaultCertificate() == null) {
        return own.getKey().named();
      }
    }
    return null;
  }

  /** The verifier of client certificates under {@code candidate}; null if it requests none. */
  @Nullable ClientTrust trust(ServingPolicy candidate) {
    Candidate found = find(candidate);
    return found == null ? null : found.trust();
  }

  private @Nullable Candidate find(ServingPolicy candidate) {
    return reported.get(candidate);
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

  /**
   * The name of the key that seals the tickets of clients of {@code policy}; null if they get none.
   * Any worker.
   */
  @Nullable String ticketKey(ServingPolicy policy) {
    List<TicketKey> keys = tickets.keys();
    return keys.isEmpty() || live.get(policy.index()).trust() != null ? null : keys.get(0).id();
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
    reported.values().forEach(each -> each.asking().forEach(Identities::rebuild));
  }

  /** The trust of the policies that request client certificates; empty if none does. */
  public List<ClientTrust> trusts() {
    return Stream.concat(
            live.stream().map(Live::trust), reported.values().stream().map(Candidate::trust))
        .filter(Objects::nonNull)
        .map(Objects::requireNonNull)
        .toList();
  }

  public void close() {
    allIdentities().forEach(Identities::close);
  }
}
