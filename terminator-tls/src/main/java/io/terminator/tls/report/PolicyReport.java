package io.terminator.tls.report;

import io.terminator.core.observe.SpaceSaving;
import io.terminator.core.setting.AddressText;
import io.terminator.core.worker.Worker;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.clienthello.HelloNames;
import io.terminator.tls.policy.NamedPolicy;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What would happen to the clients of one policy in report mode if it were enforced. Each worker
 * counts in a table of its own; any thread reads all of them. Memory is bounded whatever clients
 * send.
 */
public final class PolicyReport {
  /** The same certificate, and a completed handshake. */
  public static final String SAME = "same";

  /** A completed handshake with another certificate. */
  public static final String OTHER_CERTIFICATE = "other_certificate";

  /** A completed handshake; now the client is refused. */
  public static final String SERVED = "served";

  private static final int KEPT = 64;
  private static final int SHOWN = 20;

  private final String listener;
  private final NamedPolicy policy;
  private final Instant since = Instant.now();
  private final Map<Worker, Table> tables = new ConcurrentHashMap<>();

  /** The counters of one worker. */
  private static final class Table {
    private final Map<String, Cell> outcomes = new ConcurrentHashMap<>();
    private final SpaceSaving<OfferedValues> versions = new SpaceSaving<>(KEPT);
    private final SpaceSaving<OfferedValues> groups = new SpaceSaving<>(KEPT);
    private final SpaceSaving<OfferedValues> signatures = new SpaceSaving<>(KEPT);
    private final SpaceSaving<String> fingerprints = new SpaceSaving<>(KEPT);
    private final SpaceSaving<Client> clients = new SpaceSaving<>(KEPT);
  }

  private static final class Cell {
    private final long firstMillis;
    private volatile long lastMillis;
    private volatile long count;

    Cell(long firstMillis) {
      this.firstMillis = firstMillis;
    }
  }

  private record Client(String source, @Nullable String sni, String reason, @Nullable String ja4) {}

  /** How many handshakes had an outcome, and when the first and the last of them were. */
  public record Outcome(long count, Instant first, Instant last) {}

  /** The clients that would fail and have {@code value} in common. */
  public record Line(String value, long count, long error, double share) {}

  /** One kind of client that would fail. */
  public record Example(
      String source,
      @Nullable String sni,
      String reason,
      @Nullable String ja4,
      long count,
      long error,
      Instant first,
      Instant last) {}

  /**
   * The report at one time. {@code judged} handshakes, of which {@code failing} would fail; shares
   * are of all judged ones. The lists are of what the failing clients offer, most frequent first.
   */
  public record View(
      Instant since,
      long judged,
      long failing,
      Map<String, Outcome> outcomes,
      List<Line> versions,
      List<Line> groups,
      List<Line> signatures,
      List<Line> fingerprints,
      List<Example> examples) {}

  public PolicyReport(String listener, NamedPolicy policy) {
    this.listener = listener;
    this.policy = policy;
  }

  public String listener() {
    return listener;
  }

  public NamedPolicy policy() {
    return policy;
  }

  /** Whether a client with this outcome would be refused. */
  public static boolean isFailure(String would) {
    return !would.equals(SAME) && !would.equals(OTHER_CERTIFICATE) && !would.equals(SERVED);
  }

  /**
   * Counts one handshake; {@code would} is one of the constants, or the label of the failure. Only
   * on {@code worker}.
   */
  public void count(
      Worker worker, String would, SocketAddress client, ClientHello hello, @Nullable String ja4) {
    Table table = tables.get(worker);
    if (table == null) {
      table = new Table();
      tables.put(worker, table);
    }
    long now = System.currentTimeMillis();
    Cell cell = table.outcomes.get(would);
    if (cell == null) {
      cell = new Cell(now);
      table.outcomes.put(would, cell);
    }
    cell.lastMillis = now;
    cell.count = cell.count + 1;
    if (!isFailure(would)) {
      return;
    }
    table.versions.add(
        OfferedValues.of(
            hello.supportedVersions().length == 0
                ? new int[] {hello.legacyVersion()}
                : hello.supportedVersions()),
        now);
    table.groups.add(OfferedValues.of(hello.groups()), now);
    table.signatures.add(OfferedValues.of(hello.signatureAlgorithms()), now);
    if (ja4 != null) {
      table.fingerprints.add(ja4, now);
    }
    table.clients.add(new Client(AddressText.host(client), hello.serverName(), would, ja4), now);
  }

  /** Handshakes by outcome, for the metric. Any thread. */
  public Map<String, Long> counts() {
    Map<String, Long> counts = new TreeMap<>();
    outcomes().forEach((would, outcome) -> counts.put(would, outcome.count()));
    return counts;
  }

  /** How many handshakes were judged. Any thread. */
  public long judged() {
    return counts().values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many of the judged handshakes would fail. Any thread. */
  public long failing() {
    return counts().entrySet().stream()
        .filter(entry -> isFailure(entry.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private Map<String, Outcome> outcomes() {
    Map<String, Outcome> outcomes = new TreeMap<>();
    for (Table table : tables.values()) {
      table.outcomes.forEach(
          (would, cell) ->
              outcomes.merge(
                  would,
                  new Outcome(
                      cell.count,
                      Instant.ofEpochMilli(cell.firstMillis),
                      Instant.ofEpochMilli(cell.lastMillis)),
                  PolicyReport::sum));
    }
    return outcomes;
  }

  private static Outcome sum(Outcome one, Outcome other) {
    return new Outcome(
        one.count() + other.count(),
        one.first().isBefore(other.first()) ? one.first() : other.first(),
        one.last().isAfter(other.last()) ? one.last() : other.last());
  }

  /** The present content. Any thread. */
  public View view() {
    Map<String, Outcome> outcomes = outcomes();
    long judged = judged();
    Collection<Table> all = tables.values();
    return new View(
        since,
        judged,
        failing(),
        outcomes,
        lines(all, judged, table -> table.versions, key -> HelloNames.versions(key.values())),
        lines(all, judged, table -> table.groups, key -> HelloNames.groups(key.values())),
        lines(all, judged, table -> table.signatures, key -> HelloNames.signatures(key.values())),
        lines(all, judged, table -> table.fingerprints, key -> key),
        examples(all));
  }

  private static <K> List<Line> lines(
      Collection<Table> tables,
      long judged,
      Function<Table, SpaceSaving<K>> list,
      Function<K, String> text) {
    List<Line> lines = new ArrayList<>();
    for (SpaceSaving.Entry<K> entry :
        SpaceSaving.top(tables.stream().map(list).toList(), SHOWN).entries()) {
      lines.add(
          new Line(
              text.apply(entry.key()),
              entry.count(),
              entry.error(),
              judged == 0 ? 0 : (double) entry.count() / judged));
    }
    return lines;
  }

  private static List<Example> examples(Collection<Table> tables) {
    return SpaceSaving.top(tables.stream().map(table -> table.clients).toList(), SHOWN)
        .entries()
        .stream()
        .map(
            entry ->
                new Example(
                    entry.key().source(),
                    entry.key().sni(),
                    entry.key().reason(),
                    entry.key().ja4(),
                    entry.count(),
                    entry.error(),
                    Instant.ofEpochMilli(entry.firstMillis()),
                    Instant.ofEpochMilli(entry.lastMillis())))
        .toList();
  }
}
