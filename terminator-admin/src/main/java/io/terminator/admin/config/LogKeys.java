package io.terminator.admin.config;

import io.terminator.admin.config.format.Form;
import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Shape;
import io.terminator.admin.config.format.Value;
import io.terminator.core.logbuffer.LogConfig;
import io.terminator.core.logbuffer.LogConfig.Stream;
import io.terminator.core.logbuffer.LogConfig.Target;
import io.terminator.core.setting.DataSize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code log}. */
final class LogKeys {
  private static final Key<Target> ACCESS =
      Key.optional(
          "access",
          new TargetKind(),
          LogConfig.DEFAULT.access(),
          "Where the line of each connection goes: a standard stream, a file, a syslog daemon's"
              + " socket (syslog:/dev/log), or nowhere. A file's path has a slash: ./access.log.");

  private static final Key<Duration> FLUSH_INTERVAL =
      Key.optional(
          "flush-interval",
          Kinds.duration("10ms", "1m"),
          LogConfig.DEFAULT.flushInterval(),
          "Lines are written this often, or when a buffer is half full.");

  private static final Key<DataSize> BUFFER =
      Key.optional(
          "buffer",
          Kinds.size("64KiB", "1GiB"),
          LogConfig.DEFAULT.buffer(),
          "Lines that wait, per worker. When it is full, lines are dropped and counted.");

  private static final Key<Duration> LONG_CONNECTIONS =
      Key.optional(
          "long-connections",
          Kinds.durationOrZero("1s", "1d"),
          LogConfig.DEFAULT.longConnections(),
          "A connection that lives longer has a line this often, before the one at its end. 0 is never.");

  static final Shape<LogConfig> SHAPE =
      new Shape<>(
          "The log of connections.",
          List.of(ACCESS, FLUSH_INTERVAL, BUFFER, LONG_CONNECTIONS),
          section ->
              new LogConfig(
                  section.get(ACCESS),
                  section.get(FLUSH_INTERVAL),
                  section.get(BUFFER),
                  section.get(LONG_CONNECTIONS)));

  private LogKeys() {}

  /** A bare word is never a file: a misspelt "stdout" would become one. */
  private static final class TargetKind implements Kind<Target> {
    private static final Kind<Stream> STREAM = Kinds.choice(Stream.class);
    private static final Kind<Path> FILE = Paths.newFile();
    private static final Kind<Path> SYSLOG = Kinds.pathAfter("syslog:", "/dev/log");

    @Override
    public @Nullable Target read(Value value) {
      if (value.startsWith("syslog:")) {
        Path socket = SYSLOG.read(value);
        return socket == null ? null : new LogConfig.Syslog(socket);
      }
      if (value.isPath()) {
        Path path = FILE.read(value);
        return path == null ? null : new LogConfig.File(path);
      }
      return STREAM.read(value);
    }

    @Override
    public Form form() {
      return new Form.Either(List.of(STREAM.form(), SYSLOG.form(), FILE.form()));
    }

    @Override
    public String spell(Target target) {
      if (target instanceof LogConfig.File file) {
        return file.path().toString();
      }
      return target instanceof LogConfig.Syslog syslog
          ? SYSLOG.spell(syslog.socket())
          : STREAM.spell((Stream) target);
    }
  }
}
