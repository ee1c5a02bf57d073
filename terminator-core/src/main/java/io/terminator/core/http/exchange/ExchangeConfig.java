package io.terminator.core.http.exchange;

import io.terminator.core.setting.DataSize;
import java.time.Duration;
import java.util.Map;

/**
 * Limits on the size and the time of requests and responses, and the bodies of Terminator's own
 * answers by status; a status that {@code errors} does not have gets a short text.
 */
public record ExchangeConfig(Limits limits, Deadlines deadlines, Map<Integer, ErrorPage> errors) {
  public static final ExchangeConfig DEFAULT =
      new ExchangeConfig(Limits.DEFAULT, Deadlines.DEFAULT);

  public ExchangeConfig {
    errors = Map.copyOf(errors);
  }

  /** With short texts as the bodies of all errors. */
  public ExchangeConfig(Limits limits, Deadlines deadlines) {
    this(limits, deadlines, Map.of());
  }

  /**
   * {@code head} is the size of a request or response head, {@code fields} the number of its
   * fields, {@code streams} the number of concurrent requests of one h2 connection, {@code body}
   * the size of a request body; zero means no limit.
   */
  public record Limits(DataSize head, int fields, int streams, DataSize body) {
    public static final Limits DEFAULT = new Limits(DataSize.ofKiB(16), 100, 100, new DataSize(0));
  }

  /**
   * {@code head}: from the first byte of a request to its complete head. {@code answer}: from the
   * complete request to the head of the response. {@code body}: without a byte of a body that is
   * expected. {@code keepAlive}: without a request on the connection.
   */
  public record Deadlines(Duration head, Duration answer, Duration body, Duration keepAlive) {
    public static final Deadlines DEFAULT =
        new Deadlines(
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            Duration.ofSeconds(60));
  }
}
