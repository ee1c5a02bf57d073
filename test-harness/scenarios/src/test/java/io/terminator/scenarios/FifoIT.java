package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file to write that is a FIFO without a reader: opening it waits in the kernel. */
class FifoIT {
  private static final Duration LONGER_THAN_THE_LIMIT = Duration.ofSeconds(60);

  @TempDir Path directory;

  private final TestCa ca = TestCa.create();

  @Test
  void aStartThatCannotOpenTheKeyLogFailsWithItsReason() throws Exception {
    Path fifo = fifo();
    Throwable failure =
        within(
            () ->
                catchThrowable(
                    () ->
                        start("key-log: { file: \"%s\", sources: [127.0.0.1/32] }\n", fifo)
                            .close()));
    assertThat(failure).hasStackTraceContaining(fifo + ": did not answer within 10.0 s");
  }

  @Test
  void anAccessLogThatCannotBeOpenedIsReportedAndClientsAreServed() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            within(() -> start(backend, "log: { access: \"%s\" }\n", fifo()))) {
      try (TlsConnection connection = terminator.client().connect(terminator.address())) {
        connection.write("ping");
        assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
      }
      await()
          .atMost(LONGER_THAN_THE_LIMIT)
          .until(() -> terminator.metric("terminator_log_reopen_failures_total") > 0);
    }
  }

  private Path fifo() throws Exception {
    Path fifo = directory.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", "-m", "600", fifo.toString()).start().waitFor())
        .isZero();
    return fifo;
  }

  private RunningTerminator start(String setting, Path fifo) {
    try (EchoBackend backend = EchoBackend.start()) {
      return start(backend, setting, fifo);
    }
  }

  private RunningTerminator start(EchoBackend backend, String setting, Path fifo) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        """
        workers: 1
        listeners: [{ name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }]
        backends: { app: { servers: ["127.0.0.1:%d"] } }
        """
                .formatted(backend.port())
            + setting.formatted(fifo));
  }

  private static <T> T within(Callable<T> slow) throws Exception {
    FutureTask<T> task = new FutureTask<>(slow);
    Thread thread = new Thread(task, "slow");
    thread.setDaemon(true);
    thread.start();
    return task.get(LONGER_THAN_THE_LIMIT.toSeconds(), TimeUnit.SECONDS);
  }
}
