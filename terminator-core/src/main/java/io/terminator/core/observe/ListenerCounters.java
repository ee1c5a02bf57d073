package io.terminator.core.observe;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ObjLongConsumer;

/**
 * The counters of one listener on one worker. A package counts under its own enum ({@link #of}).
 * Labels are from closed sets, so that a client cannot create a series. One worker writes, any
 * thread reads.
 */
public final class ListenerCounters implements CounterSource {
  /** Versions and groups that are counted by name; anything else is {@code other}. */
  public static final List<String> VERSIONS = List.of("TLSv1.3", "TLSv1.2", "none", "other");

  public static final List<String> GROUPS =
      List.of("X25519MLKEM768", "X25519", "P-256", "P-384", "P-521", "none", "other");

  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  private final String listener;
  private final Counters counters = new Counters();
  private final CounterSet<ListenerCount> counts = counters.of(ListenerCount.class);
  private final long[] handshakes = new long[VERSIONS.size() * GROUPS.size() * 2];
  private final Histogram fullTimes = new Histogram();
  private final Histogram resumedTimes = new Histogram();
  private final Map<String, Cell> failures = new ConcurrentHashMap<>();

  private static final class Cell {
    private volatile long count;
  }

  public ListenerCounters(String listener) {
    this.listener = listener;
  }

  public String listener() {
    return listener;
  }

  /** As {@link Counters#of}; exported with the label {@code listener}. */
  public <E extends Enum<E> & Counted> CounterSet<E> of(Class<E> type) {
    return counters.of(type);
  }

  @Override
  public void forEach(ObjLongConsumer<Counted> reader) {
    counters.forEach(reader);
  }

  public void opened() {
    counts.add(ListenerCount.ACTIVE);
    counts.add(ListenerCount.ACCEPTED);
  }

  public void closed() {
    counts.add(ListenerCount.ACTIVE, -1);
  }

  /** Counts a handshake that was completed in {@code nanos}. */
  public void handshake(String version, String group, boolean resumed, long nanos) {
    (resumed ? resumedTimes : fullTimes).record(nanos);
    add(cell(indexOf(VERSIONS, version), indexOf(GROUPS, group), resumed));
  }

  /** Durations of completed handshakes. Any thread. */
  public Histogram handshakeTimes(boolean resumed) {
    return resumed ? resumedTimes : fullTimes;
  }

  /** {@code label} is from a closed set. */
  public void failure(String label) {
    Cell cell = failures.computeIfAbsent(label, key -> new Cell());
    cell.count = cell.count + 1;
  }

  public long connections() {
    return counts.get(ListenerCount.ACCEPTED);
  }

  public long active() {
    return counts.get(ListenerCount.ACTIVE);
  }

  public long handshakes(int version, int group, boolean resumed) {
    return get(cell(version, group, resumed));
  }

  /** The sum over all kinds. */
  public long handshakes() {
    long sum = 0;
    for (int i = 0; i < handshakes.length; i++) {
      sum += get(i);
    }
    return sum;
  }

  public Map<String, Long> failures() {
    Map<String, Long> copy = new TreeMap<>();
    failures.forEach((label, cell) -> copy.put(label, cell.count));
    return copy;
  }

  private static int cell(int version, int group, boolean resumed) {
    return (version * GROUPS.size() + group) * 2 + (resumed ? 1 : 0);
  }

  private static int indexOf(List<String> names, String name) {
    int at = names.indexOf(name);
    return at < 0 ? names.size() - 1 : at;
  }

  private void add(int cell) {
    CELL.setOpaque(handshakes, cell, handshakes[cell] + 1);
  }

  private long get(int cell) {
    return (long) CELL.getOpaque(handshakes, cell);
  }
}
