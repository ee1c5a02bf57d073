package io.terminator.admin.appliance;

import io.terminator.admin.config.ServiceConfig;
import io.terminator.core.chain.BackendLayer;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.connect.Connector;
import io.terminator.core.connection.ConnectionFlow;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.conversation.TcpConversation;
import io.terminator.core.handshake.Handshake;
import io.terminator.core.http.HttpConfig;
import io.terminator.core.http.exchange.RouteCount;
import io.terminator.core.http.route.HttpRoutes;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.relay.Relay;
import io.terminator.core.route.Route;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.RouteTable;
import io.terminator.core.trace.Tracer;
import io.terminator.core.worker.TrafficCounters;
import io.terminator.core.worker.Worker;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.managed.ManagedCertificates;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.challenge.PendingChallenges;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.judgement.ListenerRules;
import io.terminator.tls.judgement.ServingPolicy;
import io.terminator.tls.layer.ListenerPolicies;
import io.terminator.tls.layer.ReportedRules;
import io.terminator.tls.layer.TlsLayer;
import io.terminator.tls.ocsp.Staples;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.replay.HelloMemory;
import io.terminator.tls.report.CanaryReport;
import io.terminator.tls.report.PolicyReport;
import io.terminator.tls.report.PostQuantum;
import io.terminator.tls.sni.RetiredSessions;
import io.terminator.tls.ticket.TicketKeyRing;
import java.net.SocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One listener with its certificates and routes. Immutable; control plane only. */
final class Service {
  private final ServiceConfig config;
  private final Map<String, Backend> backends = new HashMap<>();
  private final CredentialStore store;
  private final ListenerPolicies policies;
  private final boolean policiesAreNew;
  private final TlsLayer layer;
  private final RouteTable routes;
  private final @Nullable HttpService requests;
  private final ConnectionFlow.Plan plan;

  /** The reports on policies in report mode, in the order of the configuration. */
  private final Map<ServingPolicy, PolicyReport> reports;

  private final Map<ServingPolicy, CanaryReport> canaries;

  /** What all services share for the lifetime of the appliance. */
  record Surroundings(
      BoringSsl library,
      TicketKeyRing tickets,
      Staples staples,
      Certificates certificates,
      PendingChallenges challenges,
      PostQuantum postQuantum,
      HelloMemory hellos,
      RetiredSessions retired,
      WorkerGroup workers,
      @Nullable LogFlusher requestLog,
      @Nullable Tracer tracer) {}

  /**
   * {@code all} contains every backend that the routes name. Native contexts of {@code before} are
   * reused if clients cannot tell the two services apart; connections of {@code before} continue.
   */
  Service(
      ServiceConfig config,
      Map<String, Backend> all,
      Surroundings surroundings,
      @Nullable Service before) {
    this.config = config;
    InstantSource clock = InstantSource.system();
    this.store =
        surroundings.certificates().store(config.certificates(), config.sni().defaultCertificate());
    this.policiesAreNew = before == null || !before.looksLike(config);
    this.policies =
        before == null || policiesAreNew
            ? new ListenerPolicies(
                new ListenerPolicies.Source(
                    surroundings.library(),
                    surroundings.tickets(),
                    surroundings.staples(),
                    store,
                    own -> surroundings.certificates().store(own, null),
                    surroundings.retired(),
                    clock),
                config.tls(),
                config.policies())
            : before.policies;
    List<Route> routes = new ArrayList<>();
    Map<String, ConnectConfig> connects = new HashMap<>();
    Map<String, BackendLayer> layers = new HashMap<>();
    for (RouteConfig route : config.allRoutes()) {
      String name = route.backend();
      if (name == null) {
        routes.add(new Route(route, null));
        continue;
      }
      Backend backend = backend(all, name);
      backends.put(name, backend);
      routes.add(new Route(route, backend.pool()));
      connects.put(name, backend.config().connect());
      BackendLayer layer = backend.layer();
      if (layer != null) {
        layers.put(name, layer);
      }
    }
    this.routes = new RouteTable(routes, policies::alpn);
    String listener = config.listener().name();
    this.reports =
        reports(
            policies.candidates(),
            NamedPolicy.Mode.REPORT,
            before == null ? List.of() : before.policyReports(),
            PolicyReport::policy,
            policy -> new PolicyReport(listener, policy));
    this.canaries =
        reports(
            policies.withCanaries(),
            NamedPolicy.Mode.CANARY,
            before == null ? List.of() : before.canaryReports(),
            CanaryReport::policy,
            policy -> new CanaryReport(listener, policy));
    this.layer =
        new TlsLayer(
            new ListenerRules(this.routes, policies.policies(), config.sni()),
            store,
            policies,
            clock,
            surroundings
                .workers()
                .admission(config.listener().name())
                .handshakes(config.listener().admission()),
            new TlsLayer.Challenges(surroundings.challenges(), surroundings.library()),
            new TlsLayer.Watched(
                candidates(routes),
                canaryRules(routes),
                surroundings.postQuantum(),
                surroundings.hellos().of(listener)));
    HttpConfig http = config.http();
    if (http != null) {
      http.backends().forEach(name -> backends.put(name, backend(all, name)));
    }
    this.requests =
        http == null
            ? null
            : new HttpService(
                http,
                config.relay(),
                backends,
                new ServedHosts(policies, store, http.checksCertificate(), clock),
                surroundings.requestLog(),
                surroundings.tracer(),
                before == null ? new HttpRoutes(List.of()) : before.requests());
    for (Worker worker : surroundings.workers().workers()) {
      // Exported before the first request: rate() does not see the first increment otherwise.
      TrafficCounters traffic = worker.traffic(config.listener().name());
      requests().names().forEach(name -> traffic.ofRoute(name).of(RouteCount.class));
    }
    TcpConversation tcp =
        new TcpConversation(
            this.routes, new Connector(connects, layers), new Relay(config.relay()));
    this.plan =
        new ConnectionFlow.Plan(
            new Handshake(layer, config.handshake()),
            requests == null ? secured -> tcp : requests.chooser(this.routes, tcp),
            Set.copyOf(backends.keySet()));
  }

