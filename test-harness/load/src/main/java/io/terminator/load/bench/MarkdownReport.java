package io.terminator.load.bench;

import io.terminator.load.measure.Comparison;
import io.terminator.load.measure.Spread;
import io.terminator.load.subject.Setup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** The result as Markdown tables. */
final class MarkdownReport {
  private static final String SCALED = "-2w";

  private final Result result;
  private final Map<Phase, Comparison> comparisons;
  private final StringBuilder text = new StringBuilder();

  MarkdownReport(Result result) {
    this.result = result;
    this.comparisons = result.comparisons();
  }

  String write() {
    goals();
    comparisons.forEach(this::phase);
    scaling();
    surroundings();
    return text.toString();
  }

  private void goals() {
    List<String> rows = new ArrayList<>();
    for (Goal goal : Goal.all()) {
      for (Map.Entry<Phase, Comparison> entry : comparisons.entrySet()) {
        if (entry.getKey().name().equals(goal.phase())) {
          goalRows(goal, entry.getValue(), rows);
        }
      }
    }
    floorRows(rows);
    if (!rows.isEmpty()) {
      text.append("Ratio of medians; lower is better.\n\n");
      text.append("| work | target | best packaged peer | ratio | must | haproxy3 | ahead |\n");
      text.append("|---|---|---|---|---|---|---|\n");
      rows.forEach(text::append);
      text.append('\n');
    }
    absolutes();
  }

  /** Termination compared with HAProxy as a plain relay: the cost of TLS. */
  private void floorRows(List<String> rows) {
    Optional<Comparison> with = comparison(Goal.FLOOR.phase());
    Optional<Comparison> without = comparison("plain-" + Goal.FLOOR.phase());
    if (with.isEmpty() || without.isEmpty()) {
      return;
    }
    Optional<String> floor =
        without.get().best(target -> result.isPackagedPeer(target) && target.startsWith("haproxy"));
    for (String target : with.get().targets()) {
      Optional<Spread> own = with.get().figure(target);
      if (!result.isPeer(target) && own.isPresent() && floor.isPresent()) {
        double beside = without.get().figure(floor.get()).orElseThrow().median();
        String verdict = verdict(own.get().median() / beside, Goal.FLOOR.must());
        rows.add(
            row(Goal.FLOOR.work(), target, floor.get() + " (plain)", verdict)
                + " | "
                + number(Goal.FLOOR.must())
                + " | | "
                + number(Goal.FLOOR.ahead())
                + " |\n");
      }
    }
  }

  private static String row(String... cells) {
    return "| " + String.join(" | ", cells);
  }

