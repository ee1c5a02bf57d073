package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.phase.CloseReason;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.ServerState;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A server never exceeds its connection limit; further clients wait in order, up to a deadline. */
class QueueIT {
  private final TestCa ca = TestCa.create();

  @Test
  void waitsForAPlaceAndTakesIt() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend.hostAndPort(), 1, "timeout: 60s")) {
      BackendPool pool = terminator.terminator().pools().get(0);
      TlsConnection first = terminator.client().connect(terminator.address());
      first.write("a");
      assertThat(first.readExactly(1)).asString().isEqualTo("a");
      TlsConnection second = terminator.client().connect(terminator.address());
      second.write("b");
      await().atMost(RunningTerminator.PATIENCE).until(() -> pool.queue().size() == 1);
      TlsConnection impatient = terminator.client().connect(terminator.address());
      await().atMost(RunningTerminator.PATIENCE).until(() -> pool.queue().size() == 2);
      assertThat(terminator.metrics()).contains("terminator_backend_queue{backend=\"app\",} 2.0");
      assertThat(backend.accepted()).isEqualTo(1);
      first.close();
      assertThat(second.readExactly(1)).asString().isEqualTo("b");
      assertThat(backend.accepted()).isEqualTo(2);
      assertThat(pool.queue().size()).isEqualTo(1);
      second.close();
      impatient.write("c");
      assertThat(impatient.readExactly(1)).asString().isEqualTo("c");
      impatient.close();
      terminator.awaitNoConnection();
      assertThat(pool.queue().size()).isZero();
    }
  }

  @Test
  void refusesWhoFindsTheQueueFullOrWaitsTooLong() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            start(backend.hostAndPort(), 1, "length: 1, timeout: 300ms")) {
      BackendPool pool = terminator.terminator().pools().get(0);
      TlsConnection first = terminator.client().connect(terminator.address());
      first.write("a");
      assertThat(first.readExactly(1)).asString().isEqualTo("a");
      try (TlsConnection late = terminator.client().connect(terminator.address())) {
        assertThat(late.version()).isNotNull();
        terminator.awaitCloses(CloseReason.QUEUE_TIMEOUT, 1);
      }
      // A server in maintenance accepts no connection at all, so there is nothing to wait for.
      pool.setState(backend.hostAndPort(), ServerState.DRAIN);
      try (TlsConnection refused = terminator.client().connect(terminator.address())) {
        assertThat(refused.version()).isNotNull();
        terminator.awaitCloses(CloseReason.NO_BACKEND, 1);
      }
      first.close();
    }
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend.hostAndPort(), 1, "length: 0")) {
      TlsConnection first = terminator.client().connect(terminator.address());
      first.write("a");
      assertThat(first.readExactly(1)).asString().isEqualTo("a");
      try (TlsConnection refused = terminator.client().connect(terminator.address())) {
        assertThat(refused.version()).isNotNull();
        terminator.awaitCloses(CloseReason.QUEUE_FULL, 1);
      }
      first.close();
    }
  }

  @Test
  void neverExceedsTheLimitAndServesEverybodyOverAllWorkers() throws Exception {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    ExecutorService clients = Executors.newFixedThreadPool(12);
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                client -> {
                  most.accumulateAndGet(now.incrementAndGet(), Math::max);
                  client.write(client.readExactly(1));
                  // Before the place is free for the next: the end of this connection is what frees
                  // it.
                  now.decrementAndGet();
                });
        RunningTerminator terminator = start(backend.hostAndPort(), 3, "timeout: 60s")) {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < 120; i++) {
        answers.add(
            clients.submit(
                () -> {
                  try (TlsConnection client = terminator.client().connect(terminator.address())) {
                    client.write("x");
                    return new String(
                        client.readExactly(1), java.nio.charset.StandardCharsets.US_ASCII);
                  }
                }));
      }
      for (Future<String> answer : answers) {
        assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo("x");
      }
      assertThat(most.get()).isBetween(1, 3);
      assertThat(backend.accepted()).isEqualTo(120);
      terminator.awaitNoConnection();
    } finally {
      clients.shutdownNow();
    }
  }

  private RunningTerminator start(String server, int connections, String queue) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        """
        workers: 2
        listeners:
          - { name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }
        backends:
          app:
            servers: [{ address: "%s", connections: %d }]
            queue: { %s }
        """
            .formatted(server, connections, queue));
  }
}
