package io.terminator.admin.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExampleConfigsTest {
  private static final Path EXAMPLES = Path.of("..", "docker", "config");

  static List<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  /** In a copy of the tree, so that checks of files do not depend on this checkout. */
  @ParameterizedTest
  @MethodSource("examples")
  void loadsWithoutAnyVariableSet(Path example, @TempDir Path root) throws Exception {
    Path config = Files.createDirectories(root.resolve("docker/config"));
    Files.createDirectories(root.resolve("certs-sample/server"));
    Path copy = Files.copy(example, config.resolve(example.getFileName()));

    ConfigFile.Loaded loaded = new ConfigFile(Map.of()).read(copy);

    assertThat(loaded.warnings()).isEmpty();
    assertThat(Files.readAllLines(example).get(0)).matches("# [A-Z].{20,}\\.");
  }

  @Test
  void everyKeyIsInTheExampleThatSaysSo() throws IOException {
    String example = Files.readString(EXAMPLES.resolve("every-key.yaml"));
    List<String> keys =
        Stream.of(ConfigReference.page().split("\n"))
            .filter(line -> line.startsWith("| `"))
            .map(line -> line.substring(3, line.indexOf('`', 3)))
            // These keys are written in other forms of the same values.
            .filter(key -> !List.of("count", "pin", "chain", "key", "password").contains(key))
            .toList();
    assertThat(keys)
        .hasSizeGreaterThan(30)
        .allSatisfy(key -> assertThat(example).contains(key + ":"));
  }
}
