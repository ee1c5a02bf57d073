package io.terminator.admin.config;

import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.handshake.HandshakeConfig;
import io.terminator.core.http.HttpConfig;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.RouteMode;
import io.terminator.core.setting.Endpoint;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicyConfig;
import io.terminator.tls.sni.SniConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One entry under {@code listeners}: addresses, certificates, TLS policy and routes of connections.
 * With {@code http}, its routes are those of requests, the {@code backend} included.
 */
public record ServiceConfig(
    ListenerConfig listener,
    List<Endpoint> furtherBinds,
    CertificatesConfig certificates,
    TlsPolicyConfig tls,
    List<NamedPolicy> policies,
    SniConfig sni,
    HandshakeConfig handshake,
    RelayConfig relay,
    List<RouteConfig> routes,
    @Nullable String backend,
    @Nullable HttpConfig http) {
  public ServiceConfig {
    furtherBinds = List.copyOf(furtherBinds);
    policies = List.copyOf(policies);
    routes = List.copyOf(routes);
  }

  /** The same listener with other policies for names. */
  public ServiceConfig with(List<NamedPolicy> others) {
    return new ServiceConfig(
        listener,
        furtherBinds,
        certificates,
        tls,
        others,
        sni,
        handshake,
        relay,
        routes,
        backend,
        http);
  }

  /** One listener configuration per address. */
  public List<ListenerConfig> listeners() {
    List<ListenerConfig> all = new ArrayList<>(List.of(listener));
    furtherBinds.forEach(bind -> all.add(listener.at(bind)));
    return all;
  }

  /** The certificates of the listener, then those of its policies. */
  public List<CertificatesConfig> allCertificates() {
    List<CertificatesConfig> all = new ArrayList<>(List.of(certificates));
    for (NamedPolicy policy : policies) {
      if (policy.certificates() != null) {
        all.add(policy.certificates());
      }
    }
    return all;
  }

  /** The certificates that are ordered by ACME. */
  public List<ManagedCertificate> managed() {
    return allCertificates().stream()
        .flatMap(each -> each.parts().stream())
        .flatMap(
            part ->
                part instanceof CertificatesConfig.Managed managed
                    ? managed.certificates().stream()
                    : Stream.of())
        .toList();
  }

  /** Whether at least one route terminates TLS. */
  public boolean terminates() {
    return allRoutes().stream().anyMatch(route -> route.mode() != RouteMode.PASSTHROUGH);
  }

  /**
   * The routes, including the last one that the listener's {@code backend} stands for, which
   * matches every client.
   */
  public List<RouteConfig> allRoutes() {
    List<RouteConfig> all = new ArrayList<>(routes);
    if (backend != null) {
      all.add(http == null ? RouteConfig.toAll(backend) : RouteConfig.allHttp());
    }
    return all;
  }
}
