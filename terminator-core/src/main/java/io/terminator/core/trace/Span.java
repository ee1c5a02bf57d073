package io.terminator.core.trace;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A span that has ended. Times are nanoseconds since 1970. {@code attributes} are alternating names
 * and values, which are {@code String}, {@code Long} or {@code Boolean}; names are those of the
 * semantic conventions of OpenTelemetry where there is one. {@code failure} is a label from a
 * closed set, null if there was none. Immutable.
 */
public record Span(
    SpanIds ids,
    String name,
    long startNanos,
    long endNanos,
    @Nullable String failure,
    List<Object> attributes,
    List<Moment> moments) {

  /** Something that happened during the span. */
  public record Moment(String name, long nanos) {}

  public Span {
    attributes = List.copyOf(attributes);
    moments = List.copyOf(moments);
  }
}
