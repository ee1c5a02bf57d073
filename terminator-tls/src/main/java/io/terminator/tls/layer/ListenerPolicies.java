package io.terminator.tls.layer;

import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.client.ClientCertificatesConfig;
import io.terminator.tls.client.ClientTrust;
import io.terminator.tls.engine.BoringSsl;
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
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The policies of a listener: its default and those of named hosts, each with its own native
 * contexts. The methods for workers read immutable state; the rest is for the control plane.
 */
public final class ListenerPolicies {
  private final List<ServingPolicy> policies;

  /** By policy index. */
  private final List<Live> live;

  private record Live(Identities identities, @Nullable ClientTrust trust) {}

  public ListenerPolicies(
      BoringSsl library,
      TicketKeyRing tickets,
      Staples staples,
      CredentialStore store,
      TlsPolicyConfig tls,
      List<NamedPolicy> named,
      InstantSource clock) {
    List<ServingPolicy> policies = new ArrayList<>();
    List<Live> live = new ArrayList<>();
    for (NamedPolicy policy : named) {
      policies.add(new ServingPolicy(policies.size(), policy, policy.tls()));
      live.add(live(library, tickets, staples, store, policy.tls(), clock));
    }
    policies.add(new ServingPolicy(policies.size(), null, tls));
    live.add(live(library, tickets, staples, store, tls, clock));
    this.policies = List.copyOf(policies);
    this.live = List.copyOf(live);
  }

  private static Live live(
      BoringSsl library,
      TicketKeyRing tickets,
      Staples staples,
      CredentialStore store,
      TlsPolicyConfig tls,
      InstantSource clock) {
    ClientCertificatesConfig clients = tls.clients();
    ClientTrust trust =
        clients == null || clients.mode() == ClientCertificatesConfig.Mode.OFF
            ? null
            : new ClientTrust(clients, clock);
    return new Live(
        new Identities(
            library,
            tickets,
            staples,
            store,
            TlsPolicies.settings(tls, trust, "terminator"),
            clock),
        trust);
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

  /** The contexts of {@code policy}, which must be one of {@link #policies}. */
  Identities identities(ServingPolicy policy) {
    return live.get(policy.index()).identities();
  }

  /** Sets new ticket keys in the existing contexts. */
  public void rekey() {
    live.forEach(each -> each.identities().rekey());
  }

  /** Reads the changed files for client verification; blocks. */
  public void refreshTrust() {
    for (Live each : live) {
      ClientTrust trust = each.trust();
      if (trust != null && trust.refresh()) {
        each.identities().rebuild();
      }
    }
  }

  /** The trust of the policies that request client certificates; empty if none does. */
  public List<ClientTrust> trusts() {
    return live.stream()
        .map(Live::trust)
        .filter(Objects::nonNull)
        .map(Objects::requireNonNull)
        .toList();
  }

  public void close() {
    live.forEach(each -> each.identities().close());
  }
}
