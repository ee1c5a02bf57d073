package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.handshake.HandshakeConfig;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.relay.RelayConfig.ByteRates;
import io.terminator.core.relay.RelayConfig.Deadlines;
import io.terminator.core.relay.RelayConfig.Truncation;
import io.terminator.core.relay.RelayConfig.Watermarks;
import io.terminator.core.setting.DataSize;
import java.time.Duration;
import java.util.List;

/** {@code listeners[].deadlines} and {@code listeners[].relay}. */
final class FlowKeys {

  /** Operators find all deadlines in one place; the records hold them where they are used. */
  record PhaseDeadlines(HandshakeConfig handshake, Deadlines relay) {}

  record Forwarding(Watermarks watermarks, Truncation truncation, ByteRates rates) {}

  private static final Key<Duration> CLIENT_HELLO =
      Key.optional(
          "client-hello",
          Kinds.duration("10ms", "10m"),
          HandshakeConfig.DEFAULT.clientHello(),
          "From accept to a complete ClientHello. Received bytes do not extend it.");

  private static final Key<Duration> HANDSHAKE =
      Key.optional(
          "handshake",
          Kinds.duration("10ms", "10m"),
          HandshakeConfig.DEFAULT.handshake(),
          "From accept to the end of the handshake.");

  private static final Key<Duration> IDLE =
      Key.optional(
          "idle",
          Kinds.duration("10ms", "30d"),
          Deadlines.DEFAULT.idle(),
          "Maximum time without a byte in either direction.");

  private static final Key<Duration> HALF_CLOSE =
      Key.optional(
          "half-close",
          Kinds.duration("10ms", "30d"),
          Deadlines.DEFAULT.halfClose(),
          "Maximum time without progress after one direction has ended.");

  private static final Key<Duration> LIFETIME =
      Key.optional(
          "lifetime",
          Kinds.durationOrZero("10ms", "365d"),
          Deadlines.DEFAULT.lifetime(),
          "Maximum lifetime of a connection, even if it is active. 0 means no limit.");

  private static final Key<Integer> LIFETIME_JITTER =
      Key.optional(
          "lifetime-jitter",
          Kinds.whole(0, 50),
          Deadlines.DEFAULT.lifetimeJitterPercent(),
          "Random reduction of the lifetime in percent, so that clients do not reconnect"
              + " all at once.");

  private static final Kind<DataSize> RATE_KIND = Kinds.sizeOrZero("16KiB", "100GiB");

  private static final Key<DataSize> HIGH_WATER =
      Key.optional(
          "high-water",
          Kinds.size("16KiB", "1GiB"),
          Watermarks.DEFAULT.high(),
          "Waiting bytes in one direction at which reading from its sender pauses.");

  private static final Key<DataSize> LOW_WATER =
      Key.optional(
          "low-water",
          Kinds.size("0B", "1GiB"),
          Watermarks.DEFAULT.low(),
          "Waiting bytes at which reading resumes.");

  private static final Key<Truncation> TRUNCATION =
      Key.optional(
          "truncation",
          Kinds.choice(Truncation.class),
          RelayConfig.DEFAULT.truncation(),
          "What the backend receives when a client closes without close_notify: a reset,"
              + " or a clean end.");

  private static final Key<DataSize> RATE_IN =
      Key.optional(
          "rate-in",
          RATE_KIND,
          ByteRates.UNLIMITED.in(),
          "Plaintext bytes per second from the client to the backend, per connection."
              + " Above the rate, reading is delayed. 0B means no limit.");

  private static final Key<DataSize> RATE_OUT =
      Key.optional(
          "rate-out",
          RATE_KIND,
          ByteRates.UNLIMITED.out(),
          "Like rate-in, from the backend to the client.");

  static final Shape<PhaseDeadlines> DEADLINES_SHAPE =
      new Shape<>(
          "Time limits of the phases.",
          List.of(CLIENT_HELLO, HANDSHAKE, IDLE, HALF_CLOSE, LIFETIME, LIFETIME_JITTER),
          FlowKeys::deadlines);

  static final Shape<Forwarding> RELAY_SHAPE =
      new Shape<>(
          "How bytes are forwarded.",
          List.of(HIGH_WATER, LOW_WATER, TRUNCATION, RATE_IN, RATE_OUT),
          FlowKeys::forwarding);

  private FlowKeys() {}

  private static PhaseDeadlines deadlines(Section section) {
    Duration clientHello = section.get(CLIENT_HELLO);
    Duration handshake = section.get(HANDSHAKE);
    section.check(
        clientHello.compareTo(handshake) <= 0,
        section.has(CLIENT_HELLO) ? CLIENT_HELLO : HANDSHAKE,
        section.has(CLIENT_HELLO)
            ? "at most handshake, " + HANDSHAKE.kind().spell(handshake)
            : "at least client-hello, " + CLIENT_HELLO.kind().spell(clientHello),
        "the handshake includes the ClientHello",
        CLIENT_HELLO,
        HANDSHAKE);
    return new PhaseDeadlines(
        new HandshakeConfig(clientHello, handshake),
        new Deadlines(
            section.get(IDLE),
            section.get(HALF_CLOSE),
            section.get(LIFETIME),
            section.get(LIFETIME_JITTER)));
  }

  private static Forwarding forwarding(Section section) {
    DataSize high = section.get(HIGH_WATER);
    DataSize low = section.get(LOW_WATER);
    section.check(
        low.bytes() < high.bytes(),
        section.has(LOW_WATER) ? LOW_WATER : HIGH_WATER,
        section.has(LOW_WATER) ? "less than high-water, " + high : "more than low-water, " + low,
        "a quarter of high-water is a good low-water",
        LOW_WATER,
        HIGH_WATER);
    return new Forwarding(
        new Watermarks(high, low),
        section.get(TRUNCATION),
        new ByteRates(section.get(RATE_IN), section.get(RATE_OUT)));
  }
}
