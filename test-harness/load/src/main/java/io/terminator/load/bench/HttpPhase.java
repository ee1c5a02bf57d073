package io.terminator.load.bench;

import io.terminator.load.generator.H2Load;
import io.terminator.load.measure.Sample;
import io.terminator.load.subject.HttpBackend;
import io.terminator.load.subject.RunningTarget;
import io.terminator.load.subject.Setup;
import io.terminator.load.subject.Target;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * HTTP requests by {@code h2load}, which terminate at the target and go to nginx; the result is CPU
 * per request, per GiB, or per 1,000 connections with one request each.
 */
record HttpPhase(
    String name,
    String description,
    Kind counted,
    List<String> options,
    int connections,
    long count,
    int workers)
    implements Phase {
  private static final double GIB = 1L << 30;

  /** Connections that h2load opens at once. */
  private static final int BATCH = 250;

  /** What the figure is counted in. */
  enum Kind {
    REQUESTS,
    BYTES,
    VISITS
  }

  @Override
  public Setup.Kind kind() {
    return Setup.Kind.HTTP;
  }

  @Override
  public boolean isDefault() {
    return true;
  }

  @Override
  public String unit() {
    return switch (counted) {
      case REQUESTS -> "us";
      case BYTES -> "s/GiB";
      case VISITS -> "s/1000";
    };
  }

  @Override
  public void warmUp(Bed bed, Target target, Plan plan) throws IOException {
    RunningTarget running = bed.running(target, kind(), workers);
    long end = System.nanoTime() + plan.warmUp(target).toNanos();
    do {
      H2Load.Answers answers = load(bed, running, Math.max(connections, count / 16));
      if (!answers.problems().isEmpty()) {
        throw new IOException("warm-up: " + answers.problems());
      }
    } while (System.nanoTime() < end);
  }

  @Override
  public Sample measure(Bed bed, Target target, int round, Plan plan) throws IOException {
    RunningTarget running = bed.running(target, kind(), workers);
    long requests = plan.count(count, connections);
    double before = running.tree().cpuSeconds();
    long begun = System.nanoTime();
    H2Load.Answers answers = load(bed, running, requests);
    double seconds = (System.nanoTime() - begun) / 1e9;
    Measured.settle();
    double cpu = running.tree().cpuSeconds() - before;
    double units =
        switch (counted) {
          case REQUESTS -> requests / 1e6;
          case BYTES -> requests * HttpBackend.LARGE_BYTES / GIB;
          case VISITS -> requests / 1e3;
        };
    List<String> problems = new ArrayList<>(answers.problems());
    if (answers.responses() != requests || answers.bodyBytes() != requests * bodyBytes()) {
      problems.add(
          answers.responses()
              + " responses with "
              + answers.bodyBytes()
              + " bytes. Expected "
              + requests
              + " with "
              + requests * bodyBytes());
    }
    Map<String, Double> details =
        Map.of(
            "cpu-seconds", cpu,
            "seconds", seconds,
            "units", units,
            "rate", requests / seconds,
            "busy", cpu / seconds);
    return new Sample(name, target.name(), round, cpu / units, details, problems);
  }

  private long bodyBytes() {
    return counted == Kind.BYTES ? HttpBackend.LARGE_BYTES : HttpBackend.SMALL_BYTES;
  }

  private H2Load.Answers load(Bed bed, RunningTarget running, long requests) throws IOException {
    String url = Bed.url(running, counted == Kind.BYTES ? HttpBackend.LARGE : HttpBackend.SMALL);
    if (counted != Kind.VISITS) {
      return bed.h2load().run(with(requests, connections), url);
    }
    H2Load.Answers all = new H2Load.Answers(0, 0, List.of());
    for (long left = requests; left > 0; left -= BATCH) {
      long batch = Math.min(left, BATCH);
      all = all.and(bed.h2load().run(with(batch, batch), url));
    }
    return all;
  }

  private List<String> with(long requests, long clients) {
    List<String> all = new ArrayList<>(options);
    all.addAll(List.of("-n", String.valueOf(requests), "-c", String.valueOf(clients)));
    return all;
  }
}
