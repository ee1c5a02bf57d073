package io.terminator.core.logbuffer;

import io.terminator.core.setting.DataSize;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The destination of connection lines, and how long they may wait in memory. {@code buffer} is per
 * worker; lines that find it full are dropped and counted. A connection that lives longer than
 * {@code longConnections} is logged at that interval; zero disables this.
 */
public record LogConfig(
    Target access, Duration flushInterval, DataSize buffer, Duration longConnections) {
  public static final LogConfig DEFAULT =
      new LogConfig(
          Stream.STDOUT, Duration.ofMillis(200), DataSize.ofMiB(1), Duration.ofMinutes(10));

  /** A standard stream, a file, or no target. */
  public sealed interface Target {}

  public enum Stream implements Target {
    STDOUT,
    STDERR,
    OFF
  }

  /** The datagram socket of a syslog daemon, usually {@code /dev/log}. */
  public record Syslog(Path socket) implements Target {}

  /** A file to append to. It is reopened on request, so that a rotation tool may move it. */
  public record File(Path path) implements Target {}
}
