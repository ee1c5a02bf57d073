package io.terminator.load.generator;

import io.terminator.load.loop.Memory;
import io.terminator.load.loop.Reactor;
import io.terminator.load.wire.Pattern;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.SplittableRandom;

/**
 * The shared parts of a generator's connections: memory, pattern, counters. The reactor's thread
 * only.
 */
final class Workbench {
  private static final int RECEIVE = 256 * 1024;
  private static final int RECORDS = 64 * 1024;
  private static final int SOURCES = 64;

  private final Reactor reactor;
  private final Pattern pattern = new Pattern();
  private final Memory received = new Memory(RECEIVE);
  private final Memory plain = new Memory(RECEIVE + RECORDS);
  private final Memory sending = new Memory(RECEIVE);
  private final Memory assembling = new Memory(RECORDS);
  private final InetSocketAddress[] sources = new InetSocketAddress[SOURCES];
  private final SplittableRandom random;
  private byte[] preamble = {};
  private int nextSource;
  private long bytesChecked;

  Workbench(Reactor reactor, long seed) {
    this.reactor = reactor;
    this.random = new SplittableRandom(seed);
    for (int i = 0; i < SOURCES; i++) {
      try {
        sources[i] =
            new InetSocketAddress(
                InetAddress.getByAddress(new byte[] {127, 0, 1, (byte) (i + 1)}), 0);
      } catch (UnknownHostException never) {
        throw new IllegalStateException(never);
      }
    }
  }

  Reactor reactor() {
    return reactor;
  }

  Pattern pattern() {
    return pattern;
  }

  Memory received() {
    return received;
  }

  Memory plain() {
    return plain;
  }

  Memory sending() {
    return sending;
  }

  Memory assembling() {
    return assembling;
  }

  /** A ClientHello with which plaintext connections begin: the backend skips it. */
  byte[] preamble() {
    return preamble;
  }

  void preamble(byte[] hello) {
    preamble = hello;
  }

  /** One of many loopback addresses, because a single one would run out of ports. */
  InetSocketAddress nextSource() {
    nextSource = (nextSource + 1) % SOURCES;
    return sources[nextSource];
  }

  /** The position in the pattern at which a body or an answer begins. */
  int nextStart() {
    return random.nextInt(Pattern.PERIOD);
  }

  void checked(int bytes) {
    bytesChecked += bytes;
  }

  long bytesChecked() {
    return bytesChecked;
  }
}
