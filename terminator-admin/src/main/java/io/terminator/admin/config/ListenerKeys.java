package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Names;
import io.terminator.admin.config.format.Place;
import io.terminator.admin.config.format.Quoted;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.accept.AdmissionConfig;
import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.accept.ListeningConfig;
import io.terminator.core.accept.TrustedProxyConfig;
import io.terminator.core.http.HttpConfig;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.RouteMode;
import io.terminator.core.setting.Endpoint;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicyConfig;
import io.terminator.tls.sni.SniConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code listeners[]}. */
final class ListenerKeys {
  private static final Key<String> NAME =
      Key.required("name", Kinds.name(), "Label in metrics, logs and the API. It must be unique.");

  private static final Key<List<Endpoint>> BIND =
      Key.required(
          "bind",
          RouteKeys.oneOrMore(Kinds.serviceBind()),
          "Listening address, or a list of addresses that share one set of limits. Port"
              + " 0: the system chooses a port. :8443: all addresses, IPv4 and IPv6. unix:@name:"
              + " an abstract unix socket, to which every process in this network namespace can"
              + " connect. systemd:name: the socket of a .socket unit with"
              + " FileDescriptorName=name.");

  private static final Key<Integer> BACKLOG =
      Key.optional(
          "backlog",
          Kinds.whole(1, 65_535),
          ListenerConfig.DEFAULT_BACKLOG,
          "Length of the kernel's accept queue per worker; net.core.somaxconn limits it.");

  private static final Key<Boolean> SHARED =
      Key.optional(
          "shared",
          Kinds.flag(),
          false,
          "Whether another process of the same user may listen on the same address, so"
              + " that a new version takes over before the old one drains. Without it, a second"
              + " start is refused.");

  private static final Key<CertificatesConfig> CERTIFICATES =
      Key.absent(
          "certificates",
          TlsKeys.CERTIFICATES_KIND,
          "none; passthrough only",
          "A directory with certificates and keys in any layout, watched for changes; or"
              + " a list of files; or a map of sources, acme among them."
              + " sni.default-certificate names the default certificate.");

  private static final Key<TlsPolicyConfig> TLS =
      Key.optional(
          "tls",
          TlsKeys.POLICY_KIND,
          TlsPolicyConfig.DEFAULT,
          "TLS policy. modern: TLS 1.3 only; intermediate: also TLS 1.2 with forward"
              + " secrecy; or a map that changes one of the presets.");

  private static final Key<List<WrittenPolicy>> POLICIES =
      Key.absent(
          "policies",
          Kinds.list(TlsKeys.NAMED_SHAPE, 1),
          "tls applies to every name",
          "TLS policies for some server names. The first match replaces tls; with mode report it"
              + " only reports what it would do.");

  private static final Key<SniConfig> SNI =
      Key.section("sni", TlsKeys.SNI_SHAPE, "Clients without SNI or with an unknown name.");

  private static final Key<HttpConfig> HTTP =
      Key.absent(
          "http",
          HttpKeys.SHAPE,
          "the bytes of connections are forwarded as they are",
          "HTTP with the clients: requests are routed one by one, and their header fields"
              + " changed. An empty map takes all defaults.");

  private static final Key<List<WrittenRoute>> ROUTES =
      Key.absent(
          "routes",
          Kinds.list(RouteKeys.SHAPE, 1),
          "everything goes to the backend",
          "The first match is used. Without a match, the listener's backend is used;"
              + " without a backend, the client receives the alert unrecognized_name.");

  private static final Key<String> BACKEND =
      Key.absent(
          "backend",
          Kinds.reference(Names.BACKEND),
          "only matched connections are served",
          "The backend of connections that no route matches. Either routes or backend is"
              + " required.");

  private static final Key<AdmissionConfig> LIMITS =
      Key.section(
          "limits",
          LimitKeys.SHAPE,
          "Limits and address lists for clients. A refused client is reset before the"
              + " handshake; it is counted, not logged.");

