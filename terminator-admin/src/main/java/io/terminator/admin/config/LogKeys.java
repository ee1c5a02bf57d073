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
          "Destination of the access log: a standard stream, a file, a syslog socket"
              + " (syslog:/dev/log), or off. A relative path is resolved against the directory of this file. A name"
              + " without a slash and without a dot needs file: before it. A FIFO is refused.");

  private static final Key<Duration> FLUSH_INTERVAL =
      Key.optional(
          "flush-interval",
          Kinds.duration("10ms", "1m"),
          LogConfig.DEFAULT.flushInterval(),
          "Interval at which lines are written; also written when a buffer is half full.");

  private static final Key<DataSize> BUFFER =
      Key.optional(
          "buffer",
          Kinds.size("64KiB", "1GiB"),
          LogConfig.DEFAULT.buffer(),
          "Buffer for lines per worker. When it is full, lines are dropped and counted.");

  private static final Key<Duration> LONG_CONNECTIONS =
      Key.optional(
          "long-connections",
          Kinds.durationOrZero("1s", "1d"),
          LogConfig.DEFAULT.longConnections(),
          "Interval of intermediate lines for long connections, in addition to the line"
              + " at the end. 0: none.");

  static final Shape<LogConfig> SHAPE =
      new Shape<>(
          "The access log.",
          List.of(ACCESS, FLUSH_INTERVAL, BUFFER, LONG_CONNECTIONS),
          section ->
              new LogConfig(
                  section.get(ACCESS),
                  section.get(FLUSH_INTERVAL),
                  section.get(BUFFER),
                  section.get(LONG_CONNECTIONS)));

  private LogKeys() {}

  /** A single word is never a file name: a misspelt "stdout" would become a file. */
  private static final class TargetKind implements Kind<Target> {
    private static final String FILE_PREFIX = "file:";
    private static final Kind<Path> FILE =
        Paths.newFile(
            FILE_PREFIX,
            "a file in a writable directory, such as access.log, /var/log/terminator/access.log or file:access");
    private static final Kind<Path> SYSLOG = Kinds.pathAfter("syslog:", "/dev/log");
    private static final Kind<Stream> STREAM = Kinds.choice(Stream.class);
    private static final Form FORM =
        new Form.Either(List.of(STREAM.form(), SYSLOG.form(), FILE.form()));

    /** The choice if the text is neither a file nor syslog. Its messages name those too. */
    private static final Kind<Stream> WORD =
        Kinds.choice(List.of(Stream.values()), STREAM::spell, FORM);

    @Override
    public @Nullable Target read(Value value) {
      if (value.startsWith("syslog:")) {
        Path socket = SYSLOG.read(value);
        return socket == null ? null : new LogConfig.Syslog(socket);
      }
      if (value.startsWith(FILE_PREFIX) || value.isTextThat(TargetKind::isFileName)) {
        Path path = FILE.read(value);
        return path == null ? null : new LogConfig.File(path);
      }
      return WORD.read(value);
    }

    private static boolean isFileName(String text) {
      return text.indexOf('/') >= 0 || text.indexOf('.') > 0;
    }

    @Override
    public Form form() {
      return FORM;
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
