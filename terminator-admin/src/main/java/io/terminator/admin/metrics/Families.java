package io.terminator.admin.metrics;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import io.prometheus.client.Collector.Type;
import io.terminator.core.observe.Histogram;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the metric families of one scrape; adds the appliance's prefix to names. Single use, one
 * thread.
 */
final class Families {
  private static final String PREFIX = "terminator_";
  private static final double NANOS = 1e9;

  private final List<MetricFamilySamples> families = new ArrayList<>();
  private final List<Sample> samples = new ArrayList<>();
  private String name = "";

  /** Writes the value of one label set of the current family. */
  interface Writer {
    void write(Families families);
  }

  /** A counter; {@code name} without the prefix and without {@code _total}. */
  void counter(String counter, String help, Writer writer) {
    family(counter, Type.COUNTER, help, writer);
  }

  void gauge(String gauge, String help, Writer writer) {
    family(gauge, Type.GAUGE, help, writer);
  }

  void histogram(String histogram, String help, Writer writer) {
    family(histogram, Type.HISTOGRAM, help, writer);
  }

  private void family(String family, Type type, String help, Writer writer) {
    name = PREFIX + family;
    samples.clear();
    writer.write(this);
    families.add(new MetricFamilySamples(name, type, help, List.copyOf(samples)));
  }

  /**
   * A sample of the current family, with the suffix of a counter; labels are name, value, name,
   * value.
   */
  void total(double value, String... labels) {
    sample(name + "_total", value, labels);
  }

  void value(double value, String... labels) {
    sample(name, value, labels);
  }

  /** All samples of one histogram, from {@link Histogram#snapshot}. */
  void buckets(long[] snapshot, String... labels) {
    long[] bounds = Histogram.boundsNanos();
    long seen = 0;
    for (int i = 0; i <= bounds.length; i++) {
      seen += snapshot[i];
      String bound = i == bounds.length ? "+Inf" : Double.toString(bounds[i] / NANOS);
      String[] all = java.util.Arrays.copyOf(labels, labels.length + 2);
      all[labels.length] = "le";
      all[labels.length + 1] = bound;
      sample(name + "_bucket", seen, all);
    }
    sample(name + "_sum", snapshot[bounds.length + 1] / NANOS, labels);
    sample(name + "_count", seen, labels);
  }

  List<MetricFamilySamples> all() {
    return families;
  }

  private void sample(String sample, double value, String... labels) {
    List<String> names = new ArrayList<>(labels.length / 2);
    List<String> values = new ArrayList<>(labels.length / 2);
    for (int i = 0; i < labels.length; i += 2) {
      names.add(labels[i]);
      values.add(labels[i + 1]);
    }
    samples.add(new Sample(sample, names, values, value));
  }
}
