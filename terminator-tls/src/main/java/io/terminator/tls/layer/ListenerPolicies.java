package io.terminator.tls.layer;

import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.client.ClientCertificatesConfig;
import io.terminator.tls.client.ClientTrust;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.engine.TlsSettings;
import io.terminator.tls.ocsp.Staples;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.policy.TlsPolicyConfig;
import io.terminator.tls.sni.Identities;
import io.terminator.tls.sni.SniConfig;
import io.terminator.tls.ticket.TicketKeyRing;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A listener's policy, and those of its names, each with native contexts of its own. What is asked
 * by workers is immutable; the rest is for the control plane.
 */
public final class ListenerPolicies {
  private final Live otherwise;
  private final List<Live> named = new ArrayList<>();

  /** One policy that serves; {@code policy} null is that of all other names. */
  private record Live(
      @Nullable NamedPolicy policy,
      TlsSettings settings,
      Identities identities,
      @Nullable ClientTrust trust,
      String label) {}

  /** What clients meet that ask for some name; {@code policy} is what an operator calls it. */
  public record Met(String policy, TlsSettings settings) {}

  public ListenerPolicies(
      BoringSsl library,
      TicketKeyRing tickets,
      Staples staples,
      CredentialStore store,
      TlsPolicyConfig tls,
      List<NamedPolicy> policies,
      InstantSource clock) {
    otherwise = live(library, tickets, staples, store, null, tls, clock);
    for (NamedPolicy policy : policies) {
      named.add(live(library, tickets, staples, store, policy, policy.tls(), clock));
    }
  }

  private static Live live(
      BoringSsl library,
      TicketKeyRing tickets,
      Staples staples,
      CredentialStore store,
      @Nullable NamedPolicy policy,
      TlsPolicyConfig tls,
      InstantSource clock) {
    ClientCertificatesConfig clients = tls.clients();
    ClientTrust trust =
        clients == null || clients.mode() == ClientCertificatesConfig.Mode.OFF
            ? null
            : new ClientTrust(clients, clock);
    TlsSettings settings = TlsPolicies.settings(tls, trust, "terminator");
    return new Live(
        policy,
        settings,
        new Identities(library, tickets, staples, store, settings, clock),
        trust,
        (policy == null ? "" : String.join(" ", policy.sni()) + ": ") + TlsPolicies.label(tls));
  }

  /** The protocols that a client which asks for {@code name} may agree on. Any worker. */
  public List<String> alpn(@Nullable String name) {
    return live(name).settings().alpn();
  }

  /** What a client that asks for {@code name} meets, for people. */
  public String words(@Nullable String name) {
    return words(live(name));
  }

  /** What a client that asks for {@code name} meets. */
  public Met met(@Nullable String name) {
    Live live = live(name);
    return new Met(live.label(), live.settings());
  }

  private Live live(@Nullable String name) {
    for (Live live : named) {
      if (live.policy() != null && live.policy().isFor(name)) {
        return live;
      }
    }
    return otherwise;
  }

  private static String words(Live live) {
    TlsSettings settings = live.settings();
    return "TLS "
        + (settings.tls12() ? settings.tls13() ? "1.2 and 1.3" : "1.2" : "1.3")
        + (settings.alpn().isEmpty() ? "" : ", alpn " + settings.alpn())
        + (live.trust() == null ? "" : ", client certificates");
  }

  /** Decides by the first policy that is for the client's name. */
  public HelloDecider decider(SniConfig sni, InstantSource clock) {
    HelloDecider last = decider(otherwise, sni, clock);
    if (named.isEmpty()) {
      return last;
    }
    List<HelloDecider> deciders =
        named.stream().map(live -> (HelloDecider) decider(live, sni, clock)).toList();
    List<NamedPolicy> policies =
        named.stream().map(Live::policy).map(Objects::requireNonNull).toList();
    return (ClientHello hello, java.net.SocketAddress client) -> {
      for (int i = 0; i < policies.size(); i++) {
        if (policies.get(i).isFor(hello.serverName())) {
          return deciders.get(i).decide(hello, client);
        }
      }
      return last.decide(hello, client);
    };
  }

  private static SniDecider decider(Live live, SniConfig sni, InstantSource clock) {
    TlsSettings settings = live.settings();
    return new SniDecider(
        live.identities(),
        sni,
        settings.alpn(),
        settings.tls12(),
        settings.tls13(),
        clock,
        live.label());
  }

  /** New ticket keys for what is there. */
  public void rekey() {
    all().forEach(live -> live.identities().rekey());
  }

  /** Looks at the files that client certificates are judged by; blocks. */
  public void refreshTrust() {
    all()
        .forEach(
            live -> {
              ClientTrust trust = live.trust();
              if (trust != null && trust.refresh()) {
                live.identities().rebuild();
              }
            });
  }

  /** By whom client certificates are judged; empty where none are asked for. */
  public List<ClientTrust> trusts() {
    return all().map(Live::trust).filter(Objects::nonNull).map(Objects::requireNonNull).toList();
  }

  public void close() {
    all().forEach(live -> live.identities().close());
  }

  private Stream<Live> all() {
    return Stream.concat(named.stream(), Stream.of(otherwise));
  }
}
