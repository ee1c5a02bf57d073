package io.terminator.core.connection;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * One peer of a pair, with the reference model of its direction: how many bytes it sent, how it
 * ended, how many bytes it received and how its input ended. The n-th byte of a direction is a
 * function of n, so that one counter detects reordering, loss and duplication.
 */
final class ModelPeer {
  /** How a peer ended its output. */
  enum Ended {
    NOT,
    CLEANLY,
    TRUNCATING,
    VIOLATING,
    RESETTING
  }

  /** How a peer's input ended. */
  enum Seen {
    NOTHING,
    CLEAN_END,
    BARE_FIN,
    RESET
  }

  private static final int CYCLE = 1 << 20;
  private static final int LONGEST = 1 << 16;
  private static final ByteBuffer PATTERN = pattern();

  private final SocketChannel channel;
  private final int salt;
  private final int otherSalt;
  private final ByteBuffer buffer;
  long sent;
  long received;
  Ended ended = Ended.NOT;
  Seen seen = Seen.NOTHING;
  private boolean markSeen;

  ModelPeer(SocketChannel channel, int salt, int otherSalt, ByteBuffer buffer) {
    this.channel = channel;
    this.salt = salt;
    this.otherSalt = otherSalt;
    this.buffer = buffer;
  }

  boolean mayTalk() {
    return ended == Ended.NOT && seen != Seen.RESET && channel.isOpen();
  }

  /** Sends up to {@code most} more bytes, as many as the kernel takes. */
  void write(int most) {
    try {
      sent += channel.write(pattern(salt, sent, Math.min(most, LONGEST)));
    } catch (IOException gone) {
      seen = Seen.RESET;
    }
  }

  /** True if it was sent: a full socket takes not even one byte. */
  boolean end(Ended how) {
    try {
      if (how == Ended.CLEANLY || how == Ended.VIOLATING) {
        int sign = how == Ended.CLEANLY ? MarkedStream.CLEAN_END : MarkedStream.VIOLATION;
        buffer.clear().put(0, (byte) sign).limit(1);
        if (channel.write(buffer) == 0) {
          return false;
        }
      }
      if (how == Ended.RESETTING) {
        channel.setOption(java.net.StandardSocketOptions.SO_LINGER, 0);
        channel.close();
        seen = seen == Seen.NOTHING ? Seen.RESET : seen;
      } else if (how != Ended.VIOLATING) {
        channel.shutdownOutput();
      }
    } catch (IOException gone) {
      seen = Seen.RESET;
    }
    ended = how;
    return true;
  }

  /**
   * Receives up to {@code most} bytes and compares them with the model; false if there were none.
   */
  boolean read(int most) {
    if (seen != Seen.NOTHING || !channel.isOpen()) {
      return false;
    }
    buffer.clear().limit(Math.min(most, buffer.capacity()));
    int read;
    try {
      read = channel.read(buffer);
    } catch (IOException reset) {
      seen = Seen.RESET;
      return true;
    }
    if (read < 0) {
      seen = markSeen ? Seen.CLEAN_END : Seen.BARE_FIN;
      return true;
    }
    boolean marked = read > 0 && (buffer.get(read - 1) & 0xFF) == MarkedStream.CLEAN_END;
    int data = marked ? read - 1 : read;
    int wrong = buffer.flip().limit(data).mismatch(pattern(otherSalt, received, data));
    if (wrong >= 0) {
      throw new AssertionError("byte %d is not what was said".formatted(received + wrong));
    }
    received += data;
    markSeen |= marked;
    return read > 0;
  }

  void close() {
    try {
      channel.close();
    } catch (IOException alreadyGone) {
      // Nothing is left to close.
    }
  }

  private static ByteBuffer pattern(int salt, long at, int length) {
    return PATTERN.slice((int) ((at + salt * 4099L) % CYCLE), length);
  }

  private static ByteBuffer pattern() {
    ByteBuffer pattern = ByteBuffer.allocateDirect(CYCLE + LONGEST);
    java.util.Random random = new java.util.Random(1);
    for (int i = 0; i < CYCLE; i++) {
      pattern.put(i, (byte) random.nextInt(MarkedStream.VIOLATION));
    }
    for (int i = 0; i < LONGEST; i++) {
      pattern.put(CYCLE + i, pattern.get(i));
    }
    return pattern;
  }
}
