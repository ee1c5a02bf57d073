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
          "A worker that comes this late to its work is overloaded, until it is below half of it for half"
              + " a second. 0 is never.");

  private static final Key<Integer> FRAMES =
      Key.optional(
          "frames",
          Kinds.whole(0, 100),
          OverloadConfig.DEFAULT.frames(),
          "So is one that has this percentage of its share of memory.frames in use, until it is ten below."
              + " 0 is never.");

  private static final Key<Duration> WAIT =
      Key.optional(
          "wait",
          Kinds.duration("10ms", "1m"),
          OverloadConfig.DEFAULT.patience(),
          "How long a full handshake waits for that to pass; then the client is reset as overload.");

  static final Shape<OverloadConfig> SHAPE =
      new Shape<>(
          "When a worker has more to do than it can: then full handshakes wait, and clients that resume and"
              + " connections that are open go first.",
          List.of(LOOP_LAG, FRAMES, WAIT),
          section ->
              new OverloadConfig(section.get(LOOP_LAG), section.get(FRAMES), section.get(WAIT)));

  private OverloadKeys() {}
}
