package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the README tells people to type works. */
class ReadmeCommandsIT {
  private static final Path ROOT = root();
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @Test
  void quickstartServesAndPrintsACurlLineThatWorks() throws Exception {
    Processes.assumeAvailable("curl");
    assertThat(Files.readString(ROOT.resolve("README.md"))).contains("./terminator quickstart\n");
    try (RunningProcess quickstart =
        inRoot("./terminator", "quickstart", "--port", "0", "--admin-port", "0")) {
      Matcher line =
          quickstart.awaitLine(".*(curl --cacert \\S+ https://localhost:\\d+/).*", PATIENCE);
      try (RunningProcess curl = inRoot("sh", "-c", line.group(1).replace("curl", "curl -sS"))) {
        assertThat(curl.awaitExit(PATIENCE)).as(curl.output()).isZero();
        assertThat(curl.output()).isNotBlank();
      }
      String bytes = line.group(1).replace("curl", "curl -sS") + "bytes/1000000 | wc -c";
      try (RunningProcess curl = inRoot("sh", "-c", bytes)) {
        assertThat(curl.awaitExit(PATIENCE)).isZero();
        assertThat(curl.output().strip()).isEqualTo("1000000");
      }
      quickstart.signal("TERM");
      assertThat(quickstart.awaitExit(PATIENCE)).isZero();
    }
  }

  @Test
  void theVersionIsPrinted() {
    try (RunningProcess version = inRoot("./terminator", "version")) {
      assertThat(version.awaitExit(PATIENCE)).isZero();
      assertThat(version.output()).contains("Terminator");
    }
  }

  @Test
  void theConfigurationIsOneThatCheckAccepts() throws Exception {
    String readme = Files.readString(ROOT.resolve("README.md"));
    Matcher yaml = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(readme);
    assertThat(yaml.find()).isTrue();
    Path directory = Files.createTempDirectory("terminator-readme");
    io.terminator.testkit.TestCa.create()
        .server("localhost")
        .writeTo(Files.createDirectory(directory.resolve("certs")), "localhost");
    Path config = Files.writeString(directory.resolve("terminator.yaml"), yaml.group(1));
    try (RunningProcess check = inRoot("./terminator", "check", "--config", config.toString())) {
      assertThat(check.awaitExit(PATIENCE)).as(check.output()).isZero();
    }
    Files.writeString(config, yaml.group(1).replace("backend: app", "backend: ap"));
    try (RunningProcess check = inRoot("./terminator", "check", "--config", config.toString())) {
      assertThat(check.awaitExit(PATIENCE)).isEqualTo(2);
      assertThat(check.output()).contains("terminator.yaml:6").contains("app");
    }
  }

  private static RunningProcess inRoot(String... command) {
    return Processes.start(new ProcessBuilder(command).directory(ROOT.toFile()));
  }

  private static Path root() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve("CONTRIBUTING.md"))) {
        return at;
      }
    }
    throw new AssertionError("no README.md above the working directory");
  }
}
