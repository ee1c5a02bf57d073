package io.terminator.admin.api;

import static io.terminator.admin.http.ApiOperation.Access.CHANGE;
import static io.terminator.admin.http.ApiOperation.Access.FULL;
import static io.terminator.admin.http.ApiOperation.Access.READ;

import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.Contract;
import io.terminator.admin.http.ProblemDetails;
import io.terminator.admin.lifecycle.IgnoredSignals;
import io.terminator.admin.lifecycle.State;
import io.terminator.admin.reload.ReloadLog;
import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.core.connection.WorkerTotals;
import io.terminator.core.flow.FailureInbox.Failure;
import io.terminator.core.http.exchange.HttpCount;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.observe.ByteCount;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.Blame;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.setting.AddressText;
import io.terminator.core.worker.TrafficCounters;
import io.terminator.core.worker.Worker;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.judgement.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Registers every operation under {@code /v1}. Operations on a resource that has its own class are
 * registered there.
 */
public final class ApiRoutes {
  private static final String[] YAML_TYPES = {
    "application/yaml", "application/x-yaml", "text/yaml", "application/octet-stream"
  };

  private static final Duration REOPEN_PATIENCE = Duration.ofSeconds(2);

  private static final Contract STATUS =
      Contract.json(
          "version",
          "state",
          "stalledWorkers",
          "started",
          "uptimeSeconds",
          "listeners",
          "terminatingListeners",
          "listenersWithoutCertificate",
          "ignoredSignals",
          "connectionsActive",
          "connectionsLimit",
          "connections",
          "closes",
          "handshakes",
          "requests",
          "requestsInFlight",
          "bytesIn",
          "bytesOut",
          "throughput",
          "workers",
          "certificates",
          "certificateProblems");

  private static final Contract LOG =
      Contract.json(
          "entries",
          "flushes",
          "bytes",
          "dropped",
          "failures",
          "reopenFailures",
          "waitingBytes",
          "flushSeconds",
          "lagSeconds");

  private static final Contract OUTCOME =
      Contract.json("result", "changes", "atNextStart", "warnings");

  private static final Contract CHECK =
      Contract.json("result", "changes", "atNextStart", "warnings", "effect")
          .query(
              "effect",
              "boolean",
              "Also judge the clients of the last hour by the candidate, and report who would get"
                  + " another certificate, policy or backend, or be refused.");

  private static final Contract FAILURES =
      Contract.json("failures")
          .query("sni", "string", "Only handshakes with this SNI.")
          .query("source", "string", "Only handshakes from this address.")
          .choice("reason", "Only handshakes with this reason.", FailureView.reasons())
          .choice(
              "blame",
              "Only handshakes that failed because of this party: client, backend, operator or"
                  + " terminator.",
              Stream.of(Blame.values()).map(Blame::label).toList());

  private final Appliance appliance;

  private ApiRoutes(Appliance appliance) {
    this.appliance = appliance;
  }

  /** Adds all operations. */
  public static void addTo(AdminRoutes routes, Appliance appliance) {
    ApiRoutes api = new ApiRoutes(appliance);
    routes
        .add(
            "GET",
            "/v1/status",
            READ,
            "Version, state and totals of the instance",
            STATUS,
            r -> api.status())
        .add(
            "GET",
            "/v1/log",
            READ,
            "Figures of the access log: written, waiting, dropped",
            LOG,
            request -> api.log())
        .add(
            "POST",
            "/v1/log:reopen",
            CHANGE,
            "Reopens the log file after a rotation",
            Contract.json("reopened"),
            request -> api.reopenLog())
        .add(
            "POST",
            "/v1/config:check",
            FULL,
            "Reports what a reload would change; a YAML body replaces the file",
            CHECK.takingText(YAML_TYPES),
            api::check)
        .add(
            "POST",
            "/v1/config:reload",
            CHANGE,
            "Reloads the configuration; it is rejected as a whole if it has a problem",
            OUTCOME,
            api::reload)
        .add(
            "POST",
            "/v1:drain",
            CHANGE,
            "Drains: readiness false, then no new connections, then idle ones closed, then exit",
            Contract.json("state").answering(202),
            request -> api.drain())
        .add(
            "POST",
            "/v1/tickets:revoke",
            CHANGE,
            "Ends the resumption of every session that exists; after a leak of ticket keys",
            Contract.json("revoked"),
            request -> api.revokeTickets());
    new ExplainRoutes(appliance).addTo(routes);
    routes.add(
        "GET",
        "/v1/handshake-failures",
        READ,
        "The last failed handshakes, newest first; filter by sni, source, reason or blame",
        FAILURES,
        api::failures);
    new WorkerRoutes(appliance).addTo(routes);
    new ConnectionRoutes(appliance).addTo(routes);
    new BackendRoutes(appliance).addTo(routes);
    new CertificateRoutes(appliance).addTo(routes);
    new RetirementRoutes(appliance).addTo(routes);
    new AcmeRoutes(appliance).addTo(routes);
    new PolicyRoutes(appliance).addTo(routes);
    new ClientRoutes(appliance).addTo(routes);
    new PostQuantumRoutes(appliance).addTo(routes);
    new RecordingRoutes(appliance).addTo(routes);
  }