  private Optional<Comparison> comparison(String phase) {
    return comparisons.entrySet().stream()
        .filter(entry -> entry.getKey().name().equals(phase))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private void absolutes() {
    List<String> rows = new ArrayList<>();
    for (Map.Entry<Phase, Comparison> entry : comparisons.entrySet()) {
      for (String target : own(entry.getValue())) {
        if (entry.getKey() instanceof StartPhase) {
          String start = text(entry.getValue().figure(target).map(Spread::median));
          rows.add(row("start to first served request", target, start + " s", "under 1.0 s"));
        } else if (entry.getKey() instanceof MemoryPhase memory
            && memory.kind() == Setup.Kind.TLS) {
          String base = text(entry.getValue().detail(target, "base-MiB").map(Spread::median));
          rows.add(row("memory without connections", target, base + " MiB", "under 80 MiB"));
        }
      }
    }
    if (!rows.isEmpty()) {
      text.append("| | target | measured | must |\n|---|---|---|---|\n");
      rows.forEach(row -> text.append(row).append(" |\n"));
      text.append('\n');
    }
  }

  private List<String> own(Comparison comparison) {
    return comparison.targets().stream().filter(target -> !result.isPeer(target)).toList();
  }

  private void goalRows(Goal goal, Comparison comparison, List<String> rows) {
    Optional<String> packaged = comparison.best(result::isPackagedPeer);
    Predicate<String> strongest = target -> target.startsWith("haproxy3");
    Optional<String> newer = comparison.best(strongest);
    for (String target : comparison.targets()) {
      if (result.isPeer(target)) {
        continue;
      }
      rows.add(
          "| "
              + goal.work()
              + " | "
              + target
              + " | "
              + packaged.orElse("none")
              + " | "
              + packaged
                  .flatMap(peer -> comparison.ratio(target, peer))
                  .map(ratio -> verdict(ratio, goal.must()))
                  .orElse("void")
              + " | "
              + number(goal.must())
              + " | "
              + newer
                  .flatMap(peer -> comparison.ratio(target, peer))
                  .map(MarkdownReport::number)
                  .orElse("not measured")
              + " | "
              + number(goal.ahead())
              + " |\n");
    }
  }

  private static String verdict(double ratio, double must) {
    return "**" + number(ratio) + "**" + (ratio <= must ? "" : " (misses)");
  }

  private void phase(Phase phase, Comparison comparison) {
    Optional<String> best = comparison.best(result::isPeer);
    text.append("### ").append(phase.name()).append(": ").append(phase.description());
    text.append("\n\n| target | ").append(phase.unit());
    text.append(
        " | min to max | to best peer | by rounds | per second | p50 ms | p99 ms | busy |\n");
    text.append("|---|---|---|---|---|---|---|---|---|\n");
    List<String> notes = new ArrayList<>();
    for (String target : comparison.targets()) {
      List<String> problems = comparison.problems(target);
      text.append("| ").append(target).append(" | ");
      if (!problems.isEmpty()) {
        text.append("void | | | | | | | |\n");
        notes.add(target + ": " + String.join("; ", problems));
        continue;
      }
      Spread figure = comparison.figure(target).orElseThrow();
      String median = number(figure.median());
      text.append(best.filter(target::equals).isPresent() ? "**" + median + "**" : median);
      text.append(" | ").append(number(figure.min())).append(" to ").append(number(figure.max()));
      text.append(" | ").append(text(best.flatMap(peer -> comparison.ratio(target, peer))));
      text.append(" | ")
          .append(
              text(best.flatMap(peer -> comparison.pairedRatio(target, peer)).map(Spread::median)));
      for (String detail : List.of("rate", "p50-ms", "p99-ms", "busy")) {
        text.append(" | ").append(text(comparison.detail(target, detail).map(Spread::median)));
      }
      text.append(" |\n");
      extras(phase, comparison, target, notes);
    }
    text.append('\n');
    notes.forEach(note -> text.append("- ").append(note).append('\n'));
    if (!notes.isEmpty()) {
      text.append('\n');
    }
  }

  private void extras(Phase phase, Comparison comparison, String target, List<String> notes) {
    if (phase instanceof MemoryPhase) {
      notes.add(
          target
              + ": base "
              + text(comparison.detail(target, "base-MiB").map(Spread::median))
              + " MiB, with all connections "
              + text(comparison.detail(target, "all-MiB").map(Spread::median))
              + " MiB");
    } else if (phase instanceof StormPhase) {
      notes.add(
          target
              + ": p99 without the storm "
              + text(comparison.detail(target, "quiet-p99-ms").map(Spread::median))
              + " ms");
    }
  }

  private void scaling() {
    List<String> rows = new ArrayList<>();
    for (Map.Entry<Phase, Comparison> two : comparisons.entrySet()) {
      String name = two.getKey().name();
      for (Map.Entry<Phase, Comparison> one : comparisons.entrySet()) {
        if (name.equals(one.getKey().name() + SCALED)) {
          for (String target : two.getValue().targets()) {
            Optional<Spread> fast = two.getValue().detail(target, "rate");
            Optional<Spread> slow = one.getValue().detail(target, "rate");
            if (fast.isPresent() && slow.isPresent()) {
              rows.add(
                  "| "
                      + one.getKey().name()
                      + " | "
                      + target
                      + " | "
                      + number(fast.get().median() / slow.get().median())
                      + " |\n");
            }
          }
        }
      }
    }
    if (!rows.isEmpty()) {
      text.append("### Rate with two workers over rate with one\n\n");
      text.append("| phase | target | factor |\n|---|---|---|\n");
      rows.forEach(text::append);
      text.append('\n');
    }
  }

  private void surroundings() {
    text.append("### Where\n\n");
    result.notes().forEach(note -> text.append("- ").append(note).append('\n'));
    result
        .surroundings()
        .forEach(
            (key, value) -> text.append("- ").append(key).append(": ").append(value).append('\n'));
    text.append("- rounds: ").append(result.plan().rounds());
    text.append(", scale ").append(number(result.plan().scale()));
    text.append(", warm-up ").append(result.plan().warmUp().toMillis()).append(" ms\n");
  }

  private static String text(Optional<Double> value) {
    return value.map(MarkdownReport::number).orElse("");
  }

  /** Three significant digits. */
  static String number(double value) {
    double size = Math.abs(value);
    int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
