package io.terminator.admin.metrics;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.connection.WorkerTotals;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.observe.CounterSource;
import io.terminator.core.observe.Histogram;
import io.terminator.core.observe.ListenerCounters;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerView;
import io.terminator.core.worker.Worker;
import io.terminator.tls.engine.BoringSsl;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The appliance's metrics of one scrape. Every label value is from a closed set or from the
 * configuration. Long because it lists most names; traffic and protective limits have their own
 * classes.
 */
public final class ApplianceMetrics {
  private static final double NANOS = 1e9;

  private final WorkerGroup workers;
  private final Supplier<List<BackendPool>> pools;
  private final LogFlusher log;
  private final BoringSsl boringSsl;
  private final CertificateMetrics certificates;
  private final TrustMetrics trust;
  private final LifeMetrics life;
  private final AcmeMetrics acme;
  private final PolicyMetrics policies;
  private final PostQuantumMetrics postQuantum;
  private final RetirementMetrics retirements;
  private final List<CounterSource> counters;
  private final String version;

  public ApplianceMetrics(
      WorkerGroup workers,
      Supplier<List<BackendPool>> pools,
      LogFlusher log,
      BoringSsl boringSsl,
      CertificateMetrics certificates,
      TrustMetrics trust,
      LifeMetrics life,
      AcmeMetrics acme,
      PolicyMetrics policies,
      PostQuantumMetrics postQuantum,
      RetirementMetrics retirements,
      List<CounterSource> counters,
      String version) {
    this.workers = workers;
    this.pools = pools;
    this.log = log;
    this.boringSsl = boringSsl;
    this.certificates = certificates;
    this.trust = trust;
    this.life = life;
    this.acme = acme;
    this.policies = policies;
    this.postQuantum = postQuantum;
    this.retirements = retirements;
    this.counters = List.copyOf(counters);
    this.version = version;
  }

  /** Any thread. */
  public List<MetricFamilySamples> collect() {
    Families families = new Families();
    WorkerTotals totals = workers.totals();
    plain(
        families,
        totals,
        "internal_errors",
        "Unexpected exceptions in Terminator, each of which closed one connection.",
        WorkerCount.INTERNAL_ERRORS);
    families.gauge(
        "connections_limit",
        "Maximum number of open connections of a listener; 0 means no limit.",
        family -> workers.limits().forEach((name, limit) -> family.value(limit, "listener", name)));
    new ProtectionMetrics(workers).collect(families);
    new TrafficMetrics(totals.traffic()).collect(families);
    handshakes(families, totals);
    throttling(families, totals);
    perWorker(families);
    log(families);
    backends(families, pools.get());
    certificates.collect(families);
    life.collect(families);
    acme.collect(families);
    policies.collect(families);
    postQuantum.collect(families);
    retirements.collect(families);
    registered(totals, pools.get()).collect(families);
    trust.collect(families);
    families.gauge(
        "tls_contexts_live",
        "Native TLS contexts that are allocated.",
        family -> family.value(boringSsl.liveContexts()));
    families.gauge(
        "tls_streams_live",
        "Native TLS connections that are allocated.",
        family -> family.value(boringSsl.liveStreams()));
    families.gauge(
        "build_info",
        "Always 1; the labels contain the version.",
        family -> family.value(1, "version", version, "tls", boringSsl.version()));
    return families.all();
  }

  private static void backends(Families families, Collection<BackendPool> pools) {
    families.gauge(
        "backend_up",
        "1 while a server receives connections: it is in state ready, and at least one of"
            + " its addresses is healthy.",
        family ->
            pools.forEach(
                pool ->
                    usable(pool)
                        .forEach(
                            (server, up) ->
                                family.value(
                                    up ? 1 : 0, "backend", pool.name(), "server", server))));
    families.gauge(
        "backend_queue",
        "Connections in the connect queue.",
        family -> pools.forEach(pool -> family.value(pool.queue().size(), "backend", pool.name())));
  }

