package io.terminator.load.measure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A process and its descendants, read from a {@code proc} file system. The kernel's figures for a
 * process include all its threads, also those that have ended.
 */
public final class ProcessTree {
  // sysconf(_SC_CLK_TCK): 100 on every Linux since 2.6 (USER_HZ).
  private static final double TICKS_PER_SECOND = 100;

  private final Path proc;
  private final long root;

  public ProcessTree(long root) {
    this(Path.of("/proc"), root);
  }

  ProcessTree(Path proc, long root) {
    this.proc = proc;
    this.root = root;
  }

  /**
   * The user and system time of the tree in seconds, including children that have ended and were
   * waited for.
   */
  public double cpuSeconds() {
    long ticks = 0;
    for (Stat stat : tree()) {
      ticks += stat.ticks;
    }
    return ticks / TICKS_PER_SECOND;
  }

  /** The processes of the tree, the root first. */
  public List<Long> processes() {
    return tree().stream().map(stat -> stat.process).toList();
  }

  /**
   * The resident memory in KiB as if nothing else ran on the machine: anonymous memory by its share
   * (PSS), so that memory shared by a parent and its children counts once, and every mapped file in
   * full, but once for the tree. Plain PSS would make a target look smaller the more processes of
   * the same program (another JVM, another variant of a peer) run next to it.
   */
  public long memoryKiB() {
    long anonymous = 0;
    Map<String, Long> files = new HashMap<>();
    for (long process : processes()) {
      for (Mapping mapping : mappings(process)) {
        anonymous += mapping.file.isEmpty() ? mapping.pss : mapping.privateDirty;
        if (!mapping.file.isEmpty()) {
          files.merge(mapping.file, mapping.rss - mapping.privateDirty, Math::max);
        }
      }
    }
    return anonymous + files.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The sum of {@code Pss} in {@code smaps_rollup}, in KiB. */
  public long pssKiB() {
    long total = 0;
    for (long process : processes()) {
      for (String line : lines(proc.resolve(process + "/smaps_rollup"))) {
        if (line.startsWith("Pss:")) {
          total += kib(line);
        }
      }
    }
    return total;
  }

  private List<Stat> tree() {
    Map<Long, List<Stat>> children = new HashMap<>();
    List<Stat> found = new ArrayList<>();
    for (Stat stat : all()) {
      if (stat.process == root) {
        found.add(stat);
      } else {
        children.computeIfAbsent(stat.parent, parent -> new ArrayList<>()).add(stat);
      }
    }
    if (found.isEmpty()) {
      throw new IllegalStateException("process " + root + " is gone");
    }
    for (int i = 0; i < found.size(); i++) {
      found.addAll(children.getOrDefault(found.get(i).process, List.of()));
    }
    return found;
  }

  private List<Stat> all() {
    List<Stat> stats = new ArrayList<>();
    try (var entries = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path entry : entries) {
        for (String line : lines(entry.resolve("stat"))) {
          stats.add(Stat.parse(line));
        }
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException("no processes in " + proc, unreadable);
    }
    return stats;
  }

  private List<Mapping> mappings(long process) {
    List<Mapping> mappings = new ArrayList<>();
    Mapping current = new Mapping("");
    for (String line : lines(proc.resolve(process + "/smaps"))) {
      int space = line.indexOf(' ');
      if (space > 0 && line.charAt(space - 1) != ':') {
        current = Mapping.parse(line);
        mappings.add(current);
      } else if (line.startsWith("Rss:")) {
        current.rss = kib(line);
      } else if (line.startsWith("Pss:")) {
        current.pss = kib(line);
      } else if (line.startsWith("Private_Dirty:")) {
        current.privateDirty = kib(line);
      }
    }
    return mappings;
  }

  /** Empty where the process ended meanwhile. */
  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException ended) {
      return List.of();
    } catch (IOException failure) {
      if (String.valueOf(failure.getMessage()).contains("No such process")) {
        return List.of();
      }
      throw new UncheckedIOException("cannot read " + file, failure);
    }
  }

  private static long kib(String line) {
    return Long.parseLong(line.replaceAll("[^0-9]", ""));
  }

  private static final class Mapping {
    private final String file;
    private long rss;
    private long pss;
    private long privateDirty;

    Mapping(String file) {
      this.file = file;
    }

    /**
     * "start-end perms offset device inode path": a file is identified by device, inode and offset.
     */
    static Mapping parse(String line) {
      String[] fields = line.split(" +", 6);
      boolean anonymous = fields[4].equals("0");
      return new Mapping(anonymous ? "" : fields[3] + ' ' + fields[4] + ' ' + fields[2]);
    }
  }

  private record Stat(long process, long parent, long ticks) {
    /** See proc(5): the name in parentheses may itself contain spaces and parentheses. */
    static Stat parse(String line) {
      int name = line.lastIndexOf(')');
      String[] fields = line.substring(name + 2).split(" ");
      long ticks = 0;
      for (int i = 11; i <= 14; i++) {
        ticks += Long.parseLong(fields[i]);
      }
      return new Stat(
          Long.parseLong(line.substring(0, line.indexOf(' '))), Long.parseLong(fields[1]), ticks);
    }
  }
}