  /** Reports on the policies of {@code all} in {@code mode}; unchanged ones continue. */
  private static <R> Map<ServingPolicy, R> reports(
      List<ServingPolicy> all,
      NamedPolicy.Mode mode,
      List<R> before,
      Function<R, NamedPolicy> policyOf,
      Function<NamedPolicy, R> begin) {
    Map<NamedPolicy, R> known = new HashMap<>();
    before.forEach(report -> known.put(policyOf.apply(report), report));
    Map<ServingPolicy, R> reports = new LinkedHashMap<>();
    for (ServingPolicy each : all) {
      NamedPolicy policy = each.named();
      if (policy != null && policy.mode() == mode) {
        R there = known.get(policy);
        reports.put(each, there == null ? begin.apply(policy) : there);
      }
    }
    return reports;
  }

  private @Nullable ReportedRules<PolicyReport> candidates(List<Route> all) {
    List<ServingPolicy> candidates = policies.candidates();
    return candidates.isEmpty()
        ? null
        : new ReportedRules<>(
            new ListenerRules(
                new RouteTable(all, name -> ListenerRules.policy(candidates, name).terms().alpn()),
                candidates,
                config.sni()),
            reports);
  }

  private @Nullable ReportedRules<CanaryReport> canaryRules(List<Route> all) {
    return canaries.isEmpty()
        ? null
        : new ReportedRules<>(
            new ListenerRules(
                new RouteTable(all, policies::alpn), policies.withCanaries(), config.sni()),
            canaries);
  }

  /** Which clients the policies in canary mode serve, and how their handshakes end. */
  List<CanaryReport> canaryReports() {
    return List.copyOf(canaries.values());
  }

  /** A policy with certificates of its own, of which none can be used; null without one. */
  @Nullable NamedPolicy policyWithoutCertificate() {
    return policies.withoutCertificate();
  }

  /** What the policies in report mode found. */
  List<PolicyReport> policyReports() {
    return List.copyOf(reports.values());
  }

  private static Backend backend(Map<String, Backend> backends, String name) {
    Backend backend = backends.get(name);
    if (backend == null) {
      throw new IllegalArgumentException("there is no backend named " + name);
    }
    return backend;
  }

  ServiceConfig config() {
    return config;
  }

  /** Describes the TLS policy that applies to a client at {@code client}. */
  String policy(ClientHello hello, SocketAddress client) {
    return policies.words(layer.policy(hello, client));
  }

  /** The TLS layer that decides on this listener's clients. */
  TlsLayer layer() {
    return layer;
  }

  /** The route table in use. */
  RouteTable routes() {
    return routes;
  }

  /** The routes of requests; none without HTTP. */
  HttpRoutes requests() {
    return requests == null ? new HttpRoutes(List.of()) : requests.routes();
  }

  ConnectionFlow.Plan plan() {
    return plan;
  }

  ListenerPolicies policies() {
    return policies;
  }

  /** Whether this service terminates TLS but has no certificate. */
  boolean lacksCertificate() {
    return config.terminates() && store.snapshot().defaultCertificate() == null;
  }

  /** Whether a self-signed certificate stands in for one that ACME has not issued yet. */
  boolean hasPlaceholder() {
    return config.certificates().parts().stream()
            .anyMatch(CertificatesConfig.Managed.class::isInstance)
        && store.credentials().values().stream().anyMatch(ManagedCertificates::isPlaceholder);
  }

  /** The certificates presented to clients. */
  CredentialStore store() {
    return store;
  }

  /** Whether clients cannot tell this service from one with the configuration of {@code other}. */
  private boolean looksLike(ServiceConfig other) {
    return config.certificates().equals(other.certificates())
        && config.tls().equals(other.tls())
        && config.policies().equals(other.policies());
  }

  /** Whether the routes already lead to these backends, compared by identity. */
  boolean leadsTo(Map<String, Backend> all) {
    return backends.entrySet().stream()
        .allMatch(entry -> all.get(entry.getKey()) == entry.getValue());
  }

  /** Releases the resources of a service that was never published. */
  void giveUp() {
    if (policiesAreNew) {
      policies.close();
    }
  }

  /** Releases the native contexts, unless a service in {@code next} has taken them over. */
  void retire(Collection<Service> next) {
    if (requests != null) {
      requests.retire();
    }
    if (next.stream().noneMatch(service -> service.policies == policies)) {
      policies.close();
    }
  }

  void close() {
    policies.close();
  }
}
