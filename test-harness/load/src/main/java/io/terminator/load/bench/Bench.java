package io.terminator.load.bench;

import io.netty.channel.epoll.Epoll;
import io.terminator.load.measure.Sample;
import io.terminator.load.subject.Cores;
import io.terminator.load.subject.HaproxyTarget;
import io.terminator.load.subject.HitchTarget;
import io.terminator.load.subject.NginxTarget;
import io.terminator.load.subject.StunnelTarget;
import io.terminator.load.subject.Target;
import io.terminator.load.subject.TerminatorTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Compares Terminator with its peers: phase by phase, round by round, target by target. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measures Terminator beside haproxy, nginx, hitch and stunnel.")
public final class Bench implements Callable<Integer> {
  private static final int VOID_RESULTS = 1;
  private static final int WRONG_USE = 2;

  @Option(names = "--rounds", description = "Rounds per phase (default: 5; with --quick 1).")
  private int rounds;

  @Option(
      names = "--only",
      split = ",",
      description = "Targets by name; a prefix with a star at its end takes its variants too.")
  private List<String> only = List.of();

  @Option(names = "--phases", split = ",", description = "Phases by name, a star as above.")
  private List<String> phaseNames = List.of();

  @Option(names = "--scale", description = "Multiplies the work of each phase (default: 1).")
  private double scale;

  @Option(
      names = "--warm-up",
      description =
          "Seconds of each kind of load before it counts; native programs get half a second at most"
              + " (default: 8; with --quick 2).")
  private double warmUp = -1;

  @Option(names = "--quick", description = "One round of little work: shows that all works.")
  private boolean quick;

  @Option(
      names = "--java",
      paramLabel = "NAME=HOME",
      description = "Measures Terminator on this JDK too, as terminator-NAME.")
  private Map<String, Path> javas = new LinkedHashMap<>();

  @Option(
      names = "--beside",
      paramLabel = "NAME=DIRECTORY",
      description = "Also measures the built source tree in DIRECTORY, as terminator-NAME.")
  private Map<String, Path> others = new LinkedHashMap<>();

  @Option(
      names = "--image",
      paramLabel = "DIRECTORY",
      description = "Measures what docker/image/lay-out made there too, as terminator-image.")
  private @Nullable Path image;

  @Option(
      names = "--signing-threads",
      paramLabel = "COUNT",
      description = "Measures Terminator with signing.threads too, as terminator-aside.")
  private int signingThreads;

  @Option(
      names = "--with",
      paramLabel = "NAME=SETTINGS",
      description =
          "Measures Terminator with these settings in YAML too, as terminator-NAME: top-level keys,"
              + " and listeners.KEY for every listener.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Where the JSON goes (default: test-harness/load/target/bench.json).")
  private @Nullable Path json;

  @Option(
      names = "--record",
      description = "Keeps JSON under results/ and puts the tables into docs/benchmarks.md.")
  private boolean record;

  @Option(names = "--list", description = "Names targets and phases and ends.")
  private boolean list;

  @Option(names = "--home", hidden = true, description = "The project's directory.")
  private Path home = Path.of("").toAbsolutePath();

  private final List<String> notes = new ArrayList<>();
  private String[] arguments = {};

