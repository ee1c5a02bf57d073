package io.terminator.admin.api;

import static io.terminator.admin.http.ApiOperation.Access.CHANGE;
import static io.terminator.admin.http.ApiOperation.Access.READ;

import io.terminator.admin.acme.AcmeRefusedException;
import io.terminator.admin.acme.AcmeView;
import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.Contract;
import io.terminator.admin.http.ProblemDetails;
import io.terminator.tls.certificate.upload.StateException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /v1/acme}. */
final class AcmeRoutes {
  private final Appliance appliance;

  AcmeRoutes(Appliance appliance) {
    this.appliance = appliance;
  }

  void addTo(AdminRoutes routes) {
    routes
        .add(
            "GET",
            "/v1/acme",
            READ,
            "Certificates that are ordered by ACME: next renewal with its reason, open orders, last"
                + " failure in the authority's own words, accounts, TXT records for dns-persist-01",
            Contract.json(
                "configured",
                "directory",
                "leader",
                "processes",
                "problem",
                "ordersWithinHour",
                "ordersPerHour",
                "accounts",
                "certificates",
                "dnsPersist"),
            request -> AdminResponse.json(view(appliance.acme().view())))
        .add(
            "POST",
            "/v1/certificates/{name}:renew",
            CHANGE,
            "Orders the certificate now, without waiting for its time or for a pause after"
                + " failures; dry-run=true orders it at the staging directory and keeps nothing",
            Contract.json("certificate", "requested")
                .query(
                    "dry-run",
                    "boolean",
                    "Order at the staging directory, wait up to 20 s for the result, and keep"
                        + " nothing. Default: false."),
            this::renew)
        .add(
            "POST",
            "/v1/certificates/{name}:revoke",
            CHANGE,
            "Revokes the certificate at its authority and orders a new one; key-compromise=true if"
                + " others may have the key",
            Contract.json("certificate", "revoked", "requested")
                .query(
                    "key-compromise",
                    "boolean",
                    "Whether others may have the private key. Default: false."),
            this::revoke);
  }

  private AdminResponse renew(AdminRequest request) {
    String name = request.pathValue("name");
    if (request.queryFlag("dry-run")) {
      return dryRun(name);
    }
    try {
      if (!appliance.acme().renew(name)) {
        throw missing(name);
      }
    } catch (StateException unusable) {
      throw ProblemDetails.notKept(String.valueOf(unusable.getMessage()), List.of());
    }
    return AdminResponse.json(Map.of("certificate", name, "requested", true))
        .audited("", "ordered soon");
  }

  private AdminResponse dryRun(String name) {
    try {
      AcmeView.DryRun result = appliance.acme().dryRun(name);
      if (result == null) {
        throw missing(name);
      }
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("certificate", name);
      body.put("requested", false);
      body.put("dryRun", view(result));
      return AdminResponse.json(body).audited("", "dry run: " + outcome(result));
    } catch (StateException unusable) {
      throw ProblemDetails.notKept(String.valueOf(unusable.getMessage()), List.of());
    } catch (AcmeRefusedException refused) {
      throw ProblemDetails.conflict(String.valueOf(refused.getMessage()));
    }
  }

  private AdminResponse revoke(AdminRequest request) {
    String name = request.pathValue("name");
    try {
      if (!appliance.acme().revoke(name, request.queryFlag("key-compromise"))) {
        throw missing(name);
      }
    } catch (StateException unusable) {
      throw ProblemDetails.notKept(String.valueOf(unusable.getMessage()), List.of());
    } catch (AcmeRefusedException refused) {
      throw ProblemDetails.conflict(String.valueOf(refused.getMessage()));
    }
    return AdminResponse.json(Map.of("certificate", name, "revoked", true, "requested", true))
        .audited("", "revoked, a new one is ordered soon");
  }

  private ProblemDetails missing(String name) {
    AcmeView view = appliance.acme().view();
    return ProblemDetails.notFound(
        "path.name: no certificate \""
            + name
            + "\" from ACME; expected one of "
            + (view == null
                ? List.of()
                : view.certificates().stream().map(AcmeView.Certificate::name).toList()));
  }

  private static Map<String, Object> view(@Nullable AcmeView acme) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("configured", acme != null);
    if (acme == null) {
      body.put("certificates", List.of());
      body.put("dnsPersist", List.of());
      return body;
    }
    body.put("directory", acme.directory());
    body.put("leader", acme.isLeader());
    body.put("processes", acme.processes());
    body.put("problem", acme.problem());
    body.put("ordersWithinHour", acme.ordersWithinHour());
    body.put("ordersPerHour", acme.ordersPerHour());
    body.put("accounts", acme.accounts().stream().map(AcmeRoutes::view).toList());
    body.put("certificates", acme.certificates().stream().map(AcmeRoutes::view).toList());
    body.put("dnsPersist", acme.persistent().stream().map(AcmeRoutes::view).toList());
    return body;
  }

  private static Map<String, Object> view(AcmeView.Persistent persistent) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("directory", persistent.directory());
    view.put("name", persistent.record().name());
    view.put("value", persistent.record().value());
    return view;
  }

  private static Map<String, Object> view(AcmeView.Account account) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("directory", account.directory());
    view.put("url", account.url());
    view.put("contacts", account.contacts());
    return view;
  }

  private static Map<String, Object> view(AcmeView.Certificate certificate) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("certificate", certificate.name());
    view.put("names", certificate.names());
    view.put("keyType", certificate.keyType());
    view.put("profile", certificate.profile());
    view.put("issued", certificate.isIssued());
    view.put("notAfter", text(certificate.notAfter()));
    view.put("issuedBy", certificate.issuedBy());
    view.put("ordering", certificate.isOrdering());
    view.put("order", certificate.order());
    view.put("renewAt", text(certificate.renewAt()));
    view.put("reason", certificate.reason());
    view.put("failures", certificate.failures());
    AcmeView.Failure failure = certificate.lastFailure();
    if (failure != null) {
      view.put("lastFailure", view(failure));
    }
    AcmeView.DryRun dryRun = certificate.dryRun();
    if (dryRun != null) {
      view.put("dryRun", view(dryRun));
    }
    return view;
  }

  private static Map<String, Object> view(AcmeView.Failure failure) {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("at", text(failure.at()));
    told.put("directory", failure.directory());
    told.put("type", failure.type());
    told.put("detail", failure.detail());
    told.put("fix", failure.fix());
    return told;
  }

  private static Map<String, Object> view(AcmeView.DryRun run) {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("result", outcome(run));
    AcmeView.Failure failure = run.failure();
    if (failure == null) {
      told.put("at", text(run.at()));
      told.put("directory", run.directory());
    } else {
      told.putAll(view(failure));
    }
    return told;
  }

  private static String outcome(AcmeView.DryRun run) {
    return !run.isOver() ? "running" : run.failure() == null ? "ok" : "failed";
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : value.toString();
  }
}
