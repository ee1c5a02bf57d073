package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Random sequences on several real connections at once, while the configuration is reloaded and
 * workers are replaced: bytes arrive in order and complete, each connection ends as intended, and
 * gauges return to zero. {@code -Dfuzz.seconds=3600} runs longer, {@code -Dfuzz.seed=N} repeats a
 * run.
 */
class ConnectionFuzzIT {
  private static final int PLAYERS = 3;

  @Test
  void everyEpisodeIsPlayedAsWritten() throws Exception {
    long seed = Long.getLong("fuzz.seed", new Random().nextLong());
    long seconds = Long.getLong("fuzz.seconds", 4);
    System.out.println("ConnectionFuzzIT: " + seconds + " s with -Dfuzz.seed=" + seed);
    TestCa ca = TestCa.create();
    AtomicInteger played = new AtomicInteger();
    AtomicInteger reloads = new AtomicInteger();
    AtomicInteger cut = new AtomicInteger();
    try (ScriptedBackend backend = Episode.backend();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca, Map.of("localhost", ca.server("localhost")), yaml(backend.address(), 256))) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      List<CompletableFuture<Void>> players = new ArrayList<>();
      for (int i = 0; i < PLAYERS; i++) {
        Random random = new Random(seed + i);
        players.add(
            CompletableFuture.runAsync(
                () -> {
                  while (System.nanoTime() < end) {
                    long episode = random.nextLong();
                    try {
                      Episode.play(terminator.client(), terminator.address(), episode);
                    } catch (IOException | AssertionError failure) {
                      // On a machine that stalls for one second it looks idle, and a worker
                      // that is replaced lets it go; bytes are right all the same.
                      if (cut.incrementAndGet() <= terminator.closes(CloseReason.DRAINED)) {
                        continue;
                      }
                      throw new AssertionError(
                          "episode %d of -Dfuzz.seed=%d, backend: %s, closes: %s"
                              .formatted(
                                  episode,
                                  seed,
                                  backend.failures(),
                                  Arrays.stream(CloseReason.values())
                                      .filter(reason -> terminator.closes(reason) > 0)
                                      .toList()),
                          failure);
                    }
                    played.incrementAndGet();
                  }
                }));
      }
      while (System.nanoTime() < end && players.stream().noneMatch(CompletableFuture::isDone)) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        int turn = reloads.getAndIncrement();
        terminator.rewrite(yaml(backend.address(), turn % 2 == 0 ? 64 : 256));
        assertThat(terminator.terminator().reload("test").problems()).isEmpty();
        if (turn % 5 == 0) {
          terminator.terminator().workers().restart(turn / 5 % 2, Duration.ofSeconds(60));
        }
      }
      for (CompletableFuture<Void> player : players) {
        player.get(60, TimeUnit.SECONDS);
      }
      terminator.awaitNoConnection();
      assertThat(backend.failures()).noneMatch(IllegalStateException.class::isInstance);
      assertThat(backend.failures()).hasSizeLessThanOrEqualTo(cut.get());
      assertThat(played.get()).isGreaterThan(PLAYERS);
      assertThat(reloads.get()).isPositive();
      for (CloseReason reason :
          List.of(CloseReason.INTERNAL, CloseReason.CLIENT_PROTOCOL, CloseReason.OVERLOAD)) {
        assertThat(terminator.closes(reason)).as("%s", reason).isZero();
      }
    }
    System.out.println("ConnectionFuzzIT: " + played + " episodes, " + reloads + " reloads");
  }

  private static String yaml(InetSocketAddress backend, int highWater) {
    return "workers: 2\nmemory: { frames: 8MiB }\nlisteners:\n"
        + "  - name: web\n    bind: \"127.0.0.1:0\"\n    certificates: certs/\n    backend: app\n"
        + "    relay: { high-water: "
        + highWater
        + "KiB, low-water: 16KiB }\nbackends:\n  app: { servers: [\"127.0.0.1:"
        + backend.getPort()
        + "\"] }\n";
  }
}
