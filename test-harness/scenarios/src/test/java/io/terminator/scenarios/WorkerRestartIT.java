package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TlsConnection;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A worker is replaced while clients connect as fast as they can: none of them is affected. */
class WorkerRestartIT {
  private static final int CLIENTS = 6;
  private static final int RESTARTS = 4;

  @Test
  void noRequestFailsAndNoConnectionIsResetWhileWorkersAreReplaced() throws Exception {
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    AtomicInteger exchanges = new AtomicInteger();
    AtomicBoolean stop = new AtomicBoolean();
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(backend.address(), "", "workers: 2\n")) {
      Thread[] clients = new Thread[CLIENTS];
      for (int i = 0; i < CLIENTS; i++) {
        clients[i] =
            new Thread(
                () -> {
                  var client = terminator.client();
                  byte[] ping = {1, 2, 3, 4};
                  while (!stop.get()) {
                    try (TlsConnection connection = client.connect(terminator.address())) {
                      connection.write(ping);
                      assertThat(connection.readExactly(ping.length)).isEqualTo(ping);
                      exchanges.incrementAndGet();
                    } catch (Throwable failure) {
                      failures.add(failure);
                      return;
                    }
                  }
                });
        clients[i].start();
      }
      for (int i = 0; i < RESTARTS; i++) {
        int before = exchanges.get();
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> exchanges.get() > before + 100 || !failures.isEmpty());
        terminator.terminator().workers().restart(i % 2, Duration.ofSeconds(20));
      }
      int before = exchanges.get();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> exchanges.get() > before + 100 || !failures.isEmpty());
      stop.set(true);
      for (Thread client : clients) {
        client.join();
      }
      assertThat(failures).isEmpty();
      assertThat(terminator.terminator().workers().workers().get(1).generation())
          .isEqualTo(RESTARTS / 2);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> terminator.terminator().workers().retiringWorkers().isEmpty());
    }
  }
}
