package io.terminator.admin.recording;

/**
 * Since when directions of connections are stalled, in fixed memory and without allocation. A
 * direction whose cell is taken replaces what is there, so with thousands of stalls at once some
 * are lost. One thread.
 */
final class StallTable {
  static final long NONE = -1;
  private static final int CELLS = 4096;

  private final long[] keys = new long[CELLS];
  private final long[] since = new long[CELLS];
  private final String[] reasons = new String[CELLS];

  // Most connections end without a stall, and their cell is not in the processor's cache.
  private int taken;

  /** Called with each direction that is still stalled. */
  interface Reader {
    void read(long connection, boolean fromClient, String reason, long sinceNanos);
  }

  /** Connections have positive ids. */
  private static long key(long connection, boolean fromClient) {
    return connection << 1 | (fromClient ? 1 : 0);
  }

  private static int cell(long key) {
    return (int) (key * 0x9E3779B97F4A7C15L >>> 52);
  }

  /** Keeps the time of the first call for a direction. */
  void begin(long connection, boolean fromClient, String reason, long nowNanos) {
    long key = key(connection, fromClient);
    int cell = cell(key);
    if (keys[cell] != key) {
      if (keys[cell] == 0) {
        taken++;
      }
      keys[cell] = key;
      since[cell] = nowNanos;
      reasons[cell] = reason;
    }
  }

  /** The duration of the stall that ends; {@link #NONE} if it is not known. */
  long end(long connection, boolean fromClient, long nowNanos) {
    if (taken == 0) {
      return NONE;
    }
    long key = key(connection, fromClient);
    int cell = cell(key);
    if (keys[cell] != key) {
      return NONE;
    }
    keys[cell] = 0;
    taken--;
    return nowNanos - since[cell];
  }

  /** The reason that the cell of this direction was last taken for. */
  String reason(long connection, boolean fromClient) {
    return reasons[cell(key(connection, fromClient))];
  }

  void forEach(Reader reader) {
    for (int cell = 0; cell < CELLS; cell++) {
      long key = keys[cell];
      if (key != 0) {
        reader.read(key >>> 1, (key & 1) == 1, reasons[cell], since[cell]);
      }
    }
  }
}
