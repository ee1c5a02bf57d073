package io.terminator.admin.tracing;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.trace.Span;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The exporter of OpenTelemetry, with a bounded number of retries. One thread. */
final class OtlpSender implements AutoCloseable {
  /** For one batch with all retries. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

  private static final RetryPolicy RETRIES =
      RetryPolicy.builder()
          .setMaxAttempts(3)
          .setInitialBackoff(Duration.ofMillis(500))
          .setMaxBackoff(Duration.ofSeconds(2))
          .build();

  /** Kept from being collected, with its level: failures are logged here, at intervals. */
  private static final Logger ITS_LOG = Logger.getLogger("io.opentelemetry.exporter");

  private final OtlpHttpSpanExporter exporter;
  private final Resource resource;

  OtlpSender(TracingConfig config, String version) throws IOException {
    ITS_LOG.setLevel(Level.OFF);
    OtlpHttpSpanExporterBuilder builder =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(config.endpoint().toString())
            .setTimeout(TIMEOUT)
            .setConnectTimeout(CONNECT_TIMEOUT)
            .setRetryPolicy(RETRIES)
            .setMeterProvider(MeterProvider.noop());
    config.headers().forEach((name, value) -> builder.addHeader(name, value.reveal()));
    Path ca = config.ca();
    if (ca != null) {
      builder.setTrustedCertificates(BoundedFile.read(ca, BoundedFile.SMALL));
    }
    exporter = builder.build();
    resource =
        Resource.getDefault()
            .merge(
                Resource.create(
                    Attributes.builder()
                        .put("service.name", config.service())
                        .put("service.version", version)
                        .put("service.instance.id", UUID.randomUUID().toString())
                        .build()));
  }

  /** Null once the endpoint has accepted {@code spans}, else the reason. */
  @Nullable String send(List<Span> spans) {
    List<SpanData> views = new ArrayList<>(spans.size());
    spans.forEach(span -> views.add(new SpanView(span, resource)));
    CompletableResultCode result = exporter.export(views);
    result.join(TIMEOUT.plusSeconds(1).toNanos(), TimeUnit.NANOSECONDS);
    if (result.isSuccess()) {
      return null;
    }
    Throwable cause = result.getFailureThrowable();
    return !result.isDone()
        ? "no answer in time"
        : cause == null || cause.getMessage() == null ? "refused" : cause.getMessage();
  }

  @Override
  public void close() {
    exporter.shutdown().join(1, TimeUnit.SECONDS);
  }
}