  private static Map<String, Boolean> usable(BackendPool pool) {
    Map<String, Boolean> usable = new LinkedHashMap<>();
    for (ServerView server : pool.view()) {
      usable.merge(server.name(), server.standing().isUsable(), Boolean::logicalOr);
    }
    return usable;
  }

  private static void handshakes(Families families, WorkerTotals totals) {
    Map<String, List<ListenerCounters>> listeners = totals.listeners();
    families.counter(
        "tls_handshakes",
        "Handshakes completed.",
        family -> listeners.forEach((name, perWorker) -> handshakes(family, name, perWorker)));
    families.counter(
        "tls_handshake_failures",
        "Failed handshakes, by reason.",
        family ->
            listeners.forEach(
                (name, perWorker) -> {
                  Map<String, Long> sums = new TreeMap<>();
                  perWorker.forEach(
                      counters ->
                          counters
                              .failures()
                              .forEach((label, n) -> sums.merge(label, n, Long::sum)));
                  sums.forEach((label, n) -> family.total(n, "listener", name, "reason", label));
                }));
    families.histogram(
        "tls_handshake_duration_seconds",
        "Duration of completed TLS handshakes, by listener and whether a session was resumed.",
        family ->
            listeners.forEach(
                (name, perWorker) -> {
                  for (boolean resumed : new boolean[] {false, true}) {
                    family.buckets(
                        Histogram.sum(
                            perWorker.stream()
                                .map(counters -> counters.handshakeTimes(resumed))
                                .toList()),
                        "listener",
                        name,
                        "resumed",
                        Boolean.toString(resumed));
                  }
                }));
  }

  private static void handshakes(
      Families family, String listener, List<ListenerCounters> perWorker) {
    for (int version = 0; version < ListenerCounters.VERSIONS.size(); version++) {
      for (int group = 0; group < ListenerCounters.GROUPS.size(); group++) {
        for (boolean resumed : new boolean[] {false, true}) {
          long sum = 0;
          for (ListenerCounters counters : perWorker) {
            sum += counters.handshakes(version, group, resumed);
          }
          if (sum > 0) {
            family.total(
                sum,
                "listener",
                listener,
                "version",
                ListenerCounters.VERSIONS.get(version),
                "group",
                ListenerCounters.GROUPS.get(group),
                "resumed",
                Boolean.toString(resumed));
          }
        }
      }
    }
  }

  private static void throttling(Families families, WorkerTotals totals) {
    families.gauge(
        "outbound_buffer_bytes",
        "Bytes waiting to be written. in: to backends; out: to clients.",
        family -> {
          family.value(totals.count(WorkerCount.OUTBOUND_IN), "direction", "in");
          family.value(totals.count(WorkerCount.OUTBOUND_OUT), "direction", "out");
        });
    families.gauge(
        "outbound_buffer_high_watermark_bytes",
        "Maximum of waiting bytes on one worker.",
        family -> {
          family.value(totals.largest(WorkerCount.OUTBOUND_IN_HIGH_WATERMARK), "direction", "in");
          family.value(totals.largest(WorkerCount.OUTBOUND_OUT_HIGH_WATERMARK), "direction", "out");
        });
    plain(
        families,
        totals,
        "direct_writes",
        "Writes that the kernel accepted completely at once.",
        WorkerCount.DIRECT_WRITES);
    plain(
        families,
        totals,
        "deferred_writes",
        "Writes of which a part was buffered.",
        WorkerCount.DEFERRED_WRITES);
  }

