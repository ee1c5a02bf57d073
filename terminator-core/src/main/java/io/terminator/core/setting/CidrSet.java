package io.terminator.core.setting;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * Any number of blocks, of which one search says whether an address is in any: their ranges, joined and sorted. Immutable, any
 * thread.
 */
public final class CidrSet {
  private final int blocks;
  // Apart, since a block of IPv6 that spans the mapped addresses has no client of IPv4.
  private final Ranges four;
  private final Ranges six;

  private CidrSet(int blocks, Ranges four, Ranges six) {
    this.blocks = blocks;
    this.four = four;
    this.six = six;
  }

  public static CidrSet of(Collection<Cidr> blocks) {
    return new CidrSet(
        blocks.size(),
        Ranges.of(blocks.stream().filter(Cidr::isOfIpv4)),
        Ranges.of(blocks.stream().filter(block -> !block.isOfIpv4())));
  }

  /** How many blocks it was made of. */
  public int blocks() {
    return blocks;
  }

  /** Says what {@link Cidr#contains} says of one of them at least. */
  public boolean contains(InetAddress address) {
    byte[] given = address.getAddress();
    ByteBuffer bytes = ByteBuffer.wrap(Cidr.mapped(given));
    long high = bytes.getLong();
    long low = bytes.getLong();
    return given.length == 4
        ? four.contain(high, low)
        : six.contain(high, low) || (Cidr.isMapped(given) && four.contain(high, low));
  }

  /** Four words a range: the first address, then the last, high word first, unsigned. */
  private record Ranges(long[] words) {
    static Ranges of(Stream<Cidr> blocks) {
      List<Cidr> sorted =
          blocks
              .sorted((one, other) -> Arrays.compareUnsigned(one.first(), other.first()))
              .toList();
      long[] words = new long[sorted.size() * 4];
      int end = 0;
      for (Cidr block : sorted) {
        ByteBuffer first = ByteBuffer.wrap(block.first());
        ByteBuffer last = ByteBuffer.wrap(block.last());
        words[end] = first.getLong();
        words[end + 1] = first.getLong();
        words[end + 2] = last.getLong();
        words[end + 3] = last.getLong();
        if (end > 0 && compare(words[end], words[end + 1], words[end - 2], words[end - 1]) <= 0) {
          // It begins within the one before.
          if (compare(words[end + 2], words[end + 3], words[end - 2], words[end - 1]) > 0) {
            words[end - 2] = words[end + 2];
            words[end - 1] = words[end + 3];
          }
        } else {
          end += 4;
        }
      }
      return new Ranges(Arrays.copyOf(words, end));
    }

    boolean contain(long high, long low) {
      int from = 0;
      int to = words.length / 4 - 1;
      while (from <= to) {
        int middle = (from + to) >>> 1;
        int at = middle * 4;
        if (compare(high, low, words[at], words[at + 1]) < 0) {
          to = middle - 1;
        } else if (compare(high, low, words[at + 2], words[at + 3]) > 0) {
          from = middle + 1;
        } else {
          return true;
        }
      }
      return false;
    }
  }

  private static int compare(long high, long low, long otherHigh, long otherLow) {
    int byHigh = Long.compareUnsigned(high, otherHigh);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, otherLow);
  }
}
