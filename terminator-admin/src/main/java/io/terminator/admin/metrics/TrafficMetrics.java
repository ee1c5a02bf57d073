package io.terminator.admin.metrics;

import io.terminator.core.observe.ByteCount;
import io.terminator.core.observe.CounterSet;
import io.terminator.core.observe.Histogram;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.TrafficCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Metrics of connections by listener and backend. The label {@code backend} is empty for what
 * happened before a backend was chosen. {@code traffic} has the counters of all workers by listener
 * and then by backend.
 */
record TrafficMetrics(Map<String, Map<String, List<TrafficCounters>>> traffic) {

  /** The counters of one listener and one backend. */
  private interface Writer {
    void write(String listener, String backend, List<TrafficCounters> perWorker);
  }

  void collect(Families families) {
    bytes(families);
    families.counter(
        "close",
        "Closed connections, by reason. backend is empty if none was chosen.",
        family ->
            forEach(
                (listener, backend, perWorker) -> closes(family, listener, backend, perWorker)));
    families.histogram(
        "phase_duration_seconds",
        "Time that connections spent in each phase. backend is empty until one is chosen.",
        family ->
            forEach(
                (listener, backend, perWorker) -> phases(family, listener, backend, perWorker)));
    if (hasRequests()) {
      families.histogram(
          "request_duration_seconds",
          "Time from the head of a request to the end of its response.",
          family -> forEach((listener, backend, all) -> requests(family, listener, backend, all)));
    }
    Map<String, Map<String, List<Histogram>>> routes = routeTimes();
    if (!routes.isEmpty()) {
      families.histogram(
          "route_request_duration_seconds",
          "Time from the head of a request to the end of its response, by route.",
          family ->
              routes.forEach(
                  (listener, ofListener) ->
                      ofListener.forEach(
                          (route, times) ->
                              family.buckets(
                                  Histogram.sum(times), "listener", listener, "route", route))));
    }
    pauses(
        families,
        "read_pauses",
        "Times that reading was paused, by reason.",
        TrafficCounters::pauses);
    pauses(
        families,
        "read_resumes",
        "Times that reading was resumed, by reason.",
        TrafficCounters::resumes);
  }

  private void bytes(Families families) {
    families.counter(
        "bytes",
        "Bytes relayed. plain: as the backend sees them; client, backend: as sent over that socket."
            + " backend is empty until one is chosen.",
        family ->
            forEach(
                (listener, backend, perWorker) -> {
                  for (Row row : Row.values()) {
                    if (row.beforeRoute || !backend.isEmpty()) {
                      family.total(
                          sum(perWorker, TrafficCounters::bytes, row.count),
                          "listener",
                          listener,
                          "backend",
                          backend,
                          "direction",
                          row.direction,
                          "side",
                          row.side);
                    }
                  }
                }));
  }

  private enum Row {
    PLAIN_IN(ByteCount.BYTES_IN, "in", "plain", false),
    PLAIN_OUT(ByteCount.BYTES_OUT, "out", "plain", false),
    CLIENT_IN(ByteCount.CLIENT_RECEIVED, "in", "client", true),
    CLIENT_OUT(ByteCount.CLIENT_SENT, "out", "client", true),
    BACKEND_IN(ByteCount.BACKEND_SENT, "in", "backend", false),
    BACKEND_OUT(ByteCount.BACKEND_RECEIVED, "out", "backend", false);

    private final ByteCount count;
    private final String direction;
    private final String side;
    private final boolean beforeRoute;

    Row(ByteCount count, String direction, String side, boolean beforeRoute) {
      this.count = count;
      this.direction = direction;
      this.side = side;
      this.beforeRoute = beforeRoute;
    }
  }

  private static void closes(
      Families family, String listener, String backend, List<TrafficCounters> perWorker) {
    for (CloseReason reason : CloseReason.values()) {
      long sum = sum(perWorker, TrafficCounters::closes, reason);
      if (sum > 0 || reason.isExpected(!backend.isEmpty())) {
        family.total(sum, "listener", listener, "backend", backend, "reason", reason.label());
      }
    }
  }

  private static void phases(
      Families family, String listener, String backend, List<TrafficCounters> perWorker) {
    for (Phase phase : Phase.values()) {
      // The route phase ends with the choice of the backend, or with the connection.
      boolean here = backend.isEmpty() == phase.compareTo(Phase.ROUTE) < 0;
      if (phase != Phase.CLOSE && (here || phase == Phase.ROUTE)) {
        family.buckets(
            Histogram.sum(perWorker.stream().map(counters -> counters.phaseTime(phase)).toList()),
            "listener",
            listener,
            "backend",
            backend,
            "phase",
            phase.label());
      }
    }
  }

  private boolean hasRequests() {
    return traffic.values().stream()
        .flatMap(backends -> backends.values().stream())
        .flatMap(List::stream)
        .anyMatch(counters -> counters.requestTimes() != null);
  }

  private static void requests(
      Families family, String listener, String backend, List<TrafficCounters> perWorker) {
    List<Histogram> times =
        perWorker.stream().map(TrafficCounters::requestTimes).filter(Objects::nonNull).toList();
    if (!times.isEmpty()) {
      family.buckets(Histogram.sum(times), "listener", listener, "backend", backend);
    }
  }

  /** By listener and route, of all workers. */
  private Map<String, Map<String, List<Histogram>>> routeTimes() {
    Map<String, Map<String, List<Histogram>>> times = new TreeMap<>();
    traffic.forEach(
        (listener, backends) -> {
          for (List<TrafficCounters> perWorker : backends.values()) {
            for (TrafficCounters counters : perWorker) {
              counters.forEachRoute(
                  (route, counts) ->
                      times
                          .computeIfAbsent(listener, first -> new TreeMap<>())
                          .computeIfAbsent(route, first -> new ArrayList<>())
                          .add(counts.requestTimes()));
            }
          }
        });
    return times;
  }

  private void pauses(
      Families families,
      String name,
      String help,
      Function<TrafficCounters, CounterSet<PauseReason>> counts) {
    families.counter(
        name,
        help,
        family ->
            forEach(
                (listener, backend, perWorker) -> {
                  for (PauseReason reason : PauseReason.values()) {
                    long sum = sum(perWorker, counts, reason);
                    if (sum == 0 && backend.isEmpty() && reason != PauseReason.HANDSHAKE) {
                      continue;
                    }
                    family.total(
                        sum, "listener", listener, "backend", backend, "reason", reason.label());
                  }
                }));
  }

  private void forEach(Writer writer) {
    traffic.forEach(
        (listener, backends) ->
            backends.forEach((backend, perWorker) -> writer.write(listener, backend, perWorker)));
  }

  private static <E extends Enum<E>> long sum(
      List<TrafficCounters> perWorker, Function<TrafficCounters, CounterSet<E>> counts, E what) {
    return perWorker.stream().mapToLong(counters -> counts.apply(counters).get(what)).sum();
  }
}
