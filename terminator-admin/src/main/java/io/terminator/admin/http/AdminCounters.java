package io.terminator.admin.http;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.CounterSource;
import io.terminator.core.observe.Series;
import io.terminator.core.observe.SharedCounterSet;
import java.util.Locale;
import java.util.function.ObjLongConsumer;

/** Counts the requests to the admin API by result. Any thread. */
public final class AdminCounters implements CounterSource {
  private final SharedCounterSet<Result> counts = new SharedCounterSet<>(Result.class);

  /** The label is the name in lower case. */
  public enum Result implements Counted {
    DONE,
    /** Answered with a problem. */
    PROBLEM,
    /** Not authorized, or failed before a request was complete. */
    REFUSED,
    /** The request did not arrive in time. */
    LATE,
    /** A connection over the limit. */
    SURPLUS;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public Series series() {
      return Series.counter(
              "admin_requests",
              "Requests to the admin API by result. refused includes failed handshakes;"
                  + " surplus counts connections above the limit.")
          .with("result", label());
    }
  }

  public long get(Result result) {
    return counts.get(result);
  }

  void count(Result result) {
    counts.add(result);
  }

  void countStatus(int status) {
    count(
        switch (status) {
          case 401, 403 -> Result.REFUSED;
          case 408 -> Result.LATE;
          default -> status < 400 ? Result.DONE : Result.PROBLEM;
        });
  }

  @Override
  public void forEach(ObjLongConsumer<Counted> reader) {
    counts.forEach(reader);
  }
}
