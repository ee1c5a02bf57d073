package io.terminator.admin.api;

import static io.terminator.admin.http.ApiOperation.Access.CHANGE;
import static io.terminator.admin.http.ApiOperation.Access.READ;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.Contract;
import io.terminator.admin.http.EntityTags;
import io.terminator.admin.http.ProblemDetails;
import io.terminator.core.connection.ConnectionReader;
import io.terminator.core.setting.Quantity;
import io.terminator.core.setting.TimeSpan;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.UploadReport;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.upload.StateException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /v1/certificates}. Accepts private keys and never returns them. */
final class CertificateRoutes {
  private static final String IF_MATCH =
      "The ETag of the version that is to be changed; if another one is in service, the"
          + " answer is 412.";

  private static final String IF_NONE_MATCH =
      "The ETag of the version that is known; if it is in service, the answer is 304.";

  private static final Contract LIST =
      Contract.json("certificates", "problems")
          .query(
              "expires-within",
              "string",
              "Only certificates that expire within this time, such as 30d.");

  private static final Contract ONE =
      Contract.json(
              "certificate",
              "version",
              "source",
              "hosts",
              "keyKind",
              "keyBits",
              "issuer",
              "fingerprint",
              "notBefore",
              "notAfter",
              "daysLeft",
              "expiry",
              "versions",
              "connections")
          .header("If-None-Match", IF_NONE_MATCH);

  private static final Contract EFFECT =
      Contract.json(
              "certificate",
              "applied",
              "daysLeft",
              "moves",
              "connectionsOnOld",
              "problems",
              "fingerprint",
              "hosts",
              "notAfter",
              "effect")
          .header("If-Match", IF_MATCH);

  private static final Contract ROLLBACK =
      EFFECT.query("version", "integer", "The version to restore. Default: the previous one.");

  private static final Contract PUT =
      EFFECT
          .query("dry-run", "boolean", "Report the effect without applying it.")
          .header(
              "If-None-Match", "* if the certificate must be new; if it exists, the answer is 412.")
          .taking("application/json", Upload.SCHEMA)
          .taking("multipart/form-data", Upload.SCHEMA)
          .takingText(
              "application/x-pem-file",
              "application/pem-certificate-chain",
              "application/x-pkcs12",
              "application/pkcs12",
              "application/octet-stream",
              "text/plain",
              // curl's default content type.
              "application/x-www-form-urlencoded");

  private final Appliance appliance;
  private final Certificates certificates;

  CertificateRoutes(Appliance appliance) {
    this.appliance = appliance;
    this.certificates = appliance.certificates();
  }

  void addTo(AdminRoutes routes) {
    routes
        .add(
            "GET",
            "/v1/certificates",
            READ,
            "Certificates in service and their problems; filter by expires-within=30d",
            LIST,
            this::list)
        .add(
            "POST",
            "/v1/certificates:reload",
            CHANGE,
            "Reads every certificate file now",
            Contract.json("certificates", "problems"),
            request -> reload())
        .add("GET", "/v1/certificates/{name}", READ, "One certificate", ONE, this::get)
        .add(
            "PUT",
            "/v1/certificates/{name}",
            CHANGE,
            "Uploads a chain and its key, serves and stores them; dry-run=true reports"
                + " the effect only",
            PUT,
            this::put)
        .add(
            "DELETE",
            "/v1/certificates/{name}",
            CHANGE,
            "Removes an upload with all versions; a file with this name serves again",
            Contract.json("deleted").header("If-Match", IF_MATCH),
            this::delete)
        .add(
            "POST",
            "/v1/certificates/{name}:rollback",
            CHANGE,
            "Restores version=N of an upload, or the previous version",
            ROLLBACK,
            this::rollback);
  }

  private AdminResponse list(AdminRequest request) {
    String within = request.queryValue("expires-within");
    Instant until = within == null ? Instant.MAX : Instant.now().plus(duration(within));
    List<Map<String, Object>> all = new ArrayList<>();
    for (Credential credential : certificates.credentials().values()) {
      if (!credential.notAfter().isAfter(until)) {
        all.add(view(credential));
      }
    }
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("certificates", all);
    body.put(
        "problems", appliance.certificateProblems().stream().map(CertificateRoutes::view).toList());
    return AdminResponse.json(body);
  }