  private static final Key<TrustedProxyConfig> PROXY_PROTOCOL =
      Key.absent(
          "proxy-protocol",
          TrustedProxyKeys.SHAPE,
          "no PROXY header is expected",
          "For a listener behind a load balancer: reads the client's address from a PROXY"
              + " header, version 1 or 2, at the start of each connection.");

  private static final Key<ListeningConfig> TCP =
      Key.section(
          "tcp",
          TcpKeys.LISTENING_SHAPE,
          "TCP options of its connections; they do not apply to unix sockets.");

  private static final Key<FlowKeys.PhaseDeadlines> DEADLINES =
      Key.section("deadlines", FlowKeys.DEADLINES_SHAPE, "Time limits of the phases.");

  private static final Key<FlowKeys.Forwarding> RELAY =
      Key.section("relay", FlowKeys.RELAY_SHAPE, "How bytes are forwarded.");

  static final Shape<ServiceConfig> SHAPE =
      new Shape<>(
          "A listener: one or more addresses that accept TLS connections.",
          List.of(
              NAME,
              BIND,
              BACKLOG,
              SHARED,
              CERTIFICATES,
              TLS,
              POLICIES,
              SNI,
              HTTP,
              ROUTES,
              BACKEND,
              LIMITS,
              PROXY_PROTOCOL,
              TCP,
              DEADLINES,
              RELAY),
          ListenerKeys::map);

  private ListenerKeys() {}

  private static ServiceConfig map(Section section) {
    String name = section.get(NAME);
    List<Endpoint> binds = section.get(BIND);
    section.declare(Names.LISTENER, name, NAME);
    binds.stream().distinct().forEach(bind -> Addresses.declare(section, bind, BIND));
    FlowKeys.PhaseDeadlines deadlines = section.get(DEADLINES);
    FlowKeys.Forwarding forwarding = section.get(RELAY);
    HttpConfig http = section.find(HTTP);
    List<WrittenRoute> written = orEmpty(section.find(ROUTES));
    List<RouteConfig> routes =
        written.stream().map(route -> route.connection(http != null)).toList();
    TlsPolicyConfig tls = section.get(TLS);
    TlsPolicyConfig usual = tls;
    List<NamedPolicy> policies =
        orEmpty(section.find(POLICIES)).stream().map(policy -> policy.of(usual)).toList();
    if (http != null) {
      tls = ListenerHttp.withAlpn(tls, http);
      policies = policies.stream().map(policy -> ListenerHttp.withAlpn(policy, http)).toList();
    }
    if (ListenerHttp.check(section, HTTP, ROUTES, TLS, POLICIES)) {
      checkRoutes(section, routes, written, tls, policies);
    }
    checkPolicies(section, policies, tls);
    CertificatesConfig certificates = section.find(CERTIFICATES);
    checkCertificates(section, routes);
    return new ServiceConfig(
        new ListenerConfig(
            name,
            binds.get(0),
            section.get(BACKLOG),
            section.get(LIMITS),
            section.get(SHARED),
            section.get(TCP),
            section.find(PROXY_PROTOCOL)),
        binds.subList(1, binds.size()),
        certificates == null ? new CertificatesConfig.Pairs(List.of()) : certificates,
        tls,
        policies,
        section.get(SNI),
        deadlines.handshake(),
        new RelayConfig(
            forwarding.watermarks(),
            forwarding.truncation(),
            deadlines.relay(),
            forwarding.rates()),
        routes,
        section.find(BACKEND),
        http == null ? null : ListenerHttp.withRoutes(http, written, section.find(BACKEND)));
  }

