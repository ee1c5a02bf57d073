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
import io.prometheus.client.exporter.common.TextFormat;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The registry behind {@code /metrics}. The workers' numbers are not meters: they are read from
 * plain longs at each scrape, so that monitoring costs a worker nothing. A change of registry would
 * affect only this package.
 */
// The specification of the appliance requires the simpleclient registry.
@SuppressWarnings("deprecation")
public final class Metrics implements AutoCloseable {
  private final Supplier<List<Collector.MetricFamilySamples>> families;
  private @Nullable PrometheusMeterRegistry registry;

  /** {@code families} is called for each scrape. */
  public Metrics(Supplier<List<Collector.MetricFamilySamples>> families) {
    this.families = families;
  }

  /** Created by the first scrape: it takes a tenth of a start and 2 MiB. */
  private synchronized PrometheusMeterRegistry registry() {
    PrometheusMeterRegistry there = registry;
    if (there == null) {
      there = newRegistry();
      registry = there;
    }
    return there;
  }

  private PrometheusMeterRegistry newRegistry() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    registry.config().meterFilter(new Conventions());
    new ClassLoaderMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    bindCollections(registry);
    new NettyAllocatorMetrics(PooledByteBufAllocator.DEFAULT).bindTo(registry);
    Gauge.builder("process.resident.memory", () -> ProcessMetrics.status("VmRSS:"))
        .baseUnit("bytes")
        .description("Resident memory.")
        .register(registry);
    Gauge.builder("netty.direct.memory", PlatformDependent::usedDirectMemory)
        .baseUnit("bytes")
        .description(
            "Direct memory that Netty allocated outside its pools; -1 if it is not counted.")
        .register(registry);
    registry.getPrometheusRegistry().register(new ProcessMetrics());
    registry
        .getPrometheusRegistry()
        .register(
            new Collector() {
              @Override
              public List<MetricFamilySamples> collect() {
                return families.get();
              }
            });
    return registry;
  }

  /**
   * Also read at the scrape: Micrometer's binder listens to every collection, and its listener used
   * as much CPU on the worker's core as the collection itself.
   */
  private static void bindCollections(PrometheusMeterRegistry registry) {
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

  /**
   * Corrects names and missing help texts of Micrometer's binders that Prometheus' linter reports.
   */
  private static final class Conventions implements MeterFilter {
    @Override
    public MeterFilterReply accept(Meter.Id id) {
      // The name contains its unit, and the CPU usage of the process says the same.
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

  /** The format of a scrape. */
  enum Format {
    /** The Prometheus text format 0.0.4. */
    TEXT(TextFormat.CONTENT_TYPE_004),
    /** OpenMetrics 1.0.0. */
    OPEN_METRICS(TextFormat.CONTENT_TYPE_OPENMETRICS_100);

    private final String contentType;

    Format(String contentType) {
      this.contentType = contentType;
    }

    String contentType() {
      return contentType;
    }
  }

  String scrape(Format format) {
    return registry().scrape(format.contentType());
  }

  @Override
  public synchronized void close() {
    if (registry != null) {
      registry.close();
    }
  }
}
