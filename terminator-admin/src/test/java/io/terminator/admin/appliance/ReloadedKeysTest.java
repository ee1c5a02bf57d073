package io.terminator.admin.appliance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.admin.reload.ConfigSource;
import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.testkit.Ports;
import io.terminator.testkit.TestCa;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each key at the top level either takes effect by a reload, or is documented not to. */
class ReloadedKeysTest {
  private static final Path DOCS = Path.of("..", "docs");

  @TempDir private Path directory;

  /** A value that differs from the first configuration, for each key. */
  private Map<String, String> changes() {
    Map<String, String> changes = new LinkedHashMap<>();
    changes.put("workers", "2");
    changes.put("state-dir", "other-state/");
    changes.put("state-secret", "another secret");
    changes.put("state-secret-file", "secret");
    changes.put("tickets", "{ rotation: 2h }");
    changes.put("tracing", "{ endpoint: \"http://127.0.0.1:9\" }");
    changes.put("signing", "{ threads: 1 }");
    changes.put("key-log", "{ file: keys.log, sources: [\"127.0.0.1/32\"] }");
    changes.put(
        "listeners",
        "[{ name: web, bind: \"127.0.0.1:0\", certificates: certs/, backend: app,"
            + " deadlines: { idle: 1m } }]");
    changes.put("backends", "{ app: { servers: [\"127.0.0.1:9\", \"127.0.0.1:10\"] } }");
    changes.put("http", "{ bind: \"127.0.0.1:" + Ports.free() + "\" }");
    changes.put("acme", "{ terms-agreed: true, directory: \"https://127.0.0.1:9/directory\" }");
    changes.put("dns", "{ timeout: 9s }");
    changes.put("memory", "{ frames: 16MiB }");
    changes.put("limits", "{ connections: 100 }");
    changes.put("overload", "{ loop-lag: 2s }");
    changes.put("drain", "{ window: 7s }");
    changes.put("admin", "{ bind: \"127.0.0.1:" + Ports.free() + "\" }");
    changes.put("log", "{ access: \"stdout\" }");
    return changes;
  }

  @Test
  void aReloadAppliesEveryKeyThatTheReferenceDoesNotExcept() throws Exception {
    Set<String> excepted = excepted();
    Map<String, String> changes = changes();
    assertThat(changes.keySet()).isEqualTo(keys());
    assertThat(changes.keySet()).containsAll(excepted);
    Path certs = Files.createDirectory(directory.resolve("certs"));
    TestCa.create().server("localhost").writeTo(certs, "localhost");
    Files.setPosixFilePermissions(
        Files.writeString(directory.resolve("secret"), "from a file\n"),
        PosixFilePermissions.fromString("rw-------"));
    Map<String, String> first = new LinkedHashMap<>();
    first.put("workers", "1");
    first.put("listeners", changes.get("listeners").replace("1m", "2m"));
    first.put("backends", "{ app: { servers: [\"127.0.0.1:9\"] } }");
    first.put("admin", "{ bind: \"127.0.0.1:0\" }");
    first.put("log", "{ access: \"off\" }");
    Path file = write(first);
    try (Terminator terminator = Terminator.start(ConfigSource.file(file, Map.of()), "test")) {
      for (Map.Entry<String, String> change : changes.entrySet()) {
        Map<String, String> next = new LinkedHashMap<>(first);
        next.put(change.getKey(), change.getValue());
        write(next);
        ReloadOutcome outcome = terminator.reload("test");
        assertThat(outcome.problems()).as(change.getKey()).isEmpty();
        assertThat(outcome.result()).as("%s", change).isEqualTo(ReloadOutcome.Result.APPLIED);
        assertThat(outcome.changes()).as("%s", change).isNotEmpty();
        assertThat(outcome.atNextStart())
            .as("%s", change)
            .isEqualTo(
                excepted.contains(change.getKey())
                    ? List.of(change.getKey().replace("-file", ""))
                    : List.of());
      }
    }
  }

  private Path write(Map<String, String> keys) throws Exception {
    StringBuilder yaml = new StringBuilder();
    keys.forEach((key, value) -> yaml.append(key).append(": ").append(value).append('\n'));
    return Files.writeString(directory.resolve("terminator.yaml"), yaml);
  }

  private static Set<String> keys() throws Exception {
    JsonNode schema =
        new ObjectMapper().readTree(Files.readString(DOCS.resolve("terminator.schema.json")));
    Set<String> keys = new TreeSet<>();
    schema.path("properties").fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  private static Set<String> excepted() throws Exception {
    Matcher sentence =
        Pattern.compile("take effect at the next start; the reload says so:\\s+([^.]+)\\.")
            .matcher(Files.readString(DOCS.resolve("configuration.md")));
    assertThat(sentence.find()).isTrue();
    Set<String> keys = new TreeSet<>();
    Pattern.compile("`([^`]+)`")
        .matcher(sentence.group(1))
        .results()
        .forEach(key -> keys.add(key.group(1)));
    return keys;
  }
}
