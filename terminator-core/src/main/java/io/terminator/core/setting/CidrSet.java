package io.terminator.core.setting;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * A set of blocks in which a single search finds whether any of them contains an address: their
 * ranges, merged and sorted. Immutable, any thread.
 */
public final class CidrSet {
  private final int blocks;
  // Separate, since an IPv6 block that spans the mapped addresses contains no IPv4 client.
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

  /** The number of blocks given. */
  public int blocks() {
    return blocks;
  }

  /** Whether at least one of the blocks contains the address, as {@link Cidr#contains}. */
  public boolean contains(InetAddress address) {
    byte[] given = address.getAddress();
    ByteBuffer bytes = ByteBuffer.wrap(Cidr.mapped(given));
    long high = bytes.getLong();
    long low = bytes.getLong();
    return given.length == 4
        ? four.contain(high, low)
        : six.contain(high, low) || (Cidr.isMapped(given) && four.contain(high, low));
  }

  /** Four words per range: the first address, then the last, high word first, unsigned. */
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
          // Overlaps the previous range.
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
