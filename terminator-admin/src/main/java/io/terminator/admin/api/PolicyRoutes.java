package io.terminator.admin.api;

import static io.terminator.admin.http.ApiOperation.Access.CHANGE;
import static io.terminator.admin.http.ApiOperation.Access.READ;

import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.Contract;
import io.terminator.admin.http.ProblemDetails;
import io.terminator.admin.reload.ReloadLog;
import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.tls.policy.NamedPolicy.Mode;
import io.terminator.tls.report.PolicyReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /v1/policies}. */
final class PolicyRoutes {
  private static final Contract CHANGED = Contract.json("policy", "mode", "lasting");

  private final Appliance appliance;

  PolicyRoutes(Appliance appliance) {
    this.appliance = appliance;
  }

  void addTo(AdminRoutes routes) {
    routes
        .add(
            "GET",
            "/v1/policies",
            READ,
            "The TLS policies for server names, with their modes",
            Contract.json("policies"),
            request -> AdminResponse.json(Map.of("policies", appliance.policies())))
        .add(
            "GET",
            "/v1/policies/{name}/report",
            READ,
            "What a policy in report mode would do: the clients that it would refuse by reason,"
                + " version, group, signature and JA4, with examples",
            Contract.json("policy", "listeners"),
            this::report)
        .add(
            "POST",
            "/v1/policies/{name}:enforce",
            CHANGE,
            "Enforces a policy for all of its clients, whatever its mode in the file, until the next"
                + " start; promotes a canary",
            CHANGED,
            request -> set(request, Mode.ENFORCE))
        .add(
            "POST",
            "/v1/policies/{name}:disable",
            CHANGE,
            "Takes a policy out of service until the next start; ends a canary",
            CHANGED,
            request -> set(request, Mode.OFF))
        .add(
            "POST",
            "/v1/policies/{name}:reset",
            CHANGE,
            "Returns a policy to its mode in the file; starts a canary again that was undone",
            CHANGED,
            request -> set(request, null));
  }

  private AdminResponse report(AdminRequest request) {
    String name = request.pathValue("name");
    List<Map<String, Object>> listeners =
        appliance.policyReports().stream()
            .filter(report -> report.policy().name().equals(name))
            .map(PolicyRoutes::view)
            .toList();
    if (listeners.isEmpty()) {
      throw ProblemDetails.notFound(
          "path.name: no policy \""
              + name
              + "\" in report mode; expected one of "
              + appliance.policyReports().stream()
                  .map(report -> report.policy().name())
                  .distinct()
                  .toList());
    }
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("policy", name);
    body.put("listeners", listeners);
    return AdminResponse.json(body);
  }

  private static Map<String, Object> view(PolicyReport report) {
    PolicyReport.View view = report.view();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("listener", report.listener());
    body.put("since", view.since().toString());
    body.put("judged", view.judged());
    body.put("failing", view.failing());
    body.put("share", view.judged() == 0 ? 0 : (double) view.failing() / view.judged());
    Map<String, Object> outcomes = new LinkedHashMap<>();
    view.outcomes()
        .forEach(
            (would, outcome) ->
                outcomes.put(
                    would,
                    Map.of(
                        "count",
                        outcome.count(),
                        "share",
                        (double) outcome.count() / view.judged(),
                        "first",
                        outcome.first().toString(),
                        "last",
                        outcome.last().toString())));
    body.put("would", outcomes);
    body.put("versions", view.versions());
    body.put("groups", view.groups());
    body.put("signatures", view.signatures());
    body.put("ja4", view.fingerprints());
    body.put("examples", view.examples().stream().map(PolicyRoutes::view).toList());
    return body;
  }

  private static Map<String, Object> view(PolicyReport.Example example) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("source", example.source());
    body.put("sni", example.sni());
    body.put("reason", example.reason());
    body.put("ja4", example.ja4());
    body.put("count", example.count());
    body.put("error", example.error());
    body.put("first", example.first().toString());
    body.put("last", example.last().toString());
    return body;
  }

  private AdminResponse set(AdminRequest request, @Nullable Mode mode) {
    String name = request.pathValue("name");
    PolicyView before = find(name);
    ReloadOutcome outcome = appliance.setPolicyMode(name, mode, "api " + request.remote());
    if (outcome.result() == ReloadOutcome.Result.REFUSED) {
      throw ProblemDetails.conflict(ReloadLog.refusal(outcome));
    }
    PolicyView after = find(name);
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("policy", name);
    body.put("mode", after.mode());
    body.put(
        "lasting",
        after.mode().equals(after.configured())
            ? "as the file says"
            : "until the next start, or until the file changes the policy; set mode: "
                + after.mode()
                + " in the file to keep it");
    return AdminResponse.json(body).audited(before.mode(), after.mode());
  }

  private PolicyView find(String name) {
    return appliance.policies().stream()
        .filter(policy -> policy.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                ProblemDetails.notFound(
                    "path.name: no policy \""
                        + name
                        + "\" in the configuration; expected one of "
                        + appliance.policies().stream().map(PolicyView::name).distinct().toList()));
  }
}
