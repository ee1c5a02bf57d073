package io.terminator.admin.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.LogLines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigWatchTest {
  @TempDir Path directory;
  private LogLines said;
  private final AtomicInteger reloads = new AtomicInteger();

  @BeforeEach
  void listen() {
    said = LogLines.of(ConfigWatch.class);
  }

  @AfterEach
  void stopListening() {
    said.close();
  }

  @Test
  void aChangeIsActedOnWhenItStands() throws Exception {
    Path file = Files.writeString(directory.resolve("t.yaml"), "a");
    ConfigWatch watch = watch(file);
    Files.writeString(file, "b");
    watch.look();
    assertThat(reloads).hasValue(0);
    watch.look();
    watch.look();
    assertThat(reloads).hasValue(1);
  }

  @Test
  void aFileThatStaysAwayIsToldOnceAndAlsoItsReturn() throws Exception {
    Path file = Files.writeString(directory.resolve("t.yaml"), "a");
    ConfigWatch watch = watch(file);
    Files.delete(file);
    watch.look();
    // An editor that replaces it takes it away for a moment.
    assertThat(said.lines()).isEmpty();
    for (int i = 0; i < 9; i++) {
      watch.look();
    }
    assertThat(said.lines())
        .singleElement()
        .satisfies(
            line ->
                assertThat(line)
                    .contains(
                        file + ": it does not exist; the current configuration stays active"));
    Files.writeString(file, "a");
    watch.look();
    watch.look();
    assertThat(said.lines()).hasSize(2).last().asString().contains("can be read again");
    assertThat(reloads).hasValue(0);
  }

  private ConfigWatch watch(Path file) {
    return new ConfigWatch(ConfigSource.file(file, Map.of()), reloads::incrementAndGet);
  }
}
