package io.terminator.admin.tracing;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.Series;
import java.util.Locale;

/** What became of the spans of sampled connections and requests. */
public enum SpanCount implements Counted {
  /** The endpoint has accepted it. */
  EXPORTED,
  /** The endpoint refused it or could not be reached, after all retries. */
  FAILED,
  /** The memory for spans was full. */
  DROPPED;

  @Override
  public Series series() {
    return Series.counter(
            "tracing_spans",
            "Spans of sampled connections and requests: exported, failed after retries, or dropped"
                + " because the memory for them was full.")
        .with("result", name().toLowerCase(Locale.ROOT));
  }
}
