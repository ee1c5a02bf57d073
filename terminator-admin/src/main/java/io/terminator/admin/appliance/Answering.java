package io.terminator.admin.appliance;

import io.netty.channel.unix.DomainSocketAddress;
import io.terminator.admin.config.ServiceConfig;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import io.terminator.core.http.route.HttpRoute;
import io.terminator.core.http.route.HttpRouteConfig;
import io.terminator.core.http.route.HttpRoutes;
import io.terminator.core.route.Route;
import io.terminator.core.route.RouteMode;
import io.terminator.core.route.RouteTable;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.clienthello.HelloNames;
import io.terminator.tls.judgement.ListenerRules;
import io.terminator.tls.judgement.ServingPolicy;
import io.terminator.tls.judgement.Verdict;
import io.terminator.tls.layer.ListenerPolicies;
import io.terminator.tls.layer.Prospect;
import io.terminator.tls.layer.ReportedRules;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicyConfig;
import io.terminator.tls.replay.HelloMemory.Hello;
import io.terminator.tls.report.CanaryReport;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a listener answers clients: one in service, one in service with other certificates, or one
 * that a configuration describes. Opens nothing and has no effect. Immutable and thread-safe.
 */
final class Answering {
  /** Of clients of a unix socket. */
  static final SocketAddress UNIX = new DomainSocketAddress("unix");

  private final Prospect prospect;
  private final TlsPolicyConfig usual;
  private final HttpRoutes requests;

  private Answering(Prospect prospect, TlsPolicyConfig usual, HttpRoutes requests) {
    this.prospect = prospect;
    this.usual = usual;
    this.requests = requests;
  }

  /** {@code service} with the certificates that {@code then} has for its stores. */
  static Answering of(Service service, Function<CredentialStore, CredentialSnapshot> then) {
    return new Answering(
        service.layer().prospect(then), service.config().tls(), service.requests());
  }

  /** The listener that {@code config} describes. */
  static Answering of(ServiceConfig config, Certificates certificates) {
    List<Route> routes = config.allRoutes().stream().map(route -> new Route(route, null)).toList();
    List<ServingPolicy> policies = ListenerPolicies.inForce(config.policies(), config.tls());
    List<ServingPolicy> all = ListenerPolicies.inForceOrCanary(config.policies(), config.tls());
    Map<ServingPolicy, CredentialSnapshot> own = new HashMap<>();
    Map<ServingPolicy, CanaryReport> canaries = new HashMap<>();
    for (List<ServingPolicy> each : List.of(policies, all)) {
      for (ServingPolicy policy : each) {
        NamedPolicy named = policy.named();
        if (named != null && named.certificates() != null) {
          own.put(policy, certificates.prospect(named.certificates(), null));
        }
        if (named != null && named.mode() == NamedPolicy.Mode.CANARY) {
          canaries.put(policy, new CanaryReport(config.listener().name(), named));
        }
      }
    }
    RouteTable table =
        new RouteTable(routes, name -> ListenerRules.policy(policies, name).terms().alpn());
    return new Answering(
        new Prospect(
            new ListenerRules(table, policies, config.sni()),
            canaries.isEmpty()
                ? null
                : new ReportedRules<>(new ListenerRules(table, all, config.sni()), canaries),
            certificates.prospect(config.certificates(), config.sni().defaultCertificate()),
            own),
        config.tls(),
        new HttpRoutes(
            config.http() == null
                ? List.of()
                : config.http().routes().stream()
                    .map(route -> new HttpRoute(route, null))
                    .toList()));
  }

  /** The answers of the listeners that {@code configs} describe, by name. */
  static Map<String, Answering> of(List<ServiceConfig> configs, Certificates certificates) {
    Map<String, Answering> all = new LinkedHashMap<>();
    configs.forEach(config -> all.put(config.listener().name(), of(config, certificates)));
    return all;
  }

  /**
   * An answer in the parts that are compared: null in all of them is a refusal, with {@code
   * reason}.
   */
  record Answer(
      @Nullable Credential certificate,
      @Nullable String policy,
      @Nullable TlsPolicyConfig terms,
      @Nullable String backend,
      @Nullable String version,
      @Nullable String alpn,
      @Nullable String reason,
      @Nullable String cause) {
    static Answer refused(String reason, String cause) {
      return new Answer(null, null, null, null, null, null, reason, cause);
    }

    boolean isRefused() {
      return reason != null;
    }
  }

  /** The answer to {@code hello} as a full handshake. */
  Answer answer(Hello hello, Instant now) {
    SocketAddress client = hello.client() == null ? UNIX : hello.client();
    Verdict verdict = prospect.judge(hello.hello(), client, hello.destination(), now);
    if (verdict instanceof Verdict.Refuse refusal) {
      return Answer.refused(refusal.failure().label(), refusal.failure().cause());
    }
    if (verdict instanceof Verdict.Serve serve) {
      NamedPolicy policy = serve.policy().named();
      return new Answer(
          serve.certificate(),
          policy == null ? "default" : policy.name(),
          policy == null ? usual : policy.tls(),
          serve.route().mode() == RouteMode.HTTP
              ? ofRequest(hello, serve.protocol(), client)
              : serve.route().config().backend(),
          HelloNames.Kind.VERSION.name(serve.version()),
          serve.protocol(),
          null,
          null);
    }
    String backend =
        verdict instanceof Verdict.PassThrough passed
            ? passed.route().config().backend() + ", passed through"
            : "challenge";
    return new Answer(null, null, null, backend, null, null, null, null);
  }

  /** Where a request for the root of the server name leads: the hello says nothing of requests. */
  private String ofRequest(Hello hello, @Nullable String protocol, SocketAddress client) {
    String name = hello.hello().serverName();
    Head head = new Heads().take(HeadKind.REQUEST);
    head.setMethod("GET");
    head.setAuthority(name == null ? "" : name);
    head.setPath("/");
    HttpRoute route = requests.of(name, protocol, client).find(head);
    if (route == null) {
      return "no route of requests";
    }
    return route.config().action() instanceof HttpRouteConfig.ToBackend to
        ? to.backend()
        : "route " + route.name();
  }
}
