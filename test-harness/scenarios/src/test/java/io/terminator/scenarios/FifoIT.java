package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** FIFOs as files to write: refused before they are opened, which would wait for a reader. */
class FifoIT {
  @TempDir Path directory;

  private final TestCa ca = TestCa.create();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "key-log: { file: \"%s\", sources: [127.0.0.1/32] }\n",
        "log: { access: \"%s\" }\n"
      })
  void aStartWithAFifoToWriteFailsWithItsReason(String setting) throws Exception {
    Path fifo = fifo("fifo");
    Throwable failure = catchThrowable(() -> start(1, setting.formatted(fifo)).close());
    assertThat(failure)
        .hasStackTraceContaining(
            "\"" + fifo + "\" is a FIFO; expected a regular file or a character device");
  }

  @Test
  void aFifoInPlaceOfARotatedAccessLogIsReportedAndTheOldFileIsWritten() throws Exception {
    Path log = directory.resolve("access.log");
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            start(backend.port(), "log: { access: \"%s\" }\n".formatted(log))) {
      // The writer creates it, a moment after the start.
      await().atMost(RunningTerminator.PATIENCE).until(() -> Files.exists(log));
      Path rotated = Files.move(log, directory.resolve("access.log.1"));
      fifo("access.log");
      assertThat(catchThrowable(() -> reopen(terminator)))
          .hasStackTraceContaining(log + ": is a FIFO. Expected a regular file");
      try (TlsConnection connection = terminator.client().connect(terminator.address())) {
        connection.write("ping");
        assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
      }
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> assertThat(rotated).content().contains("\"connection\""));
    }
  }

  private static void reopen(RunningTerminator terminator) throws Exception {
    terminator
        .terminator()
        .log()
        .reopen()
        .toCompletableFuture()
        .get(RunningTerminator.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private Path fifo(String name) throws Exception {
    Path fifo = directory.resolve(name);
    assertThat(new ProcessBuilder("mkfifo", "-m", "600", fifo.toString()).start().waitFor())
        .isZero();
    return fifo;
  }

  private RunningTerminator start(int backend, String setting) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        """
        workers: 1
        listeners: [{ name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }]
        backends: { app: { servers: ["127.0.0.1:%d"] } }
        """
                .formatted(backend)
            + setting);
  }
}
