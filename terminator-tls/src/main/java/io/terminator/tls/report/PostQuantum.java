package io.terminator.tls.report;

import io.terminator.core.worker.Worker;
import io.terminator.tls.clienthello.ClientHello;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How many completed handshakes use the hybrid key exchange X25519MLKEM768, and why the others do
 * not, by certificate: in total, and over the last 24 hours. Each worker has tables of its own; any
 * thread reads. At most {@link #MOST} certificates have a line of their own.
 */
public final class PostQuantum {
  /** The name of the line of all certificates beyond {@link #MOST}. */
  public static final String OTHERS = "(other)";

  static final int MOST = 256;

  private static final int GROUP = 0x11ec;
  private static final String GROUP_NAME = "X25519MLKEM768";
  private static final int HOURS = 24;
  private static final long HOUR_MILLIS = 3_600_000;
  private static final Outcome[] OUTCOMES = Outcome.values();

  private final Map<Worker, Map<String, Line>> tables = new ConcurrentHashMap<>();

  /** Whether the hybrid key exchange is used, and if not, what is missing. */
  public enum Outcome {
    USED,
    /** The client supports TLS 1.3 without the hybrid group. */
    NOT_OFFERED,
    /** The client offers only TLS 1.2, which has no hybrid groups. */
    NO_TLS13,
    /** The client offers it, and the listener's policy does not allow it. */
    POLICY;

    private final String label = name().toLowerCase(Locale.ROOT);

    public String label() {
      return label;
    }
  }

  /** One certificate on one worker: the totals, then the counts of each hour of a day. */
  private static final class Line {
    private final AtomicLongArray counts = new AtomicLongArray(OUTCOMES.length * (1 + HOURS));
    private final AtomicLongArray hours = new AtomicLongArray(HOURS);

    void add(Outcome outcome, long hour) {
      int slot = (int) (hour % HOURS);
      int first = OUTCOMES.length * (1 + slot);
      if (hours.getPlain(slot) != hour) {
        for (int i = 0; i < OUTCOMES.length; i++) {
          counts.setOpaque(first + i, 0);
        }
        hours.setOpaque(slot, hour);
      }
      increment(outcome.ordinal());
      increment(first + outcome.ordinal());
    }

    private void increment(int cell) {
      counts.setOpaque(cell, counts.getPlain(cell) + 1);
    }

    void sum(long hour, long[] totals, long[] day) {
      for (int i = 0; i < OUTCOMES.length; i++) {
        totals[i] += counts.getOpaque(i);
        for (int slot = 0; slot < HOURS; slot++) {
          if (hour - hours.getOpaque(slot) < HOURS) {
            day[i] += counts.getOpaque(OUTCOMES.length * (1 + slot) + i);
          }
        }
      }
    }
  }

  /** The handshakes with one certificate: all, and those of the last 24 hours. */
  public record Readiness(Map<Outcome, Long> total, Map<Outcome, Long> day) {
    /** Handshakes of the last 24 hours. */
    public long handshakes() {
      return day.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Those of them whose client offers the hybrid key exchange. */
    public long offered() {
      return day.getOrDefault(Outcome.USED, 0L) + day.getOrDefault(Outcome.POLICY, 0L);
    }
  }

  /** The outcome of a handshake that agreed on {@code group}, by name. */
  static Outcome outcome(ClientHello hello, String group) {
    if (!hello.offersTls13()) {
      return Outcome.NO_TLS13;
    }
    if (!isOffered(hello)) {
      return Outcome.NOT_OFFERED;
    }
    return group.equals(GROUP_NAME) ? Outcome.USED : Outcome.POLICY;
  }

  /** Whether the client offers the hybrid key exchange: only then does the agreed group matter. */
  public static boolean isOffered(ClientHello hello) {
    return hello.offersGroup(GROUP);
  }

  /** Counts a completed handshake at {@code millis}. Only on {@code worker}. */
  public void count(
      Worker worker, String certificate, ClientHello hello, String group, long millis) {
    Map<String, Line> lines = tables.get(worker);
    if (lines == null) {
      lines = new ConcurrentHashMap<>();
      tables.put(worker, lines);
    }
    Line line = lines.get(certificate);
    if (line == null) {
      String name = lines.size() < MOST ? certificate : OTHERS;
      line = lines.computeIfAbsent(name, absent -> new Line());
    }
    line.add(outcome(hello, group), millis / HOUR_MILLIS);
  }

  /** By certificate, in alphabetical order. Any thread. */
  public Map<String, Readiness> readiness(long millis) {
    Map<String, List<long[]>> sums = new TreeMap<>();
    for (Map<String, Line> lines : tables.values()) {
      lines.forEach(
          (certificate, line) -> {
            List<long[]> both =
                sums.computeIfAbsent(
                    certificate,
                    absent -> List.of(new long[OUTCOMES.length], new long[OUTCOMES.length]));
            line.sum(millis / HOUR_MILLIS, both.get(0), both.get(1));
          });
    }
    Map<String, Readiness> readiness = new TreeMap<>();
    sums.forEach(
        (certificate, both) ->
            readiness.put(certificate, new Readiness(map(both.get(0)), map(both.get(1)))));
    return readiness;
  }

  private static Map<Outcome, Long> map(long[] counts) {
    Map<Outcome, Long> map = new EnumMap<>(Outcome.class);
    for (Outcome outcome : OUTCOMES) {
      map.put(outcome, counts[outcome.ordinal()]);
    }
    return map;
  }
}