  /** Exit status: 0, 1 if a result is void, 2 if the options are invalid. */
  public static void main(String[] arguments) {
    Bench bench = new Bench();
    bench.arguments = arguments;
    System.exit(new CommandLine(bench).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    List<Target> targets = chosenTargets();
    List<Phase> phases = chosenPhases();
    if (list) {
      targets.forEach(target -> System.out.println("target " + target.name()));
      phases.forEach(
          phase -> System.out.println("phase  " + phase.name() + ": " + phase.description()));
      return 0;
    }
    if (targets.isEmpty() || phases.isEmpty()) {
      System.err.println(
          "nothing to measure: --only "
              + only
              + " --phases "
              + phaseNames
              + ". Expected names from --list, of programs that are installed");
      return WRONG_USE;
    }
    if (!Epoll.isAvailable()) {
      throw new IllegalStateException("no epoll: Linux is needed", Epoll.unavailabilityCause());
    }
    Result result = measure(targets, phases);
    String report = new MarkdownReport(result).write();
    System.out.println(report);
    new JsonReport(result)
        .writeTo(json == null ? home.resolve("test-harness/load/target/bench.json") : json);
    if (record) {
      new Record(home).keep(result, report);
    }
    return result.samples().stream().anyMatch(Sample::isVoid) ? VOID_RESULTS : 0;
  }

  private Result measure(List<Target> targets, List<Phase> phases) throws IOException {
    Cores cores = Cores.here();
    cores.pinSelf();
    Plan plan = plan();
    String command = "test-harness/load/bench " + String.join(" ", shownArguments());
    Map<String, String> surroundings = Surroundings.read(home, targets, command.strip(), cores);
    for (int workers = 1; workers <= 2; workers++) {
      if (!cores.isRoomFor(workers)) {
        notes.add(
            "With "
                + workers
                + " worker(s), target and generator share cores here: CPU per unit"
                + " stands, rates do not");
      }
    }
    List<Sample> samples = new ArrayList<>();
    Path directory = Files.createTempDirectory("terminator-bench");
    Map<String, String> negotiated;
    try (Bed bed = Bed.open(directory, cores)) {
      for (Phase phase : phases) {
        run(bed, phase, targets, plan, samples);
      }
      negotiated = bed.negotiated();
    } finally {
      delete(directory);
    }
    Set<String> peers =
        targets.stream().filter(Target::isPeer).map(Target::name).collect(Collectors.toSet());
    return new Result(surroundings, plan, phases, peers, negotiated, notes, samples);
  }

  private void run(Bed bed, Phase phase, List<Target> targets, Plan plan, List<Sample> samples) {
    List<Target> able = new ArrayList<>();
    for (Target target : targets) {
      Optional<String> refusal = target.refusal(phase.kind(), phase.workers());
      if (refusal.isPresent()) {
        notes.add(phase.name() + " without " + target.name() + ": " + refusal.get());
        continue;
      }
      try {
        phase.warmUp(bed, target, plan);
        able.add(target);
      } catch (IOException | IllegalStateException | CompletionException failure) {
        Sample failed = Sample.failed(phase.name(), target.name(), 0, reason(failure));
        say(failed, phase);
        samples.add(failed);
      }
    }
    for (int round = 1; round <= plan.rounds(); round++) {
      for (Target target : able) {
        Sample sample;
        try {
          sample = phase.measure(bed, target, round, plan);
        } catch (IOException | IllegalStateException | CompletionException failure) {
          sample = Sample.failed(phase.name(), target.name(), round, reason(failure));
        }
        say(sample, phase);
        samples.add(sample);
      }
    }
  }

  private static String reason(Exception failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return String.valueOf(cause.getMessage()).replace('\n', ' ');
  }

  private static void say(Sample sample, Phase phase) {
    String figure =
        sample.isVoid()
            ? "void: " + sample.problems()
            : MarkdownReport.number(sample.figure()) + ' ' + phase.unit();
    System.err.printf(
        "%-14s round %d  %-16s %s%n", phase.name(), sample.round(), sample.target(), figure);
  }

  private Plan plan() {
    double chosenScale = scale > 0 ? scale : quick ? 0.1 : 1;
    double seconds = warmUp >= 0 ? warmUp : quick ? 2 : 8;
    return new Plan(
        rounds > 0 ? rounds : quick ? 1 : 5,
        chosenScale,
        Duration.ofMillis(Math.max(1, Math.round(seconds * 1000))),
        Duration.ofSeconds(quick ? 1 : 8),
        quick);
  }

  private List<Target> chosenTargets() {
    Path launcher = home.resolve("terminator");
    List<Target> all = new ArrayList<>();
    all.add(new TerminatorTarget("terminator", launcher, null, ""));
    javas.forEach(
        (name, java) -> all.add(new TerminatorTarget("terminator-" + name, launcher, java, "")));
    others.forEach(
        (name, tree) ->
            all.add(
                new TerminatorTarget(
                    "terminator-" + name, tree.toAbsolutePath().resolve("terminator"), null, "")));
    if (image != null) {
      all.add(new TerminatorTarget("terminator-image", image.resolve("terminator"), null, ""));
    }
    if (signingThreads > 0) {
      String threads = "signing: { threads: " + signingThreads + " }";
      all.add(new TerminatorTarget("terminator-aside", launcher, null, threads));
    }
    settings.forEach(
        (name, more) -> all.add(new TerminatorTarget("terminator-" + name, launcher, null, more)));
    all.add(new HaproxyTarget("haproxy", "haproxy", 0));
    all.add(new HaproxyTarget("haproxy-64k", "haproxy", 65_536));
    all.add(new NginxTarget("nginx", 0));
    all.add(new NginxTarget("nginx-64k", 64));
    all.add(new HitchTarget("hitch"));
    all.add(new StunnelTarget("stunnel"));
    all.add(new HaproxyTarget("haproxy3", "haproxy3", 0));
    all.add(new HaproxyTarget("haproxy3-64k", "haproxy3", 65_536));
    List<Target> chosen = new ArrayList<>();
    for (Target target : all) {
      if (!isNamed(target.name(), only)) {
        continue;
      }
      if (target.program().isPresent()) {
        chosen.add(target);
      } else {
        notes.add(target.name() + " is not here: not measured");
      }
    }
    return chosen;
  }

  private List<Phase> chosenPhases() {
    return Phases.all().stream()
        .filter(
            phase -> phaseNames.isEmpty() ? phase.isDefault() : isNamed(phase.name(), phaseNames))
        .toList();
  }

  private static boolean isNamed(String name, List<String> names) {
    return names.isEmpty()
        || names.stream()
            .anyMatch(
                wanted ->
                    wanted.endsWith("*")
                        ? name.startsWith(wanted.substring(0, wanted.length() - 1))
                        : name.equals(wanted));
  }

  /** Without the additions of the script. */
  private List<String> shownArguments() {
    List<String> shown = new ArrayList<>(Arrays.asList(arguments));
    int hidden = shown.indexOf("--home");
    if (hidden >= 0) {
      shown.subList(hidden, Math.min(hidden + 2, shown.size())).clear();
    }
    return shown;
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
