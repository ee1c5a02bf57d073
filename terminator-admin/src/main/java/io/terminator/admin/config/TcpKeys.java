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
          "Idle time before the first keepalive probe. 0: no keepalive.");

  private static final Key<Duration> KEEPALIVE_INTERVAL =
      Key.optional(
          "keepalive-interval",
          Kinds.duration("1s", "9h"),
          TcpConfig.DEFAULT.keepaliveInterval(),
          "Time between keepalive probes.");

  private static final Key<Integer> KEEPALIVE_COUNT =
      Key.optional(
          "keepalive-count",
          Kinds.whole(1, 127),
          TcpConfig.DEFAULT.keepaliveCount(),
          "Unanswered keepalive probes after which the connection is reset.");

  private static final Key<Duration> USER_TIMEOUT =
      Key.optional(
          "user-timeout",
          Kinds.durationOrZero("1s", "24h"),
          TcpConfig.DEFAULT.userTimeout(),
          "Maximum time that sent data may stay unacknowledged before the connection is"
              + " reset (TCP_USER_TIMEOUT). 0: the system default, about 15 minutes.");

  private static final Key<DataSize> NOT_SENT_LOW_WATER =
      Key.optional(
          "not-sent-low-water",
          Kinds.size("0B", "1GiB"),
          TcpConfig.DEFAULT.notSentLowWater(),
          "Maximum unsent bytes in the kernel's send buffer (TCP_NOTSENT_LOWAT). 0B: the"
              + " system default.");

  private static final Key<Duration> DEFER_ACCEPT =
      Key.optional(
          "defer-accept",
          Kinds.durationOrZero("1s", "1m"),
          ListeningConfig.DEFAULT.deferAccept(),
          "Delays accept until the first byte arrives, or for about this time"
              + " (TCP_DEFER_ACCEPT). 0: off.");

  private static final Key<Integer> FAST_OPEN =
      Key.optional(
          "fast-open",
          Kinds.whole(0, 65_535),
          ListeningConfig.DEFAULT.fastOpen(),
          "Queue length for TCP Fast Open; net.ipv4.tcp_fastopen must enable it for"
              + " servers. 0: off.");

  private static final Key<DataSize> RECEIVE_BUFFER =
      Key.optional(
          "receive-buffer",
          Kinds.sizeOrZero("16KiB", "512MiB"),
          ListeningConfig.DEFAULT.receiveBuffer(),
          "Receive buffer of a client's socket (SO_RCVBUF); the kernel doubles it. It bounds the"
              + " memory that an upload takes while its backend does not read. 4MiB is enough for"
              + " 1 Gbit/s at 30 ms. Not applied where net.core.rmem_max is lower. 0B: the system"
              + " default, up to the maximum of net.ipv4.tcp_rmem; going back to it needs a"
              + " restart.");

  static final Shape<TcpConfig> SHAPE =
      new Shape<>(
          "TCP options of the connections.",
          List.of(
              KEEPALIVE_IDLE,
              KEEPALIVE_INTERVAL,
              KEEPALIVE_COUNT,
              USER_TIMEOUT,
              NOT_SENT_LOW_WATER),
          TcpKeys::tcp);

  static final Shape<ListeningConfig> LISTENING_SHAPE =
      new Shape<>(
          "TCP options of a listener's connections.",
          List.of(
              KEEPALIVE_IDLE,
              KEEPALIVE_INTERVAL,
              KEEPALIVE_COUNT,
              USER_TIMEOUT,
              NOT_SENT_LOW_WATER,
              DEFER_ACCEPT,
              FAST_OPEN,
              RECEIVE_BUFFER),
          section ->
              new ListeningConfig(
                  tcp(section),
                  section.get(DEFER_ACCEPT),
                  section.get(FAST_OPEN),
                  section.get(RECEIVE_BUFFER)));

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
