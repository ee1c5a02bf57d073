package io.terminator.admin.tracing;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.InstrumentationLibraryInfo;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.terminator.core.trace.Span;
import io.terminator.core.trace.SpanIds;
import java.util.HexFormat;
import java.util.List;

/** A span as the exporter wants it. Immutable. */
final class SpanView implements SpanData {
  private static final InstrumentationScopeInfo SCOPE =
      InstrumentationScopeInfo.create("io.terminator");

  private final Span span;
  private final Resource resource;
  private final SpanContext context;
  private final SpanContext parent;
  private final Attributes attributes;
  private final List<EventData> events;

  SpanView(Span span, Resource resource) {
    this.span = span;
    this.resource = resource;
    SpanIds ids = span.ids();
    String trace = hex(ids.traceHigh()) + hex(ids.traceLow());
    this.context =
        SpanContext.create(
            trace, hex(ids.span()), TraceFlags.getSampled(), TraceState.getDefault());
    this.parent =
        ids.parent() == 0
            ? SpanContext.getInvalid()
            : SpanContext.createFromRemoteParent(
                trace, hex(ids.parent()), TraceFlags.getSampled(), TraceState.getDefault());
    AttributesBuilder all = Attributes.builder();
    for (int i = 0; i < span.attributes().size(); i += 2) {
      String name = (String) span.attributes().get(i);
      Object value = span.attributes().get(i + 1);
      if (value instanceof String text) {
        all.put(name, text);
      } else if (value instanceof Long number) {
        all.put(name, number.longValue());
      } else if (value instanceof Boolean flag) {
        all.put(name, flag.booleanValue());
      }
    }
    this.attributes = all.build();
    this.events =
        span.moments().stream()
            .map(moment -> EventData.create(moment.nanos(), moment.name(), Attributes.empty()))
            .toList();
  }

  private static String hex(long value) {
    return HexFormat.of().toHexDigits(value);
  }

  @Override
  public String getName() {
    return span.name();
  }

  @Override
  public SpanKind getKind() {
    return SpanKind.SERVER;
  }

  @Override
  public SpanContext getSpanContext() {
    return context;
  }

  @Override
  public SpanContext getParentSpanContext() {
    return parent;
  }

  @Override
  public StatusData getStatus() {
    String failure = span.failure();
    return failure == null ? StatusData.unset() : StatusData.create(StatusCode.ERROR, failure);
  }

  @Override
  public long getStartEpochNanos() {
    return span.startNanos();
  }

  @Override
  public long getEndEpochNanos() {
    return span.endNanos();
  }

  @Override
  public Attributes getAttributes() {
    return attributes;
  }

  @Override
  public List<EventData> getEvents() {
    return events;
  }

  @Override
  public List<LinkData> getLinks() {
    return List.of();
  }

  @Override
  public boolean hasEnded() {
    return true;
  }

  @Override
  public int getTotalRecordedEvents() {
    return events.size();
  }

  @Override
  public int getTotalRecordedLinks() {
    return 0;
  }

  @Override
  public int getTotalAttributeCount() {
    return attributes.size();
  }

  @Override
  @Deprecated
  public InstrumentationLibraryInfo getInstrumentationLibraryInfo() {
    return InstrumentationLibraryInfo.create(SCOPE.getName(), null);
  }

  @Override
  public InstrumentationScopeInfo getInstrumentationScopeInfo() {
    return SCOPE;
  }

  @Override
  public Resource getResource() {
    return resource;
  }
}
