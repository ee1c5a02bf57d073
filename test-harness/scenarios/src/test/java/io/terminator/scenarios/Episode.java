package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.Deterministic;
import io.terminator.testkit.Ending;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.Received;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The random life of one connection. The client sends the seed first, so that client and backend
 * run the same sequence and each knows every byte and the end to expect: rounds of random pieces
 * with pauses, then one of several endings.
 */
final class Episode {
  /** The side that ends the connection, and the way in which it ends it. */
  private enum Parting {
    CLIENT_FINISHES,
    BACKEND_FINISHES,
    CLIENT_RESETS,
    BACKEND_RESETS,
    CLIENT_TRUNCATES
  }

  private static final int MOST_ROUNDS = 6;
  private static final int LONGEST_WORD = 150_000;

  private final long seed;
  private final Random random;
  private final Random pieces;

  private Episode(long seed, boolean client) {
    this.seed = seed;
    this.random = new Random(seed);
    this.pieces = new Random(seed + (client ? 1 : 2));
  }

  /** Plays the backend's part for every accepted connection. */
  static ScriptedBackend backend() {
    return ScriptedBackend.start(
        peer -> {
          long seed = ByteBuffer.wrap(peer.readExactly(Long.BYTES)).getLong();
          new Episode(seed, false).playBackend(peer);
        });
  }

  /** Plays the client's part; throws if anything differs from the sequence. */
  static void play(TlsClient trusting, InetSocketAddress address, long seed) throws IOException {
    TlsVersion version = (seed & 1) == 0 ? TlsVersion.TLS_1_2 : TlsVersion.TLS_1_3;
    try (RawTlsClient client = trusting.only(version).raw(address)) {
      byte[] first = ByteBuffer.allocate(Long.BYTES).putLong(seed).array();
      if ((seed & 2) == 0) {
        client.handshake();
        client.write(first);
      } else {
        client.handshakeWith(first);
      }
      new Episode(seed, true).playClient(client, version);
    }
  }

  private void playClient(RawTlsClient client, TlsVersion version) throws IOException {
    for (int round = rounds(); round > 0; round--) {
      byte[] word = word(round);
      if (isClientsTurn()) {
        for (int at = 0; at < word.length; ) {
          int size = Math.min(word.length - at, 1 + pieces.nextInt(40_000));
          byte[] piece = java.util.Arrays.copyOfRange(word, at, at + size);
          if (pieces.nextInt(4) == 0) {
            client.writeRecords(piece, 1 + pieces.nextInt(5_000));
          } else if (pieces.nextInt(6) == 0) {
            client.segments(1 + pieces.nextInt(3_000)).write(piece);
            client.segments(Integer.MAX_VALUE);
          } else {
            client.write(piece);
          }
          at += size;
          rest();
        }
      } else {
        for (int at = 0; at < word.length; ) {
          int size = Math.min(word.length - at, 1 + pieces.nextInt(40_000));
          check(client.readExactly(size), word, at);
          at += size;
          rest();
        }
      }
    }
    byte[] tail = word(0);
    switch (parting(version)) {
      case CLIENT_FINISHES -> {
        client.finishOutput();
        assertEnd(client.readToEnd(), tail, Ending.CLOSE_NOTIFY);
      }
      case BACKEND_FINISHES -> {
        assertEnd(client.readToEnd(), new byte[0], Ending.CLOSE_NOTIFY);
        client.write(tail);
        client.finishOutput();
        client.readRawToEnd();
      }
      case CLIENT_RESETS -> {
        client.readExactly(1);
        client.reset();
      }
      case BACKEND_RESETS -> {
        client.write(new byte[1]);
        assertEnd(client.readToEnd(), new byte[0], Ending.RESET);
      }
      case CLIENT_TRUNCATES -> {
        client.readExactly(1);
        client.truncate();
        client.readRawToEnd();
      }
    }
  }

  private void playBackend(SocketPeer peer) throws IOException {
    for (int round = rounds(); round > 0; round--) {
      byte[] word = word(round);
      if (isClientsTurn()) {
        for (int at = 0; at < word.length; ) {
          int size = Math.min(word.length - at, 1 + pieces.nextInt(60_000));
          check(peer.readExactly(size), word, at);
          at += size;
          rest();
        }
      } else {
        for (int at = 0; at < word.length; ) {
          int size = Math.min(word.length - at, 1 + pieces.nextInt(60_000));
          peer.write(java.util.Arrays.copyOfRange(word, at, at + size));
          at += size;
          rest();
        }
      }
    }
    byte[] tail = word(0);
    switch (parting((seed & 1) == 0 ? TlsVersion.TLS_1_2 : TlsVersion.TLS_1_3)) {
      case CLIENT_FINISHES -> {
        assertEnd(peer.readToEnd(), new byte[0], Ending.FIN);
        peer.write(tail);
        peer.finishOutput();
      }
      case BACKEND_FINISHES -> {
        peer.finishOutput();
        assertEnd(peer.readToEnd(), tail, Ending.FIN);
      }
      // A reset discards data in flight, so the other side first confirms that it has received
      // everything.
      case CLIENT_RESETS, CLIENT_TRUNCATES -> {
        peer.write(new byte[1]);
        assertEnd(peer.readToEnd(), new byte[0], Ending.RESET);
      }
      case BACKEND_RESETS -> {
        peer.readExactly(1);
        peer.reset();
      }
    }
  }

  private void assertEnd(Received received, byte[] bytes, Ending ending) {
    assertThat(received.ending()).as("seed %d", seed).isEqualTo(ending);
    assertThat(received.bytes()).as("seed %d", seed).isEqualTo(bytes);
  }

  /** Not an AssertionError, which might be expected elsewhere: wrong bytes are always a failure. */
  private void check(byte[] piece, byte[] word, int at) {
    if (!java.util.Arrays.equals(piece, 0, piece.length, word, at, at + piece.length)) {
      throw new IllegalStateException("seed " + seed + ": other bytes than were said");
    }
  }

  private int rounds() {
    return 1 + random.nextInt(MOST_ROUNDS);
  }

  private boolean isClientsTurn() {
    return random.nextBoolean();
  }

  private byte[] word(int round) {
    int length = random.nextInt(random.nextInt(3) == 0 ? LONGEST_WORD : 2_000);
    return Deterministic.bytes(seed + round, length);
  }

  /** In TLS 1.2 the JDK's client cannot write after the server has finished. */
  private Parting parting(TlsVersion version) {
    Parting drawn = Parting.values()[random.nextInt(Parting.values().length)];
    return drawn == Parting.BACKEND_FINISHES && version == TlsVersion.TLS_1_2
        ? Parting.CLIENT_FINISHES
        : drawn;
  }

  private void rest() {
    if (pieces.nextInt(20) == 0) {
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(pieces.nextInt(3_000)));
    }
  }
}
