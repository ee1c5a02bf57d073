package io.terminator.admin.plain;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.CounterSource;
import io.terminator.core.observe.Series;
import io.terminator.core.observe.SharedCounterSet;
import java.util.Locale;
import java.util.function.ObjLongConsumer;

/** Counts plain HTTP requests by result, for the lifetime of the appliance. Any thread. */
public final class PlainHttpCounters implements CounterSource {
  private final SharedCounterSet<Result> counts = new SharedCounterSet<>(Result.class);

  /** The label is the name in lower case. */
  public enum Result implements Counted {
    REDIRECT,
    CHALLENGE,
    /** A challenge whose token is not in the directory. */
    MISSING,
    /** Not a valid request: wrong host, method, size or syntax. */
    BAD,
    /** The request did not arrive in time, or its response was not read in time. */
    LATE,
    /** A connection over the limit. */
    SURPLUS;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public Series series() {
      return Series.counter(
              "http_requests",
              "Plain HTTP requests by result. surplus counts connections above the limit.")
          .with("result", label());
    }
  }

  public long get(Result result) {
    return counts.get(result);
  }

  void count(Result result) {
    counts.add(result);
  }

  @Override
  public void forEach(ObjLongConsumer<Counted> reader) {
    counts.forEach(reader);
  }
}
