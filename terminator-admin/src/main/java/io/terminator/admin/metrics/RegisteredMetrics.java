package io.terminator.admin.metrics;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.CounterSource;
import io.terminator.core.observe.Series;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The counters that packages declare as their own enums; none is named here. Counts with the same
 * labels are summed. Single use, one thread.
 */
final class RegisteredMetrics {
  private final Map<String, Family> families = new TreeMap<>();

  private record Family(Series any, Map<List<String>, Long> sums) {}

  /** Adds the counters of one subject; {@code labels} are alternating names and values. */
  void add(CounterSource source, String... labels) {
    source.forEach((what, count) -> add(what, count, labels));
  }

  private void add(Counted what, long count, String... labels) {
    Series series = what.series();
    List<String> all = new ArrayList<>(List.of(labels));
    all.addAll(series.labels());
    families
        .computeIfAbsent(series.metric(), metric -> new Family(series, new LinkedHashMap<>()))
        .sums()
        .merge(all, count, Long::sum);
  }

  void collect(Families to) {
    families.forEach(
        (metric, family) -> {
          String help = family.any().help();
          if (family.any().isGauge()) {
            to.gauge(
                metric,
                help,
                out -> family.sums().forEach((labels, sum) -> out.value(sum, array(labels))));
          } else {
            to.counter(
                metric,
                help,
                out -> family.sums().forEach((labels, sum) -> out.total(sum, array(labels))));
          }
        });
  }

  private static String[] array(List<String> labels) {
    return labels.toArray(String[]::new);
  }
}