  private static Duration duration(String text) {
    try {
      return TimeSpan.parse(text);
    } catch (IllegalArgumentException | ArithmeticException unreadable) {
      throw ProblemDetails.badRequest(
          "query.expires-within: \"" + text + "\"; expected a duration such as 30d");
    }
  }

  private static Map<String, Object> view(Credential credential) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("certificate", credential.name());
    view.put("version", credential.version());
    view.put("source", credential.source());
    view.put("hosts", credential.hosts());
    view.put("keyKind", credential.keyKind().name().toLowerCase(Locale.ROOT));
    view.put("keyBits", credential.keyBits());
    view.put("issuer", credential.leaf().getIssuerX500Principal().getName());
    view.put("fingerprint", credential.fingerprint());
    view.put("notBefore", credential.notBefore().toString());
    view.put("notAfter", credential.notAfter().toString());
    Instant now = Instant.now();
    view.put("daysLeft", Duration.between(now, credential.notAfter()).toDays());
    view.put("expiry", credential.expiry(now).name().toLowerCase(Locale.ROOT));
    return view;
  }

  private static Map<String, Object> view(ReportedProblem reported) {
    Map<String, Object> view = new LinkedHashMap<>(view(reported.problem()));
    view.put("certificate", reported.certificate());
    view.put("since", reported.since().toString());
    view.put("lastGoodServes", reported.isLastGoodServing());
    return view;
  }

  private static Map<String, Object> view(CredentialProblem problem) {
    return view(problem, problem.severity());
  }

  private static Map<String, Object> view(
      CredentialProblem problem, CredentialProblem.Severity severity) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("kind", problem.kind().name().toLowerCase(Locale.ROOT));
    view.put("severity", severity.name().toLowerCase(Locale.ROOT));
    view.put("place", problem.place());
    view.put("problem", problem.text());
    return view;
  }

  private AdminResponse get(AdminRequest request) {
    String name = request.pathValue("name");
    Credential credential = certificates.credentials().get(name);
    if (credential == null) {
      throw missing(name);
    }
    Map<String, Object> view = view(credential);
    view.put("versions", versions(name));
    view.put("connections", connectionsOn(name));
    return AdminResponse.json(view).with(HttpHeaderNames.ETAG.toString(), tag(credential));
  }

  private static ProblemDetails missing(String name) {
    return ProblemDetails.notFound(
        "path.name: no certificate \"" + name + "\"; /v1/certificates lists all");
  }

  private static ProblemDetails withoutVersions(Credential served) {
    return ProblemDetails.conflict(
        "certificate \""
            + served.name()
            + "\" is not an upload but comes from "
            + served.source()
            + ", of which no earlier version is kept. Expected an upload; restore the earlier file"
            + " instead, or upload it under this name");
  }

  private static String tag(Credential credential) {
    return "\"" + credential.version() + "-" + credential.fingerprint().substring(0, 16) + "\"";
  }

  private List<Integer> versions(String name) {
    try {
      return certificates.versions(name);
    } catch (StateException unusable) {
      // Reported among the problems. The certificates in use can be shown all the same.
      return List.of();
    }
  }

  private int connectionsOn(String name) {
    ConnectionReader<String> reader =
        connection -> name.equals(connection.protection().certificate()) ? name : null;
    return appliance.workers().read(reader).size();
  }

  private AdminResponse put(AdminRequest request) {
    String name = request.pathValue("name");
    Upload upload = Upload.of(request);
    boolean dryRun = request.queryFlag("dry-run");
    return answer(
        name,
        dryRun,
        alone(
            request,
            name,
            before ->
                dryRun
                    ? certificates.plan(
                        name, upload.chain(), upload.key(), upload.password(), upload.keyPassword())
                    : certificates.put(
                        name,
                        upload.chain(),
                        upload.key(),
                        upload.password(),
                        upload.keyPassword())));
  }

  private AdminResponse rollback(AdminRequest request) {
    String name = request.pathValue("name");
    String version = request.queryValue("version");
    return answer(
        name,
        false,
        alone(
            request,
            name,
            before -> {
              List<Integer> versions = certificates.versions(name);
              if (versions.isEmpty()) {
                throw before == null ? missing(name) : withoutVersions(before);
              }
              return certificates.rollback(name, version(version, versions));
            }));
  }

  /** The credential before a change, and the result of the change. */
  private record Made<T>(@Nullable Credential before, T result) {}

  /** Changes the certificate that is served under a name. */
  private interface Change<T> {
    T make(@Nullable Credential before) throws StateException;
  }

  /** Runs the {@code If-Match} check and the change as one atomic step. */
  private <T> Made<T> alone(AdminRequest request, String name, Change<T> change) {
    try {
      return certificates.alone(
          () -> {
            Credential before = certificates.credentials().get(name);
            EntityTags.requireMatch(request, before == null ? null : tag(before));
            return new Made<>(before, change.make(before));
          });
    } catch (StateException unusable) {
      CredentialProblem problem = unusable.problem();
      String detail = problem.place() + " " + problem.text();
      throw problem.kind() == CredentialProblem.Kind.STATE_UNUSABLE
          ? ProblemDetails.notKept(detail, List.of(view(problem)))
          : ProblemDetails.unprocessable(detail, List.of(view(problem)));
    }
  }

  private static int version(@Nullable String wanted, List<Integer> versions) {
    try {
      if (wanted != null) {
        return Integer.parseInt(wanted);
      }
    } catch (NumberFormatException notANumber) {
      throw ProblemDetails.badRequest(
          "query.version: \"" + wanted + "\"; expected one of " + versions);
    }
    if (versions.size() < 2) {
      throw ProblemDetails.conflict(
          "there is no version before "
              + versions
              + " to restore. DELETE the upload to serve the file with this name again");
    }
    return versions.get(1);
  }

  private AdminResponse answer(String name, boolean dryRun, Made<UploadReport> made) {
    UploadReport report = made.result();
    Credential before = made.before();
    List<Map<String, Object>> problems =
        report.problems().stream().map(problem -> view(problem, report.severity(problem))).toList();
    if (!report.isAccepted()) {
      throw ProblemDetails.unprocessable(
          "certificate \""
              + name
              + "\" is rejected"
              + (before == null ? "" : "; the previous certificate stays in service"),
          problems);
    }
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("certificate", name);
    body.put("applied", !dryRun);
    body.put("daysLeft", report.daysLeft());
    body.put("moves", report.moves());
    body.put("connectionsOnOld", before == null ? 0 : connectionsOn(name));
    body.put("problems", problems);
    Credential after = report.credential();
    if (after != null) {
      body.put("fingerprint", after.fingerprint());
      body.put("hosts", after.hosts());
      body.put("notAfter", after.notAfter().toString());
    }
    body.put("effect", dryRun && after != null ? appliance.effect(after) : null);
    return AdminResponse.json(body)
        .audited(describe(before), (dryRun ? "unchanged by a dry run of " : "") + describe(after));
  }

  private static String describe(@Nullable Credential credential) {
    return credential == null
        ? "none"
        : "version " + credential.version() + " " + credential.fingerprint();
  }

  private AdminResponse delete(AdminRequest request) {
    String name = request.pathValue("name");
    Made<Boolean> made = alone(request, name, before -> certificates.delete(name));
    if (!made.result()) {
      throw ProblemDetails.notFound(
          "path.name: no upload \""
              + name
              + "\"; to remove a certificate from a file, remove the file");
    }
    return AdminResponse.json(Map.of("deleted", name))
        .audited(describe(made.before()), describe(certificates.credentials().get(name)));
  }

  private AdminResponse reload() {
    String before = Quantity.of(certificates.credentials().size(), "certificate");
    certificates.reload();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("certificates", certificates.credentials().size());
    body.put(
        "problems", appliance.certificateProblems().stream().map(CertificateRoutes::view).toList());
    return AdminResponse.json(body)
        .audited(before, Quantity.of(certificates.credentials().size(), "certificate"));
  }
}
