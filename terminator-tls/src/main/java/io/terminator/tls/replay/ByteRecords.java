package io.terminator.tls.replay;

import java.util.Arrays;

/**
 * Short byte sequences, each kept once, in chunks that are never moved. One worker adds; another
 * thread may read a record whose number it learned from that worker through a volatile.
 */
final class ByteRecords {
  /** Neither known nor added, because the memory is used up. */
  static final int NONE = -1;

  static final int LONGEST = 4096;

  private static final int CHUNK_BITS = 14;
  private static final int CHUNK = 1 << CHUNK_BITS;
  private static final int FIRST_SLOTS = 64;

  private final MemoryBudget budget;
  private byte[][] chunks = {};

  /** Numbers of records plus one, by hash; 0 is free. A power of two. */
  private int[] slots = {};

  private int chunksUsed;
  private int free = CHUNK;
  private int count;

  ByteRecords(MemoryBudget budget) {
    this.budget = budget;
  }

  /** The number of the record with these bytes, at most {@link #LONGEST}; {@link #NONE} if full. */
  int numberOf(byte[] bytes, int length) {
    int hash = hash(bytes, 0, length);
    for (int at = hash & (slots.length - 1); slots.length > 0; at = at + 1 & (slots.length - 1)) {
      int number = slots[at] - 1;
      if (number < 0) {
        break;
      }
      if (is(number, bytes, length)) {
        return number;
      }
    }
    if (4 * (count + 1) > 3 * slots.length && !grow() || !hasRoom(length + 2)) {
      return NONE;
    }
    byte[] chunk = chunks[chunksUsed - 1];
    int number = (chunksUsed - 1 << CHUNK_BITS) + free;
    chunk[free] = (byte) (length >> 8);
    chunk[free + 1] = (byte) length;
    System.arraycopy(bytes, 0, chunk, free + 2, length);
    free += length + 2;
    count++;
    put(slots, hash, number + 1);
    return number;
  }

  private static int hash(byte[] bytes, int from, int length) {
    int hash = length;
    for (int i = from; i < from + length; i++) {
      hash = 31 * hash + bytes[i];
    }
    return mixed(hash);
  }

  static int mixed(int hash) {
    int mixed = (hash ^ hash >>> 16) * 0x85ebca6b;
    return mixed ^ mixed >>> 13;
  }

  static void put(int[] slots, int hash, int value) {
    int at = hash & (slots.length - 1);
    while (slots[at] != 0) {
      at = at + 1 & (slots.length - 1);
    }
    slots[at] = value;
  }

  private boolean is(int number, byte[] bytes, int length) {
    byte[] chunk = chunks[number >> CHUNK_BITS];
    int at = number & (CHUNK - 1);
    return length(chunk, at) == length
        && Arrays.equals(chunk, at + 2, at + 2 + length, bytes, 0, length);
  }

  private static int length(byte[] chunk, int at) {
    return (chunk[at] & 0xff) << 8 | chunk[at + 1] & 0xff;
  }

  private boolean grow() {
    int size = Math.max(FIRST_SLOTS, 2 * slots.length);
    if (!budget.take((long) Integer.BYTES * (size - slots.length))) {
      return false;
    }
    int[] larger = new int[size];
    for (int each : slots) {
      if (each != 0) {
        byte[] chunk = chunks[each - 1 >> CHUNK_BITS];
        int at = each - 1 & (CHUNK - 1);
        put(larger, hash(chunk, at + 2, length(chunk, at)), each);
      }
    }
    slots = larger;
    return true;
  }

  private boolean hasRoom(int length) {
    if (CHUNK - free >= length) {
      return true;
    }
    if (!budget.take(CHUNK + Long.BYTES)) {
      return false;
    }
    if (chunksUsed == chunks.length) {
      chunks = Arrays.copyOf(chunks, Math.max(4, 2 * chunks.length));
    }
    chunks[chunksUsed] = new byte[CHUNK];
    chunksUsed++;
    free = 0;
    return true;
  }

  /** The bytes of the record with this {@code number}. */
  byte[] read(int number) {
    byte[] chunk = chunks[number >> CHUNK_BITS];
    int at = number & (CHUNK - 1);
    return Arrays.copyOfRange(chunk, at + 2, at + 2 + length(chunk, at));
  }
}
