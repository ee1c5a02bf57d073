package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.Deterministic;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Many concurrent transfers of every size in both directions. {@link RunningTerminator#close}
 * checks that nothing is left over.
 */
class ConcurrencyIT {
  private static final int CLIENTS = 200;
  private static final int LARGEST = 400_000;

  @Test
  void twoHundredClientsGetEveryByteBack() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(backend.address(), "", "workers: 2\n")) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        long clientSeed = random.nextLong();
        int size = 1 + random.nextInt(LARGEST);
        TlsVersion version = TlsVersion.values()[i % TlsVersion.values().length];
        running.add(
            clients.submit(
                () -> {
                  byte[] data = Deterministic.bytes(clientSeed, size);
                  try (TlsConnection connection =
                      terminator.client().only(version).fresh().connect(terminator.address())) {
                    Thread writer =
                        new Thread(
                            () -> {
                              try {
                                connection.write(data);
                              } catch (java.io.IOException failure) {
                                throw new java.io.UncheckedIOException(failure);
                              }
                            });
                    writer.start();
                    assertThat(connection.readExactly(size)).isEqualTo(data);
                    writer.join();
                  }
                  return null;
                }));
      }
      for (Future<?> client : running) {
        client.get(60, TimeUnit.SECONDS);
      }
      terminator.awaitNoConnection();
      assertThat(backend.accepted()).isEqualTo(CLIENTS);
    } finally {
      clients.shutdownNow();
    }
  }
}
