package io.terminator.admin.metrics;

import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import io.prometheus.client.Collector;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The registry behind {@code /metrics}. The workers' numbers are not meters: they are pulled from plain longs when somebody
 * scrapes, so that a worker pays nothing for being watched. This package is all that would change with the registry.
 */
public final class Metrics implements AutoCloseable {
  @SuppressWarnings(
      "deprecation") // The simpleclient flavour is what the appliance is specified with.
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** {@code families} are collected anew for each scrape. */
  public Metrics(Supplier<List<Collector.MetricFamilySamples>> families) {
    registry.config().meterFilter(new Conventions());
    new ClassLoaderMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    bindCollections();
    new NettyAllocatorMetrics(PooledByteBufAllocator.DEFAULT).bindTo(registry);
    Gauge.builder("process.resident.memory", Metrics::residentBytes)
        .baseUnit("bytes")
        .description("Resident memory.")
        .register(registry);
    Gauge.builder("netty.direct.memory", PlatformDependent::usedDirectMemory)
        .baseUnit("bytes")
        .description(
            "Direct memory that Netty allocated outside its pools; -1 if it is not counted.")
        .register(registry);
    registry
        .getPrometheusRegistry()
        .register(
            new Collector() {
              @Override
              public List<MetricFamilySamples> collect() {
                return families.get();
              }
            });
  }

  /**
   * Pulled, too: Micrometer's own binder listens to every collection, and its listener took as much of the worker's core as the
   * collection did.
   */
  private void bindCollections() {
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      FunctionTimer.builder(
              "jvm.gc.pause",
              collector,
              GarbageCollectorMXBean::getCollectionCount,
              GarbageCollectorMXBean::getCollectionTime,
              TimeUnit.MILLISECONDS)
          .tag("gc", collector.getName())
          .description("Garbage collection pauses.")
          .register(registry);
    }
  }

  /** NaN where the kernel does not say. */
  private static double residentBytes() {
    try {
      // proc(5): "VmRSS:   123 kB".
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024.0;
        }
      }
      return Double.NaN;
    } catch (IOException | RuntimeException unknown) {
      return Double.NaN;
    }
  }

  /** What Prometheus' own linter has against the names and missing help of Micrometer's binders. */
  private static final class Conventions implements MeterFilter {
    @Override
    public MeterFilterReply accept(Meter.Id id) {
      // The unit is in its name, and the process's CPU usage says the same.
      return id.getName().equals("process.cpu.time")
          ? MeterFilterReply.DENY
          : MeterFilterReply.NEUTRAL;
    }

    @Override
    public Meter.Id map(Meter.Id id) {
      if (id.getName().equals("system.cpu.count")) {
        return id.withName("system.cpus");
      }
      if (id.getDescription() != null) {
        return id;
      }
      String words = id.getName().replace('.', ' ');
      return new Meter.Id(
          id.getName(), Tags.of(id.getTags()), id.getBaseUnit(), words + ".", id.getType());
    }
  }

  /** The Prometheus text format, version 0.0.4. */
  public String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }
}
