package io.terminator.admin.appliance;

import io.terminator.admin.api.Explanation;
import io.terminator.admin.api.Explanation.Step;
import io.terminator.core.route.Route;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.RouteMode;
import io.terminator.core.route.RouteTable.Look;
import io.terminator.tls.certificate.store.CredentialSet;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.sni.SniConfig;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says what a service would do with a client, by the very tables that serve. */
final class Explainer {
  private final Service service;

  Explainer(Service service) {
    this.service = service;
  }

  Explanation explain(@Nullable String sni, List<String> alpn, InetSocketAddress client) {
    List<Step> steps = new ArrayList<>();
    Route taken = null;
    for (Look look : service.plan().routes().explain(sni, alpn, client)) {
      steps.add(new Step(words(look.route().config()), look.whyNot()));
      if (look.whyNot() == null) {
        taken = look.route();
      }
    }
    if (taken == null) {
      return result(
          sni, steps, null, null, "refused: no route matches and the listener has no backend");
    }
    if (taken.mode() == RouteMode.PASSTHROUGH) {
      return result(sni, steps, taken, null, "passed through, not decrypted");
    }
    CredentialSnapshot snapshot = service.store().snapshot();
    Instant now = Instant.now();
    CredentialSet own = sni == null ? null : snapshot.find(sni, now);
    if (own != null) {
      return result(sni, steps, taken, own.name(), "served");
    }
    SniConfig rules = service.config().sni();
    SniConfig.Answer answer = sni == null ? rules.missing() : rules.unknown();
    String why = sni == null ? "names no server" : "names one that no certificate covers";
    String setting = sni == null ? "sni.missing" : "sni.unknown";
    CredentialSet fallback = snapshot.fallback(now);
    if (answer == SniConfig.Answer.REJECT || fallback == null) {
      return result(
          sni,
          steps,
          taken,
          null,
          "refused with unrecognized_name: the client "
              + why
              + (fallback == null
                  ? " and there is no certificate"
                  : " and " + setting + " is reject"));
    }
    return result(
        sni,
        steps,
        taken,
        fallback.name(),
        "served with the default certificate: the client "
            + why
            + " and "
            + setting
            + " is default");
  }

  private Explanation result(
      @Nullable String sni,
      List<Step> steps,
      @Nullable Route taken,
      @Nullable String certificate,
      String outcome) {
    return new Explanation(
        service.config().listener().name(),
        String.join(
            ", ",
            service.config().listeners().stream()
                .map(listener -> listener.bind().toString())
                .toList()),
        steps,
        taken == null ? null : taken.mode().name().toLowerCase(java.util.Locale.ROOT),
        taken == null ? null : taken.pool().name(),
        certificate,
        service.policy(sni),
        outcome);
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
        + route.backend();
  }
}
