package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.ClientCrowd;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TcpClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/**
 * Mixed load, hostile peers, reloads and worker restarts for any length of time: the resources of
 * the process must not grow. In the build it runs for a few seconds; a real run prints a table of
 * the resources: {@code mvn verify -pl test-harness/scenarios -am -Dtest=NONE
 * -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=SoakIT -Dsoak.seconds=1800}.
 */
class SoakIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /** A slope below this is noise; the garbage collector alone causes more. */
  private static final int LONG_ENOUGH_SECONDS = 600;

  private record Sample(
      double seconds, double rssMiB, double descriptors, double frames, double contexts) {}

  private final AtomicInteger episodes = new AtomicInteger();
  private final AtomicInteger cut = new AtomicInteger();
  private volatile boolean over;

  @Test
  void nothingGrowsUnderMixedLoad() throws Exception {
    long seconds = Long.getLong("soak.seconds", 4);
    long seed = Long.getLong("soak.seed", new Random().nextLong());
    System.out.println("SoakIT: " + seconds + " s with -Dsoak.seed=" + seed);
    List<Sample> samples = new ArrayList<>();
    try (ScriptedBackend backend = Episode.backend();
        ApplianceProcess appliance = ApplianceProcess.before(backend.address(), List.of(), "")) {
      Sample before = sample(appliance, 0);
      List<CompletableFuture<Void>> load = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Random random = new Random(seed + i);
        load.add(CompletableFuture.runAsync(() -> play(appliance, random)));
      }
      load.add(CompletableFuture.runAsync(() -> abuse(appliance, new Random(seed - 1))));
      long start = System.nanoTime();
      long next = 0;
      for (int second = 0; second < seconds && load.stream().noneMatch(this::failed); second++) {
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
        if (second % 7 == 3) {
          appliance.process().signal("HUP");
        }
        if (second % 30 == 2) {
          restartTheWorker(appliance);
        }
        double at = (System.nanoTime() - start) / 1e9;
        if (at >= next) {
          samples.add(sample(appliance, at));
          next += Math.max(1, seconds / 60);
        }
      }
      over = true;
      for (CompletableFuture<Void> one : load) {
        one.get(120, TimeUnit.SECONDS);
      }
      await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> appliance.metric("terminator_connections_active{listener=\"web\",}") == 0);
      await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> appliance.metric("terminator_frames{state=\"used\",}") == 0);
      Sample after = sample(appliance, (System.nanoTime() - start) / 1e9);
      print(before, samples, after);
      assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors() + 12);
      assertThat(after.contexts()).isLessThanOrEqualTo(before.contexts() + 2);
      assertThat(appliance.metric("terminator_tls_streams_live")).isZero();
      assertThat(appliance.metric("terminator_internal_errors_total")).isZero();
      assertThat(appliance.metric("terminator_worker_stalls_total")).isZero();
      if (seconds >= LONG_ENOUGH_SECONDS) {
        assertThat(slopePerHour(samples, Sample::rssMiB)).as("MiB an hour").isLessThan(24);
        assertThat(slopePerHour(samples, Sample::contexts)).as("contexts an hour").isLessThan(2);
      }
    }
  }

  private boolean failed(CompletableFuture<Void> one) {
    return one.isCompletedExceptionally();
  }

  private void play(ApplianceProcess appliance, Random random) {
    while (!over) {
      long episode = random.nextLong();
      try {
        Episode.play(appliance.client(), appliance.address(), episode);
        episodes.incrementAndGet();
      } catch (IOException | AssertionError failure) {
        // As in ConnectionFuzzIT: a worker restart closes a connection that is idle for one second.
        try {
          cut.incrementAndGet();
          if (cut.get() > appliance.metric("terminator_close_total{reason=\"drained\",}")) {
            throw new AssertionError("episode " + episode, failure);
          }
        } catch (IOException unreadable) {
          throw new AssertionError("episode " + episode, failure);
        }
      }
    }
  }

  /** Silent clients, partial ClientHellos, noise, and clients that disconnect in the middle. */
  private void abuse(ApplianceProcess appliance, Random random) {
    try {
      byte[] hello = appliance.client().raw(appliance.address()).clientHello();
      while (!over) {
        byte[] part = java.util.Arrays.copyOf(hello, 1 + random.nextInt(hello.length));
        byte[] noise = Deterministic.bytes(random.nextLong(), 1 + random.nextInt(500));
        try (ClientCrowd silent = ClientCrowd.open(appliance.address(), 40, part);
            ClientCrowd loud = ClientCrowd.open(appliance.address(), 40, noise)) {
          silent.awaitSettled(Duration.ofSeconds(60));
          loud.awaitSettled(Duration.ofSeconds(60));
        }
        for (int i = 0; i < 20; i++) {
          TcpClient leaving = TcpClient.connect(appliance.address());
          leaving.write(hello);
          leaving.reset();
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
      }
    } catch (IOException failure) {
      throw new java.io.UncheckedIOException(failure);
    }
  }

  private static void restartTheWorker(ApplianceProcess appliance) throws Exception {
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:"
                            + appliance.admin().getPort()
                            + "/v1/workers/0:restart"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private static Sample sample(ApplianceProcess appliance, double seconds) throws IOException {
    Path proc = Path.of("/proc", Long.toString(appliance.process().pid()));
    double rss =
        Files.readAllLines(proc.resolve("status")).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D+", "")) / 1024)
            .sum();
    try (var descriptors = Files.list(proc.resolve("fd"))) {
      return new Sample(
          seconds,
          rss,
          descriptors.count(),
          appliance.metric("terminator_frames{state=\"used\",}"),
          appliance.metric("terminator_tls_contexts_live"));
    }
  }

  /**
   * The slope by least squares after the first third of the run, when caches and the compiler have
   * settled.
   */
  private static double slopePerHour(List<Sample> all, ToDoubleFunction<Sample> value) {
    List<Sample> settled = all.subList(all.size() / 3, all.size());
    double meanX = settled.stream().mapToDouble(Sample::seconds).average().orElse(0);
    double meanY = settled.stream().mapToDouble(value).average().orElse(0);
    double above = 0;
    double below = 0;
    for (Sample one : settled) {
      above += (one.seconds() - meanX) * (value.applyAsDouble(one) - meanY);
      below += (one.seconds() - meanX) * (one.seconds() - meanX);
    }
    return below == 0 ? 0 : above / below * 3600;
  }

  private void print(Sample before, List<Sample> samples, Sample after) {
    StringBuilder table =
        new StringBuilder("SoakIT: seconds RSS-MiB descriptors frames contexts\n");
    append(table, before);
    samples.forEach(one -> append(table, one));
    append(table, after);
    table.append(
        String.format(
            Locale.ROOT,
            "SoakIT: %d episodes, %d cut by restarts; an hour: RSS %+.1f MiB, descriptors %+.1f, frames %+.1f,"
                + " contexts %+.2f",
            episodes.get(),
            cut.get(),
            slopePerHour(samples, Sample::rssMiB),
            slopePerHour(samples, Sample::descriptors),
            slopePerHour(samples, Sample::frames),
            slopePerHour(samples, Sample::contexts)));
    System.out.println(table);
  }

  private static void append(StringBuilder table, Sample one) {
    table.append(
        String.format(
            Locale.ROOT,
            "%7.0f %7.1f %6.0f %6.0f %4.0f%n",
            one.seconds(),
            one.rssMiB(),
            one.descriptors(),
            one.frames(),
            one.contexts()));
  }
}
