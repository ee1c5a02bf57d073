package io.terminator.core.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A site is written once per interval, and a log that hangs costs lines, not time. */
class DiagnosticsTest {
  private static final Logger LOG = Logger.getLogger(Diagnostics.class.getName());
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final CountDownLatch hangs = new CountDownLatch(1);
  private volatile boolean hanging;
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          if (hanging) {
            try {
              hangs.await();
            } catch (InterruptedException closed) {
              Thread.currentThread().interrupt();
            }
          }
          lines.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    LOG.setUseParentHandlers(false);
    LOG.addHandler(handler);
  }

  @AfterEach
  void leave() {
    hangs.countDown();
    LOG.removeHandler(handler);
    LOG.setUseParentHandlers(true);
  }

  @Test
  void aSiteIsWrittenOnceInItsIntervalAndSaysHowManyWereLeftOut() {
    try (Diagnostics diagnostics = new Diagnostics()) {
      for (int i = 0; i < 100; i++) {
        diagnostics.error("one", Duration.ofHours(1), () -> "one is broken");
      }
      diagnostics.error("two", Duration.ofHours(1), () -> "two is broken");
      diagnostics.error("one", Duration.ZERO, () -> "one is broken");
    }
    assertThat(lines).containsExactly("one is broken", "two is broken", "one is broken (99 more)");
  }

  @Test
  void whereTheLogHangsNobodyWaitsAndWhatFindsNoRoomIsCounted() throws Exception {
    hanging = true;
    try (Diagnostics diagnostics = new Diagnostics()) {
      long begun = System.nanoTime();
      for (int i = 0; i < 1000; i++) {
        diagnostics.warn("site", Duration.ZERO, () -> "a message");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(PATIENCE);
      // One is being written, 256 are waiting.
      assertThat(diagnostics.dropped()).isEqualTo(1000 - 257);
      hangs.countDown();
      await().atMost(PATIENCE).until(() -> lines.size() == 257);
    }
  }

  @Test
  void manySitesShareOne() {
    try (Diagnostics diagnostics = new Diagnostics()) {
      for (int i = 0; i < 1224; i++) {
        String site = "server " + i;
        diagnostics.warn(site, Duration.ofHours(1), () -> site);
      }
    }
    // All sites with an entry of their own, and the first of the others; some may not have found
    // room.
    assertThat(lines.size()).isLessThanOrEqualTo(1025);
    assertThat(lines).noneMatch(line -> line.equals("server 1223"));
  }
}
