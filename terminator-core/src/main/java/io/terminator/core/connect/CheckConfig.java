package io.terminator.core.connect;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The health check of servers. {@code jitter} and {@code panicThreshold} are percentages; {@code
 * port} zero means the server's own port; {@code host} null means the server's name.
 */
public record CheckConfig(
    Type type,
    int port,
    Duration interval,
    Duration timeout,
    int rise,
    int fall,
    int jitter,
    String path,
    @Nullable String host,
    Statuses statuses,
    OnDown onDown,
    int panicThreshold) {

  /** What a server must do to pass. */
  public enum Type {
    /** Accept a connection. */
    TCP,
    /** Accept a connection and complete a TLS handshake. */
    TLS,
    /** Accept a connection and answer a request. */
    HTTP,
    /** Complete a TLS handshake and answer a request. */
    HTTPS;

    public boolean isTls() {
      return this == TLS || this == HTTPS;
    }

    public boolean isHttp() {
      return this == HTTP || this == HTTPS;
    }
  }

  /** The treatment of open connections to a server that went down. */
  public enum OnDown {
    KEEP,
    CLOSE
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

  /** A TCP connect every two seconds. */
  public static final CheckConfig DEFAULT =
      new CheckConfig(
          Type.TCP,
          0,
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          2,
          3,
          20,
          "/",
          null,
          Statuses.DEFAULT,
          OnDown.KEEP,
          1);
}
