package io.terminator.admin.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.terminator.admin.config.format.Problem;
import java.nio.file.Path;
import java.util.Map;

/**
 * Every configuration file is either usable or has all its problems reported, in text that is safe
 * for a terminal. The build runs the inputs in the resources; to fuzz: {@code JAZZER_FUZZ=1 mvn -pl
 * terminator-admin -am test -Dtest=ConfigFuzzTest#read -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class ConfigFuzzTest {
  private final ConfigFile file = new ConfigFile(Map.of("A", "1", "B", "${A}"));

  @FuzzTest(maxDuration = "60m")
  void read(byte[] content) {
    try {
      ConfigFile.Loaded loaded = file.read("fuzz.yaml", Path.of("/nowhere"), content);
      assertThat(loaded.config().toString()).isNotEmpty();
      assertThat(loaded.written().differencesTo(loaded.written())).isEmpty();
    } catch (ConfigProblems refused) {
      assertThat(refused.problems()).isNotEmpty();
      for (Problem problem : refused.problems()) {
        assertThat(problem.finding()).isNotBlank();
        assertThat(problem.toString().chars().noneMatch(Character::isISOControl)).isTrue();
      }
    }
  }
}
