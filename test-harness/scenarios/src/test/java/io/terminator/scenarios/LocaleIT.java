package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The locale C of services and containers, in which Java writes ASCII only. */
class LocaleIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;

  @Test
  void namesAreWrittenAsTheyAreWhateverTheLocale() throws Exception {
    Path config =
        Files.writeString(
            directory.resolve("terminator.yaml"),
            """
            listeners:
              - { name: web, bind: "127.0.0.1:0", certificates: zertifikäte/, backend: größe }
            backends: { app: { servers: ["bücher.example:1"] } }
            """);
    List<String> command = ApplianceProcess.command(List.of("env", "LC_ALL=C"), config);
    try (RunningProcess process = Processes.start(command.toArray(new String[0]))) {
      assertThat(process.awaitExit(PATIENCE)).as(process.output()).isEqualTo(2);
      assertThat(process.output())
          .contains("there is no backend named \"größe\"")
          .contains("\"zertifikäte/\" is not a path", "LC_ALL=C.UTF-8");
    }
  }
}
