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

  /** The JDK opens a directory to list it, and waits for a writer if it is a FIFO. */
  @Test
  void aCertificateDirectoryThatWasAFifoIsReadAgain() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend.port(), "")) {
      Path certificates = terminator.directory().resolve("certs");
      Path aside = Files.move(certificates, terminator.directory().resolve("aside"));
      makeFifo(certificates);
      terminator.call("POST", "/v1/certificates:reload", 200);
      assertThat(terminator.call("GET", "/v1/certificates", 200).toString())
          .contains("it is not a directory");
      ca.server("new.example").writeTo(aside, "new");
      Files.delete(certificates);
      Files.move(aside, certificates);
      terminator.call("POST", "/v1/certificates:reload", 200);
      terminator.call("GET", "/v1/certificates/new", 200);
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
    makeFifo(fifo);
    return fifo;
  }

  private static void makeFifo(Path fifo) throws Exception {
    assertThat(new ProcessBuilder("mkfifo", "-m", "600", fifo.toString()).start().waitFor())
        .isZero();
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