  private AdminResponse status() {
    WorkerTotals totals = appliance.workers().totals();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("version", appliance.version());
    body.put("state", appliance.state().label());
    body.put(
        "stalledWorkers",
        appliance.workers().watch().stalled().stream().map(Worker::index).sorted().toList());
    body.put("started", appliance.started().toString());
    body.put("uptimeSeconds", Duration.between(appliance.started(), Instant.now()).toSeconds());
    Map<String, String> listeners = new LinkedHashMap<>();
    appliance
        .addresses()
        .forEach(
            (name, all) ->
                listeners.put(name, String.join(", ", all.stream().map(AddressText::of).toList())));
    body.put("listeners", listeners);
    Map<String, Boolean> terminating = appliance.terminatingListeners();
    body.put("terminatingListeners", terminating.size());
    body.put(
        "listenersWithoutCertificate",
        terminating.entrySet().stream()
            .filter(each -> !each.getValue())
            .map(Map.Entry::getKey)
            .toList());
    body.put("ignoredSignals", IgnoredSignals.names());
    body.put("connectionsActive", totals.count(WorkerCount.CONNECTIONS_ACTIVE));
    body.put("connectionsLimit", appliance.workers().capacity().most());
    body.put("connections", totals.count(WorkerCount.CONNECTIONS_TOTAL));
    body.put("closes", closes(totals));
    body.put("handshakes", Throughput.handshakes(totals));
    putRequests(totals, body);
    body.put("bytesIn", totals.bytes(ByteCount.BYTES_IN));
    body.put("bytesOut", totals.bytes(ByteCount.BYTES_OUT));
    body.put("throughput", appliance.throughput().now());
    body.put("workers", appliance.workers().workers().size());
    body.put("certificates", appliance.certificates().credentials().size());
    body.put("certificateProblems", appliance.certificateProblems().size());
    return AdminResponse.json(body);
  }

  /** Requests by class of status, empty without HTTP, and those that have begun. */
  private static void putRequests(WorkerTotals totals, Map<String, Object> body) {
    Map<String, Long> byStatus = new TreeMap<>();
    long[] inFlight = {0};
    for (Map<String, List<TrafficCounters>> backends : totals.traffic().values()) {
      for (List<TrafficCounters> all : backends.values()) {
        for (TrafficCounters counters : all) {
          counters.forEach(
              (counted, count) -> {
                if (counted == HttpCount.IN_FLIGHT) {
                  inFlight[0] += count;
                } else if (counted instanceof HttpCount http
                    && http.statusClass() != null
                    && count > 0) {
                  byStatus.merge(String.valueOf(http.statusClass()), count, Long::sum);
                }
              });
        }
      }
    }
    body.put("requests", byStatus);
    body.put("requestsInFlight", inFlight[0]);
  }

  /** Number of closed connections per close reason; reasons that never occurred are omitted. */
  private static Map<String, Long> closes(WorkerTotals totals) {
    Map<String, Long> closes = new LinkedHashMap<>();
    for (CloseReason reason : CloseReason.values()) {
      if (totals.closes(reason) > 0) {
        closes.put(reason.label(), totals.closes(reason));
      }
    }
    return closes;
  }

