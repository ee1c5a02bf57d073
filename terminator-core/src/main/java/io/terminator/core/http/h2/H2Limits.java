package io.terminator.core.http.h2;

import io.terminator.core.connect.KeptConfig;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.worker.DeadlineWheel;

/**
 * Limits of one connection. Windows are the bytes that a peer may send ahead of what was taken from
 * it; that of a stream grows up to {@code largestStreamWindow} while it is used; {@code highWater}
 * and {@code lowWater} bound the bytes that wait for the peer. Times are in ticks of the worker's
 * clock.
 */
record H2Limits(
    int headBytes,
    int fields,
    int streams,
    int streamWindow,
    int largestStreamWindow,
    int connectionWindow,
    long highWater,
    long lowWater,
    long headTicks,
    long bodyTicks,
    long idleTicks) {
  private static final int STREAM_WINDOW = 64 * 1024;
  private static final int LARGEST_STREAM_WINDOW = 256 * 1024;
  private static final int CONNECTION_WINDOW = 1024 * 1024;

  static H2Limits of(ExchangeConfig config, RelayConfig.Watermarks watermarks) {
    ExchangeConfig.Limits limits = config.limits();
    ExchangeConfig.Deadlines deadlines = config.deadlines();
    return new H2Limits(
        (int) Math.min(limits.head().bytes(), Integer.MAX_VALUE),
        limits.fields(),
        limits.streams(),
        STREAM_WINDOW,
        LARGEST_STREAM_WINDOW,
        CONNECTION_WINDOW,
        watermarks.high().bytes(),
        watermarks.low().bytes(),
        DeadlineWheel.ticksOf(deadlines.head()),
        DeadlineWheel.ticksOf(deadlines.body()),
        DeadlineWheel.ticksOf(deadlines.keepAlive()));
  }

  /** For a server whose idle connections are kept as {@code kept} says. */
  static H2Limits of(ExchangeConfig config, RelayConfig.Watermarks watermarks, KeptConfig kept) {
    H2Limits client = of(config, watermarks);
    return new H2Limits(
        client.headBytes,
        client.fields,
        client.streams,
        client.streamWindow,
        client.largestStreamWindow,
        client.connectionWindow,
        client.highWater,
        client.lowWater,
        client.headTicks,
        client.bodyTicks,
        kept.perServer() == 0 ? 0 : DeadlineWheel.ticksOf(kept.idle()));
  }

  /** A compressed block larger than this is not read to its end. */
  int blockBytes() {
    return Math.max(FrameReader.LARGEST, 2 * headBytes);
  }
}
