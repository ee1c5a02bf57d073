package io.terminator.core.connect;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The health check of servers. {@code port} zero means the server's own port. */
public record CheckConfig(
    Type type, int port, Timing timing, Thresholds thresholds, HttpRequest request, OnDown onDown) {

  /** A TCP connect every two seconds. */
  public static final CheckConfig DEFAULT = of(Type.TCP);

  /** A check of {@code type} with the defaults for everything else. */
  public static CheckConfig of(Type type) {
    return new CheckConfig(
        type, 0, Timing.DEFAULT, Thresholds.DEFAULT, HttpRequest.DEFAULT, OnDown.KEEP);
  }

  /** What a server must do to pass. */
  public enum Type {
    /** Accept a connection. */
    TCP,
    /** Accept a connection and complete a TLS handshake. */
    TLS,
    /** Accept a connection and answer a request. */
    HTTP,
    /** Complete a TLS handshake and answer a request. */
    HTTPS,
    /** Accept a connection and answer a request of HTTP/2. */
    H2C;

    public boolean isTls() {
      return this == TLS || this == HTTPS;
    }

    public boolean isHttp() {
      return this == HTTP || this == HTTPS || this == H2C;
    }
  }

  /** The treatment of open connections to a server that went down. */
  public enum OnDown {
    KEEP,
    CLOSE
  }

  /**
   * {@code interval} is from the end of a check to the start of the next, varied randomly by up to
   * {@code jitterPercent}; {@code timeout} is for a complete check.
   */
  public record Timing(Duration interval, Duration timeout, int jitterPercent) {
    public static final Timing DEFAULT =
        new Timing(Duration.ofSeconds(2), Duration.ofSeconds(2), 20);
  }

  /**
   * {@code rise} and {@code fall} are consecutive results after which a server is up or down. While
   * less than {@code panicPercent} of the servers are up, health is ignored.
   */
  public record Thresholds(int rise, int fall, int panicPercent) {
    public static final Thresholds DEFAULT = new Thresholds(2, 3, 1);
  }

  /**
   * The request of an HTTP check and the expected answer. {@code host} null means the server's
   * name.
   */
  public record HttpRequest(String path, @Nullable String host, Statuses statuses) {
    public static final HttpRequest DEFAULT = new HttpRequest("/", null, Statuses.DEFAULT);
  }

  /** A range of equivalent status codes. */
  public record Statuses(int least, int most) {
    public static final Statuses DEFAULT = new Statuses(200, 399);

    public boolean contains(int status) {
      return status >= least && status <= most;
    }

    @Override
    public String toString() {
      return least == most ? Integer.toString(least) : least + "-" + most;
    }
  }
}
