package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files within the limit of size whose content would not fit into the heap. */
class LargeFileIT {
  private static final String LINE = "192.0.2.1\n";

  @TempDir private Path directory;

  /** The process has a heap of 128 MiB, and would end with an OutOfMemoryError. */
  @Test
  void aListThatDoesNotFitIntoTheHeapIsRefusedAndTheLastOneStays() throws Exception {
    Path list = Files.writeString(directory.resolve("denied.txt"), LINE);
    TestCa ca = TestCa.create();
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess process =
            ApplianceProcess.with(
                ca,
                directory,
                """
                workers: 1
                drain: { accept-grace: 0 }
                listeners:
                  - name: web
                    bind: "127.0.0.1:0"
                    certificates: certs/
                    backend: app
                    limits: { deny-file: denied.txt }
                backends: { app: { servers: ["127.0.0.1:%d"] } }
                admin: { bind: "127.0.0.1:0" }
                """
                    .formatted(backend.address().getPort()))) {
      Path large = directory.resolve("large.txt");
      Files.writeString(large, LINE.repeat(900_000));
      Files.move(large, list, StandardCopyOption.ATOMIC_MOVE);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> process.process().output().contains("more than is free"));
      assertThat(process.process().output()).contains("list with 1 entry stays active");
      try (TlsConnection connection = process.client().connect(process.address())) {
        connection.write("ping");
        assertThat(connection.readExactly(4)).isEqualTo("ping".getBytes(StandardCharsets.US_ASCII));
      }
    }
  }
}
