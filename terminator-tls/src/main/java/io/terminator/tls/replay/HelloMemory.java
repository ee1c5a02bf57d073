package io.terminator.tls.replay;

import io.terminator.core.worker.Worker;
import io.terminator.tls.clienthello.ClientHello;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The distinct ClientHellos of the last hour with their counts, to judge them again under another
 * configuration. Each worker writes tables of its own, one per half hour; any thread reads all of
 * them. Memory is bounded whatever clients send: in a worker without room, the oldest table is
 * dropped, then sources are no longer told apart, then hellos are only counted.
 */
public final class HelloMemory {
  /** The memory of all workers in bytes. */
  public static final long BYTES = 16 << 20;

  static final long PERIOD_MILLIS = 30 * 60 * 1000;
  private static final int PERIODS = 3;

  private final long bytesPerWorker;
  private final Map<Worker, Own> owns = new ConcurrentHashMap<>();

  /**
   * A hello of {@code count} handshakes of {@code client}, null for one of a unix socket. {@code
   * destination} is the address that the client connected to, null if it named a server. If {@code
   * isShared}, the handshakes were of several clients, and {@code client} is one of them.
   */
  public record Hello(
      String listener,
      ClientHello hello,
      @Nullable InetSocketAddress client,
      @Nullable InetSocketAddress destination,
      int count,
      boolean isShared) {}

  /** Receives hellos; one may be passed several times. */
  public interface Reader {
    void read(Hello hello);
  }

  /** Remembers the hellos to one listener. */
  public final class OfListener {
    private final byte[] listener;

    private OfListener(String listener) {
      this.listener = listener.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Counts a hello at {@code millis}. Only on {@code worker}. */
    public void add(
        Worker worker,
        ClientHello hello,
        SocketAddress client,
        @Nullable SocketAddress destination,
        long millis) {
      Own own = owns.get(worker);
      if (own == null) {
        own = join(worker);
      }
      if (own != null) {
        own.add(listener, hello, client, destination, millis);
      }
    }
  }

  /** The tables of one worker, the newest first. */
  private final class Own {
    private final HelloCode code = new HelloCode();
    private volatile List<Memory> tables;

    Own(List<Memory> inherited) {
      tables = inherited;
    }

    void add(
        byte[] listener,
        ClientHello hello,
        SocketAddress client,
        @Nullable SocketAddress destination,
        long millis) {
      Memory newest = tables.isEmpty() ? null : tables.get(0);
      if (newest == null
          || newest.writer != this
          || newest.table.period() < millis / PERIOD_MILLIS) {
        newest = begin(millis);
      }
      newest.table.add(code, code.write(listener, hello), hello.serverName(), client, destination);
    }

    private Memory begin(long millis) {
      long period = millis / PERIOD_MILLIS;
      Memory fresh = new Memory(this, millis);
      List<Memory> next = new ArrayList<>();
      next.add(fresh);
      for (Memory each : tables) {
        if (each.table.period() > period - PERIODS && next.size() < PERIODS) {
          next.add(each);
        }
      }
      tables = List.copyOf(next);
      return fresh;
    }

    /** Two tables always fit; the third is dropped if the others need its memory. */
    private boolean take(Memory table, long bytes, long most) {
      if (table.used + bytes > most) {
        return false;
      }
      List<Memory> all = tables;
      long used = bytes;
      for (Memory each : all) {
        used += each.used;
      }
      if (used > bytesPerWorker && all.size() == PERIODS) {
        tables = all.subList(0, PERIODS - 1);
      }
      table.used += bytes;
      return true;
    }
  }

  private final class Memory {
    private final Own writer;
    private final HelloTable table;
    private final long begun;
    private long used;

    Memory(Own writer, long millis) {
      this.writer = writer;
      this.begun = millis;
      long most = bytesPerWorker / 2;
      this.table =
          new HelloTable(
              millis / PERIOD_MILLIS,
              bytes -> writer.take(this, bytes, most - most / 8),
              bytes -> writer.take(this, bytes, most));
    }
  }

  /** What was kept: how many hellos, counted per table; not kept: their handshakes. */
  public record Kept(Instant since, long hellos, long unkept) {}

  /** For so many {@code workers}. */
  public HelloMemory(int workers) {
    this.bytesPerWorker = BYTES / workers;
  }

  /** The memory of the hellos to {@code listener}. */
  public OfListener of(String listener) {
    return new OfListener(listener);
  }

  /**
   * A worker that replaces another one takes over its tables, and only reads them. Null for a
   * worker that was replaced.
   */
  private @Nullable Own join(Worker worker) {
    List<Memory> inherited = List.of();
    for (Worker other : owns.keySet()) {
      if (other.index() == worker.index()) {
        if (other.generation() > worker.generation()) {
          return null;
        }
        Own gone = owns.remove(other);
        if (gone != null) {
          inherited = gone.tables;
          gone.tables = List.of();
        }
      }
    }
    Own own = new Own(inherited);
    owns.put(worker, own);
    return own;
  }

  /** Passes the hellos of the last hour to {@code reader}. Any thread. */
  public Kept read(Reader reader, long millis) {
    long since = millis;
    long hellos = 0;
    long unkept = 0;
    for (Own own : owns.values()) {
      for (Memory each : own.tables) {
        HelloTable table = each.table;
        if (table.period() <= millis / PERIOD_MILLIS - PERIODS) {
          continue;
        }
        since = Math.min(since, each.begun);
        hellos += table.size();
        unkept += table.unkept();
        table.forEach(reader);
      }
    }
    return new Kept(Instant.ofEpochMilli(since), hellos, unkept);
  }
}