  /** Names identify reports in the API; a policy for every client hides those after it. */
  private static void checkPolicies(
      Section section, List<NamedPolicy> policies, TlsPolicyConfig tls) {
    Reading reading = section.reading();
    if (reading == null || !section.isSound(POLICIES)) {
      return;
    }
    Map<String, NamedPolicy> names = new HashMap<>();
    for (int i = 0; i < policies.size(); i++) {
      NamedPolicy policy = policies.get(i);
      String path = section.placeOf(POLICIES).path() + "[" + i + "]";
      Place place = reading.placeOf(path + ".tls", section.placeOf(POLICIES));
      NamedPolicy above = names.putIfAbsent(policy.name(), policy);
      if (above != null
          && (above.mode() != NamedPolicy.Mode.ENFORCE
              || policy.mode() != NamedPolicy.Mode.ENFORCE)) {
        reading.problem(
            place,
            "has the same name as another policy, " + Quoted.of(policy.name()),
            "a name that is unique within the listener",
            "add \"name: ...\" here");
      }
      if (policy.mode() == NamedPolicy.Mode.CANARY && !policy.tls().alpn().equals(tls.alpn())) {
        reading.problem(
            place,
            "has other ALPN protocols, " + policy.tls().alpn() + ", than the listener",
            "the same protocols with mode canary, because routes depend on them: " + tls.alpn(),
            "");
      }
      // In another mode a policy leaves clients to those that follow.
      if (policy.mode() == NamedPolicy.Mode.ENFORCE
          && policy.sni().isEmpty()
          && i < policies.size() - 1) {
        reading.problem(
            place,
            "has no sni: it takes every client, so that policies[" + (i + 1) + "] can never match",
            "sni, or the last position",
            "move it to the end");
      }
    }
  }

  /** A listener that only passes TLS through does not present a certificate to its clients. */
  private static void checkCertificates(Section section, List<RouteConfig> routes) {
    Reading reading = section.reading();
    boolean terminates =
        section.has(BACKEND)
            || routes.isEmpty()
            || routes.stream().anyMatch(route -> route.mode() != RouteMode.PASSTHROUGH);
    if (reading != null
        && section.isSound(CERTIFICATES, ROUTES, BACKEND)
        && terminates
        && !section.has(CERTIFICATES)) {
      reading.problem(
          section.placeOf(CERTIFICATES),
          "is missing",
          CERTIFICATES.kind().form().expected(),
          "only a listener whose routes all have mode: passthrough, and that has no backend of its own, needs none");
    }
  }

  /** Checks across routes: that a client can reach each of them. */
  private static void checkRoutes(
      Section section,
      List<RouteConfig> routes,
      List<WrittenRoute> written,
      TlsPolicyConfig tls,
      List<NamedPolicy> policies) {
    Reading reading = section.reading();
    if (reading == null || !section.isSound(ROUTES, BACKEND, TLS, POLICIES)) {
      return;
    }
    if (routes.isEmpty() && !section.has(BACKEND)) {
      reading.problem(
          section.placeOf(BACKEND),
          "is missing",
          "the name of a backend, or routes",
          "add \"backend: ...\" here");
    }
    List<String> negotiable = new ArrayList<>(tls.alpn());
    policies.forEach(policy -> negotiable.addAll(policy.tls().alpn()));
    for (int i = 0; i < routes.size(); i++) {
      RouteConfig route = routes.get(i);
      Place place = ListenerHttp.placeOfRoute(section, ROUTES, i);
      int above = ListenerHttp.coverOf(i, routes, written);
      if (above >= 0) {
        boolean requests =
            route.mode() == RouteMode.HTTP && routes.get(above).mode() == RouteMode.HTTP;
        reading.problem(
            place,
            "can never match: routes["
                + above
                + "] takes all of its "
                + (requests ? "requests" : "clients"),
            "a route that some " + (requests ? "request" : "client") + " reaches",
            "move it above routes[" + above + "], or remove it");
      }
      if (route.mode() != RouteMode.PASSTHROUGH
          && !route.alpn().isEmpty()
          && route.alpn().stream().noneMatch(negotiable::contains)) {
        reading.problem(
            place,
            "can never match: the listener negotiates none of " + route.alpn(),
            "protocols of the listener's tls.alpn, " + negotiable,
            "add them there");
      }
    }
    if (section.has(BACKEND)) {
      int above = ListenerHttp.coverOfAll(routes, written);
      if (above >= 0) {
        reading.problem(
            section.placeOf(BACKEND),
            "can never be reached: routes[" + above + "] takes every client",
            "a condition on routes[" + above + "], or no backend here",
            "");
      }
    }
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
