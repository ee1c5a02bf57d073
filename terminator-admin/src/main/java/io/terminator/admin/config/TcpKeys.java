package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.accept.ListeningConfig;
import io.terminator.core.chain.TcpConfig;
import io.terminator.core.setting.DataSize;
import java.time.Duration;
import java.util.List;

/** {@code listeners[].tcp} and {@code backends.<name>.tcp}. */
final class TcpKeys {
  private static final Key<Duration> KEEPALIVE_IDLE =
      Key.optional(
          "keepalive-idle",
          Kinds.durationOrZero("1s", "9h"),
          TcpConfig.DEFAULT.keepaliveIdle(),
          "Silence after which the kernel asks whether the other side is still there. 0: never.");

  private static final Key<Duration> KEEPALIVE_INTERVAL =
      Key.optional(
          "keepalive-interval",
          Kinds.duration("1s", "9h"),
          TcpConfig.DEFAULT.keepaliveInterval(),
          "Between two such questions without an answer.");

  private static final Key<Integer> KEEPALIVE_COUNT =
      Key.optional(
          "keepalive-count",
          Kinds.whole(1, 127),
          TcpConfig.DEFAULT.keepaliveCount(),
          "Questions without an answer after which the connection is broken.");

  private static final Key<Duration> USER_TIMEOUT =
      Key.optional(
          "user-timeout",
          Kinds.durationOrZero("1s", "24h"),
          TcpConfig.DEFAULT.userTimeout(),
          "How long sent bytes may stay unacknowledged before the connection is broken. 0: as the"
              + " system does, about 15 minutes.");

  private static final Key<DataSize> NOT_SENT_LOW_WATER =
      Key.optional(
          "not-sent-low-water",
          Kinds.size("0B", "1GiB"),
          TcpConfig.DEFAULT.notSentLowWater(),
          "Bytes that may wait in the kernel unsent before it takes more (TCP_NOTSENT_LOWAT). 0B: as"
              + " the system does.");

  private static final Key<Duration> DEFER_ACCEPT =
      Key.optional(
          "defer-accept",
          Kinds.durationOrZero("1s", "1m"),
          ListeningConfig.DEFAULT.deferAccept(),
          "Connections are not seen before their first byte, or about this long. 0: at once.");

  private static final Key<Integer> FAST_OPEN =
      Key.optional(
          "fast-open",
          Kinds.whole(0, 65_535),
          ListeningConfig.DEFAULT.fastOpen(),
          "Clients at a time whose first bytes may come with their SYN, where"
              + " net.ipv4.tcp_fastopen lets servers do so. 0: none.");

  static final Shape<TcpConfig> SHAPE =
      new Shape<>(
          "What the kernel does for TCP connections.",
          List.of(
              KEEPALIVE_IDLE,
              KEEPALIVE_INTERVAL,
              KEEPALIVE_COUNT,
              USER_TIMEOUT,
              NOT_SENT_LOW_WATER),
          TcpKeys::tcp);

  static final Shape<ListeningConfig> LISTENING_SHAPE =
      new Shape<>(
          "What the kernel does for a listener's TCP connections.",
          List.of(
              KEEPALIVE_IDLE,
              KEEPALIVE_INTERVAL,
              KEEPALIVE_COUNT,
              USER_TIMEOUT,
              NOT_SENT_LOW_WATER,
              DEFER_ACCEPT,
              FAST_OPEN),
          section ->
              new ListeningConfig(tcp(section), section.get(DEFER_ACCEPT), section.get(FAST_OPEN)));

  private TcpKeys() {}

  private static TcpConfig tcp(Section section) {
    return new TcpConfig(
        section.get(KEEPALIVE_IDLE),
        section.get(KEEPALIVE_INTERVAL),
        section.get(KEEPALIVE_COUNT),
        section.get(USER_TIMEOUT),
        section.get(NOT_SENT_LOW_WATER));
  }
}
