package io.terminator.tls.replay;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * The distinct hellos of one period on one worker, with counts. Rows are added and never moved: the
 * worker publishes each through {@link #size}, and any thread reads those before it. When there is
 * no room for the sources of hellos any more, hellos that differ in the source alone share a row.
 */
final class HelloTable {
  /** Address in four words, name, code, count. */
  private static final int WORDS = 7;

  private static final int ROWS = 512;
  private static final int NAME = 4;
  private static final int CODE = 5;
  private static final int COUNT = 6;
  private static final int FIRST_SLOTS = 64;

  /** In the name's word: the sources of further clients are not kept. */
  private static final int SHARED = 1 << 31;

  /** Of the name's record: a server name, the address that the client connected to, nothing. */
  private static final byte SERVER = 1;

  private static final byte DESTINATION = 2;
  private static final byte NOTHING = 3;
  private static final byte[] NO_BYTES = {};

  /** The address of a client of a unix socket. */
  private static final int UNIX = -1;

  private static final int IPV4 = 0x0000ffff;

  private final long period;
  private final MemoryBudget most;
  private final MemoryBudget all;
  private final ByteRecords records;
  private AtomicIntegerArray[] chunks = {};

  /** Numbers of rows plus one, by hash; 0 is free. A power of two. */
  private int[] slots = {};

  private final int[] source = new int[4];
  private volatile int size;
  private volatile long unkept;

  /**
   * {@code most} gives the memory of rows with their source, {@code all} also the rest, which is
   * reserved for rows that share.
   */
  HelloTable(long period, MemoryBudget most, MemoryBudget all) {
    this.period = period;
    this.most = most;
    this.all = all;
    this.records = new ByteRecords(all);
  }

  long period() {
    return period;
  }

  /** Hellos that could not be kept. Any thread. */
  long unkept() {
    return unkept;
  }

  /** Distinct hellos. Any thread. */
  int size() {
    return size;
  }

  /** Counts a hello with {@code code}, which was written with {@code length}. */
  void add(
      HelloCode code,
      int length,
      @Nullable String serverName,
      SocketAddress client,
      @Nullable SocketAddress destination) {
    int shape =
        length == HelloCode.TOO_LONG ? ByteRecords.NONE : records.numberOf(code.bytes(), length);
    int name = shape == ByteRecords.NONE ? ByteRecords.NONE : name(code, serverName, destination);
    if (name == ByteRecords.NONE) {
      unkept = unkept + 1;
      return;
    }
    readSource(client);
    if (!count(source[0], source[1], source[2], source[3], name, shape, most)
        && !count(0, 0, 0, 0, name | SHARED, shape, all)) {
      unkept = unkept + 1;
    }
  }

  private int name(
      HelloCode code, @Nullable String serverName, @Nullable SocketAddress destination) {
    int length;
    if (serverName != null) {
      length = code.write(SERVER, serverName);
    } else if (destination instanceof InetSocketAddress inet && inet.getAddress() != null) {
      length = code.write(DESTINATION, inet.getAddress().getAddress());
    } else {
      length = code.write(NOTHING, NO_BYTES);
    }
    return records.numberOf(code.bytes(), length);
  }

  private void readSource(SocketAddress client) {
    if (!(client instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      Arrays.fill(source, UNIX);
      return;
    }
    byte[] bytes = inet.getAddress().getAddress();
    int words = bytes.length / Integer.BYTES;
    source[0] = 0;
    source[1] = 0;
    source[2] = IPV4;
    for (int i = 0; i < words; i++) {
      source[4 - words + i] =
          bytes[4 * i] << 24
              | (bytes[4 * i + 1] & 0xff) << 16
              | (bytes[4 * i + 2] & 0xff) << 8
              | bytes[4 * i + 3] & 0xff;
    }
  }

  /** Counts in the row with this key, which is added if {@code from} has room; else false. */
  private boolean count(int a, int b, int c, int d, int name, int shape, MemoryBudget from) {
    int hash = ByteRecords.mixed(31 * (31 * (31 * (31 * (31 * a + b) + c) + d) + name) + shape);
    for (int at = hash & (slots.length - 1); slots.length > 0; at = at + 1 & (slots.length - 1)) {
      int row = slots[at] - 1;
      if (row < 0) {
        break;
      }
      AtomicIntegerArray rows = chunks[row / ROWS];
      int first = row % ROWS * WORDS;
      if (rows.getPlain(first + NAME) == name
          && rows.getPlain(first + CODE) == shape
          && (name < 0
              || rows.getPlain(first + 3) == d
                  && rows.getPlain(first + 2) == c
                  && rows.getPlain(first + 1) == b
                  && rows.getPlain(first) == a)) {
        rows.setOpaque(first + COUNT, rows.getPlain(first + COUNT) + 1);
        return true;
      }
    }
    return add(hash, name, shape, from);
  }

  private boolean add(int hash, int name, int shape, MemoryBudget from) {
    int row = size;
    if (4 * (row + 1) > 3 * slots.length && !grow(from)) {
      return false;
    }
    if (row % ROWS == 0 && !addChunk(row / ROWS, from)) {
      return false;
    }
    AtomicIntegerArray rows = chunks[row / ROWS];
    int first = row % ROWS * WORDS;
    // A shared row has the source of its first client, as an example.
    for (int i = 0; i < source.length; i++) {
      rows.setPlain(first + i, source[i]);
    }
    rows.setPlain(first + NAME, name);
    rows.setPlain(first + CODE, shape);
    rows.setPlain(first + COUNT, 1);
    ByteRecords.put(slots, hash, row + 1);
    size = row + 1;
    return true;
  }

  private boolean addChunk(int index, MemoryBudget from) {
    if (!from.take((long) Integer.BYTES * WORDS * ROWS + Long.BYTES)) {
      return false;
    }
    if (index == chunks.length) {
      chunks = Arrays.copyOf(chunks, Math.max(4, 2 * chunks.length));
    }
    chunks[index] = new AtomicIntegerArray(WORDS * ROWS);
    return true;
  }

  private boolean grow(MemoryBudget from) {
    int wanted = Math.max(FIRST_SLOTS, 2 * slots.length);
    if (!from.take((long) Integer.BYTES * (wanted - slots.length))) {
      return false;
    }
    int[] larger = new int[wanted];
    for (int row = 0; row < size; row++) {
      ByteRecords.put(larger, hash(row), row + 1);
    }
    slots = larger;
    return true;
  }

  private int hash(int row) {
    AtomicIntegerArray rows = chunks[row / ROWS];
    int first = row % ROWS * WORDS;
    boolean isShared = rows.getPlain(first + NAME) < 0;
    int hash = 0;
    for (int i = 0; i < 4; i++) {
      hash = 31 * hash + (isShared ? 0 : rows.getPlain(first + i));
    }
    return ByteRecords.mixed(
        31 * (31 * hash + rows.getPlain(first + NAME)) + rows.getPlain(first + CODE));
  }

  /** Passes every hello to {@code reader}. Any thread. */
  void forEach(HelloMemory.Reader reader) {
    int rows = size;
    Map<Integer, HelloCode.Offer> known = new HashMap<>();
    for (int row = 0; row < rows; row++) {
      AtomicIntegerArray chunk = chunks[row / ROWS];
      int first = row % ROWS * WORDS;
      int name = chunk.getPlain(first + NAME);
      byte[] named = records.read(name & ~SHARED);
      HelloCode.Offer offer =
          known.computeIfAbsent(
              chunk.getPlain(first + CODE), code -> HelloCode.read(records.read(code)));
      reader.read(
          new HelloMemory.Hello(
              offer.listener(),
              named[0] == SERVER ? offer.hello().to(text(named)) : offer.hello(),
              client(chunk, first),
              named[0] == DESTINATION
                  ? socket(address(Arrays.copyOfRange(named, 1, named.length)))
                  : null,
              chunk.getOpaque(first + COUNT),
              name < 0));
    }
  }

  private static String text(byte[] named) {
    return new String(named, 1, named.length - 1, StandardCharsets.ISO_8859_1);
  }

  private static @Nullable InetSocketAddress client(AtomicIntegerArray chunk, int first) {
    int[] words = new int[4];
    for (int i = 0; i < 4; i++) {
      words[i] = chunk.getPlain(first + i);
    }
    if (words[0] == UNIX) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.allocate(4 * Integer.BYTES);
    for (int word : words) {
      bytes.putInt(word);
    }
    boolean isIpv4 = words[0] == 0 && words[1] == 0 && words[2] == IPV4;
    return socket(address(isIpv4 ? Arrays.copyOfRange(bytes.array(), 12, 16) : bytes.array()));
  }

  private static InetSocketAddress socket(InetAddress address) {
    return new InetSocketAddress(address, 0);
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