  private void perWorker(Families families) {
    List<Worker> serving = workers.workers();
    families.gauge(
        "frames",
        "Frames for waiting bytes, by state.",
        family -> {
          long used = serving.stream().mapToLong(worker -> worker.frames().used()).sum();
          long created = serving.stream().mapToLong(worker -> worker.frames().created()).sum();
          long budget = serving.stream().mapToLong(worker -> worker.frames().budget()).sum();
          family.value(used, "state", "used");
          family.value(created - used, "state", "free");
          family.value(budget - created, "state", "unallocated");
        });
    families.gauge(
        "frames_high_watermark",
        "Maximum number of frames in use.",
        family ->
            family.value(
                serving.stream().mapToLong(worker -> worker.frames().highWatermark()).sum()));
    families.gauge(
        "worker_loop_lag_seconds",
        "Delay of the last tick of a worker's clock.",
        family ->
            serving.forEach(
                worker ->
                    family.value(
                        worker.counts().get(WorkerCount.LOOP_LAG_NANOS) / NANOS,
                        "worker",
                        Integer.toString(worker.index()))));
    families.gauge(
        "worker_stalled",
        "1 while a worker does not respond; readiness is false during that time.",
        family ->
            serving.forEach(
                worker ->
                    family.value(
                        workers.watch().stalled().contains(worker) ? 1 : 0,
                        "worker",
                        Integer.toString(worker.index()))));
    families.counter(
        "worker_stalls",
        "Times a worker was found stalled.",
        family -> family.total(workers.watch().stalls()));
    families.counter(
        "diagnostics_dropped",
        "Messages of workers to the operator that found no room in memory, since standard error was not read.",
        family -> family.total(workers.diagnostics().dropped()));
    families.counter(
        "worker_restarts",
        "Times a worker was replaced.",
        family ->
            serving.forEach(
                worker ->
                    family.total(worker.generation(), "worker", Integer.toString(worker.index()))));
  }

  private void log(Families families) {
    families.counter(
        "log_flushes", "Flushes of the access log.", family -> family.total(log.flushes()));
    families.counter(
        "log_flush_bytes", "Bytes written to the access log.", family -> family.total(log.bytes()));
    families.counter(
        "log_flush_duration_seconds",
        "Time spent writing the access log.",
        family -> family.total(log.flushNanos() / NANOS));
    families.counter(
        "log_entries", "Lines appended to the log buffers.", family -> family.total(log.entries()));
    families.counter(
        "log_dropped",
        "Lines dropped because the log buffer was full.",
        family -> family.total(log.dropped()));
    families.counter(
        "log_failures", "Failed writes of the access log.", family -> family.total(log.failures()));
    families.counter(
        "log_reopen_failures",
        "Attempts to open the access log, or to open it anew after a rotation, that failed.",
        family -> family.total(log.reopenFailures()));
    families.gauge(
        "log_buffer_bytes",
        "Bytes in the log buffers that are not yet written.",
        family -> family.value(log.waiting()));
    families.gauge(
        "log_lag_seconds",
        "Time since the last flush.",
        family -> family.value(log.lagNanos() / NANOS));
  }

  /** To the operator, all addresses of one name are one server. */
  private RegisteredMetrics registered(WorkerTotals totals, Collection<BackendPool> serving) {
    RegisteredMetrics registered = new RegisteredMetrics();
    counters.forEach(registered::add);
    registered.add(totals);
    totals
        .listeners()
        .forEach(
            (name, perWorker) ->
                perWorker.forEach(source -> registered.add(source, "listener", name)));
    totals
        .traffic()
        .forEach(
            (listener, backends) ->
                backends.forEach(
                    (backend, perWorker) ->
                        perWorker.forEach(
                            source -> {
                              registered.add(source, "listener", listener, "backend", backend);
                              source.forEachRoute(
                                  (route, counts) ->
                                      registered.add(counts, "listener", listener, "route", route));
                            })));
    for (BackendPool pool : serving) {
      for (Server server : pool.servers()) {
        registered.add(server, "backend", pool.name(), "server", server.name());
      }
    }
    return registered;
  }

  private static void plain(
      Families families, WorkerTotals totals, String name, String help, WorkerCount count) {
    families.counter(name, help, family -> family.total(totals.count(count)));
  }
}
