package io.terminator.admin.appliance;

import io.terminator.admin.api.AskedRequest;
import io.terminator.admin.api.Explanation;
import io.terminator.admin.api.Explanation.Step;
import io.terminator.core.route.Route;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.RouteMode;
import io.terminator.core.route.RouteTable.Look;
import io.terminator.core.setting.HostPattern;
import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.clienthello.HelloNames;
import io.terminator.tls.failure.TlsFailure;
import io.terminator.tls.judgement.Verdict;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Describes a listener's verdict on a client in words. The verdict is computed as for a handshake.
 */
final class Explainer {
  private final Service service;

  Explainer(Service service) {
    this.service = service;
  }

  Explanation explain(
      ClientHello hello,
      SocketAddress client,
      @Nullable SocketAddress destination,
      AskedRequest asked) {
    List<Step> steps = new ArrayList<>();
    for (Look look : service.routes().explain(hello.serverName(), hello.alpn(), client)) {
      steps.add(new Step(words(look.route().config()), look.whyNot()));
    }
    Verdict verdict = service.layer().judge(hello, client, destination);
    if (verdict instanceof Verdict.Serve serve) {
      return served(hello, steps, serve, client, asked);
    }
    if (verdict instanceof Verdict.PassThrough passed) {
      return explanation(
          hello,
          client,
          steps,
          passed.route(),
          null,
          null,
          "passed through, not decrypted",
          "passed-through",
          null,
          null,
          null);
    }
    if (verdict instanceof Verdict.Challenge) {
      return explanation(
          hello,
          client,
          steps,
          null,
          null,
          null,
          "answered with the certificate of a pending ACME challenge; the connection ends after the"
              + " handshake",
          "challenge",
          null,
          hello.alpn().get(0),
          null);
    }
    Verdict.Refuse refusal = (Verdict.Refuse) verdict;
    return explanation(
        hello,
        client,
        steps,
        null,
        null,
        null,
        "refused with "
            + refusal.alert().name().toLowerCase(Locale.ROOT)
            + ": "
            + refusal.failure().cause(),
        "refused",
        null,
        null,
        refusal);
  }

  private Explanation served(
      ClientHello hello,
      List<Step> steps,
      Verdict.Serve serve,
      SocketAddress client,
      AskedRequest asked) {
    String outcome =
        switch (serve.match()) {
          case NAMED -> "served";
          case ADDRESS ->
              "served: the client sends no server name, and the certificate covers the address that it"
                  + " connects to";
          case DEFAULT_FOR_MISSING ->
              "served with the default certificate: the client names no server and sni.missing is"
                  + " default";
          case DEFAULT_FOR_UNKNOWN ->
              "served with the default certificate: the client names one that no certificate covers"
                  + " and sni.unknown is default";
        };
    return explanation(
        hello,
        client,
        steps,
        serve.route(),
        serve.route().mode() == RouteMode.HTTP
            ? new RequestExplainer(service.requests())
                .explain(asked, hello.serverName(), serve.protocol(), client)
            : null,
        serve.certificate().name(),
        outcome,
        "served",
        HelloNames.Kind.VERSION.name(serve.version()),
        serve.protocol(),
        null);
  }

  private Explanation explanation(
      ClientHello hello,
      SocketAddress client,
      List<Step> steps,
      @Nullable Route route,
      Explanation.@Nullable Request request,
      @Nullable String certificate,
      String outcome,
      String answer,
      @Nullable String version,
      @Nullable String protocol,
      Verdict.@Nullable Refuse refusal) {
    TlsFailure failure = refusal == null ? null : refusal.failure();
    return new Explanation(
        service.config().listener().name(),
        String.join(
            ", ",
            service.config().listeners().stream()
                .map(listener -> listener.bind().toString())
                .toList()),
        steps,
        route == null ? null : route.mode().name().toLowerCase(Locale.ROOT),
        backend(route, request),
        request,
        certificate,
        managed(hello.serverName()),
        service.policy(hello, client),
        outcome,
        answer,
        version,
        protocol,
        refusal == null ? null : refusal.alert().code(),
        failure == null ? null : failure.label(),
        failure == null ? null : failure.cause(),
        failure == null ? null : failure.fix());
  }

  /** The name of the certificate that ACME orders for {@code serverName}, or null. */
  private @Nullable String managed(@Nullable String serverName) {
    String wildcard = serverName == null ? null : HostPattern.wildcardFor(serverName);
    return service.config().managed().stream()
        .filter(
            each ->
                serverName != null && each.names().contains(serverName)
                    || wildcard != null && each.names().contains(wildcard))
        .map(ManagedCertificate::name)
        .findFirst()
        .orElse(null);
  }

  private static @Nullable String backend(
      @Nullable Route route, Explanation.@Nullable Request request) {
    if (request != null) {
      return request.backend();
    }
    return route == null ? null : route.pool().name();
  }

  private static String words(RouteConfig route) {
    List<String> demands = new ArrayList<>();
    if (!route.sni().isEmpty()) {
      demands.add("sni " + route.sni());
    }
    if (!route.alpn().isEmpty()) {
      demands.add("alpn " + route.alpn());
    }
    if (!route.sources().isEmpty()) {
      demands.add("source " + route.sources());
    }
    return (demands.isEmpty() ? "everybody" : String.join(", ", demands))
        + " -> "
        + (route.backend() == null ? "HTTP" : route.backend());
  }
}
