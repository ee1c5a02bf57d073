package io.terminator.admin.launch;

import io.terminator.admin.config.ServiceConfig;
import io.terminator.core.connect.Connector;
import io.terminator.core.connection.ConnectionFlow;
import io.terminator.core.handshake.Handshake;
import io.terminator.core.relay.Relay;
import io.terminator.core.route.RouteTable;
import io.terminator.tls.certificate.Credential;
import io.terminator.tls.certificate.CredentialProblem;
import io.terminator.tls.certificate.CredentialSource;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.engine.TlsSettings;
import io.terminator.tls.layer.SniDecider;
import io.terminator.tls.layer.TlsLayer;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.sni.Identities;
import io.terminator.tls.ticket.TicketKeyRing;
import java.time.Instant;
import java.util.List;

/** One listener with who it is and where it leads. Control plane only. */
final class Service {
  private final ServiceConfig config;
  private final CredentialSource source;
  private final Identities identities;
  private final TlsSettings settings;
  private final ConnectionFlow.Plan plan;

  Service(ServiceConfig config, Backend backend, BoringSsl library, TicketKeyRing tickets) {
    this.config = config;
    this.source = new CredentialSource(config.certificates());
    this.identities = new Identities(library, tickets);
    this.settings = TlsPolicies.settings(config.tls(), "terminator");
    SniDecider decider =
        new SniDecider(
            identities, config.sni(), settings.alpn(), settings.tls12(), settings.tls13());
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

  /** Reads the certificates anew and publishes them; what is unchanged keeps its context. */
  List<Credential> loadCertificates(Instant now) {
    List<Credential> credentials = source.load(now);
    identities.publish(credentials, settings, now);
    return credentials;
  }

  List<CredentialProblem> certificateProblems() {
    return source.problems();
  }

  void close() {
    identities.close();
  }
}
