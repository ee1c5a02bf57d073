package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.worker.OverloadConfig;
import java.time.Duration;
import java.util.List;

/** {@code overload}. */
final class OverloadKeys {
  private static final Key<Duration> LOOP_LAG =
      Key.optional(
          "loop-lag",
          Kinds.durationOrZero("10ms", "1m"),
          OverloadConfig.DEFAULT.loopLag(),
          "Event loop lag at which a worker is overloaded, until the lag stays below half"
              + " of it for half a second. 0: never.");

  private static final Key<Integer> FRAMES =
      Key.optional(
          "frames",
          Kinds.whole(0, 100),
          OverloadConfig.DEFAULT.frames(),
          "Percentage of the worker's share of memory.frames at which it is overloaded,"
              + " until usage is ten points lower. 0: never.");

  private static final Key<Duration> WAIT =
      Key.optional(
          "wait",
          Kinds.duration("10ms", "1m"),
          OverloadConfig.DEFAULT.patience(),
          "Maximum time that a full handshake waits for the overload to end; then the"
              + " client is reset as overload.");

  static final Shape<OverloadConfig> SHAPE =
      new Shape<>(
          "Overload protection: full handshakes wait, and resumed sessions and open"
              + " connections are served first.",
          List.of(LOOP_LAG, FRAMES, WAIT),
          section ->
              new OverloadConfig(section.get(LOOP_LAG), section.get(FRAMES), section.get(WAIT)));

  private OverloadKeys() {}
}
