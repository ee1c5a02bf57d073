package io.terminator.admin.http;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.CounterSource;
import io.terminator.core.observe.SharedTally;
import java.util.List;
import java.util.Locale;
import java.util.function.ObjLongConsumer;

/** What came of what was asked of the admin API, counted. Any thread. */
public final class AdminTally implements CounterSource {
  private final SharedTally<Result> counts = new SharedTally<>(Result.class);

  /** The label is the name in lower case. */
  public enum Result implements Counted {
    DONE,
    /** Answered with what is wrong with it. */
    PROBLEM,
    /** By somebody without the right to it, or who did not come as far as a request. */
    REFUSED,
    /** It did not arrive in time. */
    LATE,
    /** A connection above the limit. */
    SURPLUS;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String metric() {
      return "admin_requests";
    }

    @Override
    public String help() {
      return "Requests to the admin API by result. refused includes failed handshakes;"
          + " surplus counts connections above the limit.";
    }

    @Override
    public List<String> labels() {
      return List.of("result", label());
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
