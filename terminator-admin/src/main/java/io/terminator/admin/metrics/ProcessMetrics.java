package io.terminator.admin.metrics;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import io.prometheus.client.Collector.Type;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The standard process metrics of Prometheus clients ({@code process_cpu_seconds_total} and
 * others), so that common dashboards and alerts work; start time and resident memory come from
 * Micrometer. Values that the kernel does not report are omitted.
 */
final class ProcessMetrics extends Collector {
  private static final double NANOS = 1e9;

  @Override
  public List<MetricFamilySamples> collect() {
    List<MetricFamilySamples> families = new ArrayList<>();
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.UnixOperatingSystemMXBean process) {
      families.add(
          family(
              Type.COUNTER,
              "process_cpu_seconds",
              "process_cpu_seconds_total",
              "CPU time of the process, user and system.",
              process.getProcessCpuTime() / NANOS));
      families.add(gauge("process_open_fds", "Open file descriptors.", open(process)));
      families.add(
          gauge(
              "process_max_fds",
              "Limit of open file descriptors.",
              process.getMaxFileDescriptorCount()));
    }
    double virtual = status("VmSize:");
    if (virtual >= 0) {
      families.add(gauge("process_virtual_memory_bytes", "Virtual memory.", virtual));
    }
    return families;
  }

  /** The JDK's count includes the descriptor of the directory that it opens for counting. */
  private static double open(com.sun.management.UnixOperatingSystemMXBean process) {
    String[] open = new File("/proc/self/fd").list();
    return open == null ? process.getOpenFileDescriptorCount() : open.length - 1;
  }

  /**
   * A value of proc_pid_status(5), such as {@code VmRSS: 123 kB}, in bytes; -1 if the kernel does
   * not report it.
   */
  static double status(String key) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith(key)) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024.0;
        }
      }
    } catch (IOException | RuntimeException unknown) {
      return -1;
    }
    return -1;
  }

  private static MetricFamilySamples gauge(String name, String help, double value) {
    return family(Type.GAUGE, name, name, help, value);
  }

  private static MetricFamilySamples family(
      Type type, String name, String sample, String help, double value) {
    return new MetricFamilySamples(
        name, type, help, List.of(new Sample(sample, List.of(), List.of(), value)));
  }
}
