package io.terminator.admin.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.terminator.core.setting.Quantity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Formats an {@link Overview} as text. */
public final class OverviewText {
  private static final int MOST_FAILURES = 5;
  private static final double KIB = 1024;

  private final Overview overview;

  public OverviewText(Overview overview) {
    this.overview = overview;
  }

  /** One line per topic, for a single look. */
  public String summary() {
    JsonNode status = overview.status();
    JsonNode now = status.path("throughput");
    List<String> lines = new ArrayList<>();
    lines.add(headline());
    lines.add(row("listeners", String.join(", ", listeners())));
    lines.add(
        row(
            "connections",
            String.format(
                Locale.ROOT,
                "%d open, %d since start, %.1f per second",
                status.path("connectionsActive").asLong(),
                status.path("connections").asLong(),
                now.path("connectionsPerSecond").asDouble())));
    lines.add(
        row(
            "handshakes",
            String.format(
                Locale.ROOT,
                "%d since start, %.1f per second",
                status.path("handshakes").asLong(),
                now.path("handshakesPerSecond").asDouble())));
    lines.add(row("throughput", throughput()));
    lines.add(row("certificates", certificates()));
    lines.add(row("backends", String.join("; ", backends())));
    lines.add(row("log", log()));
    return String.join("\n", lines) + "\n";
  }

  /** Workers, servers and recent failures, one per line, for a display that is refreshed. */
  public String table() {
    StringBuilder text = new StringBuilder();
    text.append(headline()).append(", ").append(String.join(", ", listeners())).append('\n');
    text.append(throughput())
        .append(
            String.format(
                Locale.ROOT,
                ", %.1f handshakes per second, %d open connections%n",
                overview.status().path("throughput").path("handshakesPerSecond").asDouble(),
                overview.status().path("connectionsActive").asLong()));
    text.append("log: ").append(log()).append("\n\n");
    text.append(
        String.format(
            Locale.ROOT,
            "%-7s %9s %12s %12s %17s %9s%n",
            "WORKER",
            "OPEN",
            "IN",
            "OUT",
            "FRAMES",
            "LAG"));
    for (JsonNode worker : overview.workers().path("workers")) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-7d %9d %12s %12s %17s %7.1fms%n",
              worker.path("worker").asInt(),
              worker.path("connectionsActive").asLong(),
              size(worker.path("bytesIn").asDouble()),
              size(worker.path("bytesOut").asDouble()),
              worker.path("framesUsed").asLong() + " of " + worker.path("framesBudget").asLong(),
              worker.path("loopLagSeconds").asDouble() * 1000));
    }
    text.append(
        String.format(
            Locale.ROOT,
            "%n%-16s %-28s %-9s %-9s %7s %9s%n",
            "BACKEND",
            "SERVER",
            "STATE",
            "HEALTH",
            "OPEN",
            "FAILURES"));
    for (JsonNode backend : overview.backends().path("backends")) {
      for (JsonNode server : backend.path("servers")) {
        text.append(
            String.format(
                Locale.ROOT,
                "%-16s %-28s %-9s %-9s %7d %9d%n",
                word(backend, "backend"),
                word(server, "server"),
                word(server, "state"),
                word(server, "health"),
                server.path("connectionsActive").asLong(),
                server.path("connectFailures").asLong()));
      }
    }
    appendFailures(text);
    return text.toString();
  }

  private void appendFailures(StringBuilder text) {
    JsonNode failures = overview.failures().path("failures");
    if (failures.isEmpty()) {
      return;
    }
    text.append("\nLAST FAILED HANDSHAKES\n");
    for (int i = 0; i < Math.min(MOST_FAILURES, failures.size()); i++) {
      JsonNode failure = failures.get(i);
      text.append(
          String.format(
              Locale.ROOT,
              "%s %s: %s%n",
              word(failure, "time"),
              word(failure, "source"),
              word(failure, "cause")));
    }
  }

  private String headline() {
    JsonNode status = overview.status();
    return "terminator "
        + word(status, "version")
        + ", "
        + word(status, "state")
        + ", up "
        + span(Duration.ofSeconds(status.path("uptimeSeconds").asLong()));
  }

  private List<String> listeners() {
    List<String> listeners = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : overview.status().path("listeners").properties()) {
      listeners.add(
          Overview.printable(entry.getKey())
              + " on "
              + Overview.printable(entry.getValue().asText()));
    }
    return listeners;
  }

  private String throughput() {
    JsonNode now = overview.status().path("throughput");
    return size(now.path("bytesInPerSecond").asDouble())
        + "/s in, "
        + size(now.path("bytesOutPerSecond").asDouble())
        + "/s out";
  }

  private String certificates() {
    JsonNode all = overview.certificates().path("certificates");
    int warnings = 0;
    for (JsonNode problem : overview.certificates().path("problems")) {
      warnings += problem.path("severity").asText().equals("warning") ? 1 : 0;
    }
    int problems = overview.certificates().path("problems").size() - warnings;
    int renew = 0;
    JsonNode first = null;
    for (JsonNode each : all) {
      renew += each.path("expiry").asText("later").equals("later") ? 0 : 1;
      if (first == null || each.path("daysLeft").asLong() < first.path("daysLeft").asLong()) {
        first = each;
      }
    }
    String counted =
        all.size()
            + (renew == 0 ? "" : ", " + renew + " to renew")
            + counted(problems, "problem")
            + counted(warnings, "warning");
    return first == null
        ? counted
        : counted
            + ", the next to expire is "
            + word(first, "certificate")
            + " in "
            + Quantity.of(first.path("daysLeft").asLong(), "day");
  }

  private static String counted(int count, String noun) {
    return count == 0 ? "" : ", " + Quantity.of(count, noun);
  }

  private List<String> backends() {
    List<String> backends = new ArrayList<>();
    for (JsonNode backend : overview.backends().path("backends")) {
      int usable = 0;
      for (JsonNode server : backend.path("servers")) {
        usable += server.path("usable").asBoolean() ? 1 : 0;
      }
      backends.add(
          word(backend, "backend")
              + " "
              + usable
              + " of "
              + backend.path("servers").size()
              + " usable");
    }
    return backends;
  }

  private String log() {
    return Quantity.of(overview.log().path("entries").asLong(), "line")
        + ", "
        + overview.log().path("dropped").asLong()
        + " dropped";
  }

  private static String row(String name, String value) {
    return String.format(Locale.ROOT, "%-13s %s", name, value);
  }

  private static String word(JsonNode node, String field) {
    return Overview.printable(node.path(field).asText());
  }

  private static String span(Duration span) {
    if (span.toDays() > 0) {
      return span.toDays() + "d " + span.toHoursPart() + "h";
    }
    if (span.toHours() > 0) {
      return span.toHours() + "h " + span.toMinutesPart() + "m";
    }
    return span.toMinutes() > 0
        ? span.toMinutes() + "m " + span.toSecondsPart() + "s"
        : span.toSeconds() + "s";
  }

  private static String size(double bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = bytes;
    int unit = 0;
    while (value >= KIB && unit < units.length - 1) {
      value /= KIB;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  }
}