  private AdminResponse log() {
    LogFlusher log = appliance.log();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("entries", log.entries());
    body.put("flushes", log.flushes());
    body.put("bytes", log.bytes());
    body.put("dropped", log.dropped());
    body.put("failures", log.failures());
    body.put("reopenFailures", log.reopenFailures());
    body.put("waitingBytes", log.waiting());
    body.put("flushSeconds", log.flushNanos() / 1e9);
    body.put("lagSeconds", log.lagNanos() / 1e9);
    return AdminResponse.json(body);
  }

  private AdminResponse reopenLog() {
    try {
      appliance
          .log()
          .reopen()
          .toCompletableFuture()
          .get(REOPEN_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failure) {
      throw ProblemDetails.unavailable(
          "the log cannot be opened, lines still go to what was open before; "
              + Objects.requireNonNullElse(failure.getCause(), failure).getMessage());
    } catch (TimeoutException stalled) {
      throw ProblemDetails.unavailable(
          "the log's sink does not answer; it is opened anew as soon as it does");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw ProblemDetails.unavailable("the appliance is stopping");
    }
    return AdminResponse.json(Map.of("reopened", true)).audited("", "reopened");
  }

  private AdminResponse revokeTickets() {
    return switch (appliance.revokeTickets()) {
      case DONE -> AdminResponse.json(Map.of("revoked", true)).audited("", "tickets revoked");
      case OFF -> throw ProblemDetails.conflict("tickets are off: there is nothing to revoke");
      case SECRET_UNCHANGED ->
          throw ProblemDetails.conflict(
              "tickets.secret-file has the secret from which all current keys are derived. Replace its"
                  + " content on every replica first, then repeat the request on every replica");
    };
  }

  private AdminResponse check(AdminRequest request) {
    boolean wantsEffect = request.queryFlag("effect");
    byte[] content = request.body().length == 0 ? null : request.body();
    ReloadOutcome outcome = appliance.check(content);
    Map<String, Object> body = outcome(outcome, "the configuration");
    if (outcome.result() == ReloadOutcome.Result.APPLIED) {
      body.put("result", "valid");
    }
    body.put("effect", wantsEffect ? appliance.effect(content) : null);
    return AdminResponse.json(body);
  }

  private AdminResponse reload(AdminRequest request) {
    ReloadOutcome outcome = appliance.reload("api " + request.remote());
    if (outcome.result() == ReloadOutcome.Result.REFUSED && appliance.state() != State.SERVING) {
      throw ProblemDetails.conflict(ReloadLog.refusal(outcome));
    }
    return AdminResponse.json(outcome(outcome, "the reload"))
        .audited("", outcome.result().label() + " " + outcome.changes());
  }

  private static Map<String, Object> outcome(ReloadOutcome outcome, String what) {
    if (outcome.result() == ReloadOutcome.Result.REFUSED) {
      throw ProblemDetails.unprocessable(
          what + " is rejected because of its problems; the previous configuration stays active",
          outcome.problems());
    }
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("result", outcome.result().label());
    body.put("changes", outcome.changes());
    body.put("atNextStart", outcome.atNextStart());
    body.put("warnings", outcome.warnings());
    return body;
  }

  private AdminResponse drain() {
    String before = appliance.state().label();
    if (appliance.state() == State.STARTING) {
      throw ProblemDetails.conflict(
          "the appliance is starting; expected a drain once it is serving");
    }
    appliance.beginDrain();
    return AdminResponse.json(202, Map.of("state", "draining")).audited(before, "draining");
  }

  private AdminResponse failures(AdminRequest request) {
    String sni = request.queryValue("sni");
    String reason = request.queryValue("reason");
    String source = request.queryAddress("source");
    List<FailureView> found =
        appliance.failures().all().stream()
            .map(failure -> FailureView.of(failure, verdict(failure)))
            .filter(failure -> isWanted(sni, failure.sni()))
            .filter(failure -> isWanted(reason, failure.reason()))
            .filter(failure -> isWanted(request.queryValue("blame"), failure.blame()))
            .filter(failure -> isWanted(source, failure.source()))
            .toList();
    return AdminResponse.json(Map.of("failures", found));
  }

  private @Nullable Verdict verdict(Failure failure) {
    return failure.opening() instanceof ClientHello hello
        ? appliance.judge(failure.listener(), hello, failure.client(), failure.destination())
        : null;
  }

  private static boolean isWanted(@Nullable String wanted, @Nullable String is) {
    return wanted == null || wanted.equals(is);
  }
}
