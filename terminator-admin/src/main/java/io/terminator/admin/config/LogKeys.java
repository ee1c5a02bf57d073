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
          "Where the line of each connection goes: a standard stream, a file, or nowhere. A file's"
              + " path has a slash: ./access.log.");

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

  static final Shape<LogConfig> SHAPE =
      new Shape<>(
          "The log of connections.",
          List.of(ACCESS, FLUSH_INTERVAL, BUFFER),
          section ->
              new LogConfig(section.get(ACCESS), section.get(FLUSH_INTERVAL), section.get(BUFFER)));

  private LogKeys() {}

  /** A bare word is never a file: a misspelt "stdout" would become one. */
  private static final class TargetKind implements Kind<Target> {
    private static final Kind<Stream> STREAM = Kinds.choice(Stream.class);
    private static final Kind<Path> FILE = Paths.newFile();

    @Override
    public @Nullable Target read(Value value) {
      if (value.isPath()) {
        Path path = FILE.read(value);
        return path == null ? null : new LogConfig.File(path);
      }
      return STREAM.read(value);
    }

    @Override
    public Form form() {
      return new Form.Either(List.of(STREAM.form(), FILE.form()));
    }

    @Override
    public String spell(Target target) {
      return target instanceof LogConfig.File file
          ? file.path().toString()
          : STREAM.spell((Stream) target);
    }
  }
}
