package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The key log contains the secrets of the selected clients only. */
class KeyLogIT {
  @TempDir Path directory;

  @Test
  void holdsTheSecretsOfChosenClientsAlone() throws Exception {
    Path openssl = Processes.assumeAvailable("openssl");
    Path log = directory.resolve("keys.log");
    try (EchoBackend echo = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(echo.address(), "", topLevel(log))) {
      assertThat(visit(openssl, terminator, "127.0.0.1", "-tls1_3")).isNotEmpty();
      List<String> newer = visit(openssl, terminator, "127.0.0.2", "-tls1_3");
      List<String> older = visit(openssl, terminator, "127.0.0.2", "-tls1_2");
      assertThat(newer).hasSizeGreaterThanOrEqualTo(4);
      assertThat(older).hasSize(1);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(Files.readAllLines(log))
                      .containsAll(older)
                      .hasSizeGreaterThanOrEqualTo(newer.size() + older.size()));
      assertThat(Files.readAllLines(log)).hasSameElementsAs(both(newer, older));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
          .isEqualTo("rw-------");
      assertThat(terminator.metrics())
          .contains("terminator_tls_key_log_active 1.0")
          .contains("terminator_tls_key_log_lines_total{result=\"dropped\",} 0.0");
    }
  }

  @Test
  void aFileThatOthersReadIsRefused() throws Exception {
    Path log = Files.createFile(directory.resolve("keys.log"));
    Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("rw-r--r--"));
    try (EchoBackend echo = EchoBackend.start()) {
      assertThatThrownBy(() -> RunningTerminator.before(echo.address(), "", topLevel(log)))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("key-log.file: " + log)
          .hasMessageContaining("chmod 600");
    }
    assertThat(log).isEmptyFile();
  }

  private static List<String> both(List<String> newer, List<String> older) {
    return java.util.stream.Stream.concat(newer.stream(), older.stream()).toList();
  }

  private static String topLevel(Path log) {
    return "workers: 1\nkey-log: { file: \"%s\", sources: [127.0.0.2/32] }\n".formatted(log);
  }

  /** The client's own key log of its connection. */
  private List<String> visit(
      Path openssl, RunningTerminator terminator, String source, String version) throws Exception {
    Path own = Files.createTempFile(directory, "client", ".log");
    try (RunningProcess client =
        Processes.start(
            "sh",
            "-c",
            "%s s_client -connect 127.0.0.1:%d -bind %s -servername localhost %s -keylogfile %s </dev/null"
                .formatted(openssl, terminator.address().getPort(), source, version, own))) {
      assertThat(client.awaitExit(RunningTerminator.PATIENCE)).as(client.output()).isZero();
    }
    return Files.readAllLines(own).stream().filter(line -> !line.startsWith("#")).toList();
  }
}
