package io.terminator.core.observe;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The most frequent keys of a stream in bounded memory, by space-saving counters: a key that is not
 * in the full table replaces the one with the lowest count and inherits that count as its error. A
 * key that makes up more than 1/capacity of the stream is always listed. One worker adds; any
 * thread reads and sees recent values. Keys are immutable and have {@code equals}.
 */
public final class SpaceSaving<K> {
  private final AtomicReferenceArray<@Nullable Cell<K>> cells;

  /** Of the worker alone. */
  private final Map<K, Cell<K>> index;

  private int used;
  private volatile long total;

  private static final class Cell<K> {
    private final K key;
    private final int slot;
    private final long error;
    private final long firstMillis;
    private volatile long count;
    private volatile long lastMillis;

    Cell(K key, int slot, long error, long millis) {
      this.key = key;
      this.slot = slot;
      this.error = error;
      this.firstMillis = millis;
      this.lastMillis = millis;
      this.count = error + 1;
    }
  }

  /**
   * A listed key: it occurred at most {@code count} times, and at least {@code count - error}. The
   * times are those of its first and last occurrence while it was listed.
   */
  public record Entry<K>(K key, long count, long error, long firstMillis, long lastMillis) {}

  /**
   * The merged lists of several tables, most frequent first. {@code total} is the length of the
   * stream; a key that is not listed occurred at most {@code unlisted} times.
   */
  public record Top<K>(List<Entry<K>> entries, long total, long unlisted) {
    public Top {
      entries = List.copyOf(entries);
    }
  }

  public SpaceSaving(int capacity) {
    cells = new AtomicReferenceArray<>(capacity);
    index = new HashMap<>(capacity * 2);
  }

  /** Worker thread only. The cost of a key that is not listed is a pass over the table. */
  public void add(K key, long millis) {
    total = total + 1;
    Cell<K> there = index.get(key);
    if (there != null) {
      there.lastMillis = millis;
      there.count = there.count + 1;
      return;
    }
    Cell<K> added;
    if (used < cells.length()) {
      added = new Cell<>(key, used, 0, millis);
      used++;
    } else {
      Cell<K> least = least();
      index.remove(least.key);
      added = new Cell<>(key, least.slot, least.count, millis);
    }
    index.put(key, added);
    cells.setRelease(added.slot, added);
  }

  private Cell<K> least() {
    Cell<K> least = null;
    for (int i = 0; i < used; i++) {
      Cell<K> cell = cells.getPlain(i);
      if (cell != null && (least == null || cell.count < least.count)) {
        least = cell;
      }
    }
    if (least == null) {
      throw new IllegalStateException("a table without room has cells");
    }
    return least;
  }

  /** The merged lists of {@code tables}, at most {@code most} entries. Any thread. */
  public static <K> Top<K> top(Collection<SpaceSaving<K>> tables, int most) {
    long total = 0;
    long unlisted = 0;
    Map<K, Entry<K>> merged = new HashMap<>();
    Map<K, Long> floors = new HashMap<>();
    for (SpaceSaving<K> table : tables) {
      List<Entry<K>> entries = table.entries();
      total += table.total;
      // A key may have been dropped from a full table with the lowest count there.
      long floor =
          entries.size() < table.cells.length()
              ? 0
              : entries.stream().mapToLong(Entry::count).min().orElse(0);
      unlisted += floor;
      for (Entry<K> entry : entries) {
        merged.merge(entry.key(), entry, SpaceSaving::sum);
        floors.merge(entry.key(), floor, Long::sum);
      }
    }
    long allFloors = unlisted;
    List<Entry<K>> entries = new ArrayList<>();
    merged.forEach(
        (key, entry) -> {
          long elsewhere = allFloors - floors.getOrDefault(key, 0L);
          entries.add(
              new Entry<>(
                  key,
                  entry.count() + elsewhere,
                  entry.error() + elsewhere,
                  entry.firstMillis(),
                  entry.lastMillis()));
        });
    entries.sort(Comparator.comparingLong((Entry<K> entry) -> entry.count()).reversed());
    if (entries.size() <= most) {
      return new Top<>(entries, total, unlisted);
    }
    return new Top<>(
        entries.subList(0, most), total, Math.max(unlisted, entries.get(most).count()));
  }

  private static <K> Entry<K> sum(Entry<K> one, Entry<K> other) {
    return new Entry<>(
        one.key(),
        one.count() + other.count(),
        one.error() + other.error(),
        Math.min(one.firstMillis(), other.firstMillis()),
        Math.max(one.lastMillis(), other.lastMillis()));
  }

  private List<Entry<K>> entries() {
    List<Entry<K>> entries = new ArrayList<>(cells.length());
    for (int i = 0; i < cells.length(); i++) {
      Cell<K> cell = cells.getAcquire(i);
      if (cell != null) {
        entries.add(
            new Entry<>(cell.key, cell.count, cell.error, cell.firstMillis, cell.lastMillis));
      }
    }
    return entries;
  }
}
