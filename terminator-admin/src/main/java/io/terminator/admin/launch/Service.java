package io.terminator.admin.launch;

import io.terminator.admin.config.ServiceConfig;
import io.terminator.core.connect.Connector;
import io.terminator.core.connection.ConnectionFlow;
import io.terminator.core.handshake.Handshake;
import io.terminator.core.relay.Relay;
import io.terminator.core.route.RouteTable;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.CredentialStore;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.engine.TlsSettings;
import io.terminator.tls.layer.SniDecider;
import io.terminator.tls.layer.TlsLayer;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.sni.Identities;
import io.terminator.tls.ticket.TicketKeyRing;
import java.time.InstantSource;

/** One listener with who it is and where it leads. Control plane only. */
final class Service {
  private final ServiceConfig config;
  private final CredentialStore store;
  private final Identities identities;
  private final ConnectionFlow.Plan plan;

  Service(
      ServiceConfig config,
      Backend backend,
      BoringSsl library,
      TicketKeyRing tickets,
      Certificates certificates) {
    this.config = config;
    TlsSettings settings = TlsPolicies.settings(config.tls(), "terminator");
    InstantSource clock = InstantSource.system();
    this.store = certificates.store(config.certificates());
    this.identities = new Identities(library, tickets, store, settings, clock);
    SniDecider decider =
        new SniDecider(
            identities, config.sni(), settings.alpn(), settings.tls12(), settings.tls13(), clock);
    this.plan =
        new ConnectionFlow.Plan(
            new Handshake(new TlsLayer(decider), config.handshake()),
            new RouteTable(backend.pool()),
            new Connector(backend.config().connect()),
            new Relay(config.relay()));
  }

  ServiceConfig config() {
    return config;
  }

  ConnectionFlow.Plan plan() {
    return plan;
  }

  Identities identities() {
    return identities;
  }

  /** What clients are shown. */
  CredentialStore store() {
    return store;
  }

  void close() {
    identities.close();
  }
}
