package io.terminator.admin.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.terminator.admin.config.format.Mentions;
import io.terminator.admin.config.format.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A configuration from a caller without the right to read files and variables of this machine. */
class CandidateTest {
  private static final String SECRET = "a-secret-of-the-environment";

  private static final String BASE =
      """
      listeners:
        - name: web
          bind: "127.0.0.1:8443"
          certificates: certs/
          backend: app
      backends:
        app:
          servers: ["127.0.0.1:8080"]
      """;

  @TempDir Path directory;

  /** Each names "target" once, in its own key. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "certificates: certs/ -> certificates: target",
        "certificates: certs/ -> certificates: [{ chain: target, key: certs }]",
        "certificates: certs/ -> certificates: [{ chain: certs, key: target }]",
        "backend: app -> backend: app\n    limits: { deny-file: target }",
        "backend: app -> backend: app\n    limits: { allow-file: target }",
        "backend: app -> backend: app\n    tls: { client-certificates: { ca: target } }",
        "backend: app -> backend: app\n    tls: { client-certificates: { ca: certs, crl: [target] } }",
        "[\"127.0.0.1:8080\"] -> [\"127.0.0.1:8080\"]\n    tls: { ca: target }",
        "[\"127.0.0.1:8080\"] -> [\"127.0.0.1:8080\"]\n    tls: { certificate: target, key: certs }",
        "[\"127.0.0.1:8080\"] -> [\"127.0.0.1:8080\"]\n    tls: { certificate: certs, key: target }",
        "listeners: -> admin: { token-file: target }\nlisteners:",
        "listeners: -> admin: { token-file: certs, read-only-token-file: target }\nlisteners:",
        "listeners: -> admin: { tls: { certificate: target, key: certs } }\nlisteners:",
        "listeners: -> admin: { tls: { certificate: certs, key: target } }\nlisteners:",
        "listeners: -> admin: { tls: { certificate: certs, key: certs, client-ca: target, client-auth: optional } }\nlisteners:",
        "listeners: -> state-dir: target\nlisteners:",
        "listeners: -> state-secret-file: target\nlisteners:",
        "listeners: -> tickets: { secret-file: target }\nlisteners:",
        "listeners: -> key-log: { file: target, sources: [192.0.2.7/32] }\nlisteners:",
        "listeners: -> log: { access: ./target }\nlisteners:",
        "listeners: -> log: { access: \"syslog:/target\" }\nlisteners:",
        "listeners: -> http: { bind: \":80\", challenges: target }\nlisteners:",
      })
  void saysTheSameOfAPathWhateverIsThere(String change) throws IOException {
    String[] parts = change.split(" -> ", 2);
    String candidate = BASE.replace(parts[0], parts[1]);
    Mentions bounds = new Mentions(Set.of(directory.resolve("certs")), Set.of());
    Path target = directory.resolve("target");

    List<Problem> missing = problems(candidate, Map.of(), bounds);
    Files.writeString(target, SECRET);
    List<Problem> file = problems(candidate, Map.of(), bounds);
    Files.delete(target);
    Files.createDirectory(target);
    List<Problem> folder = problems(candidate, Map.of(), bounds);

    assertThat(missing)
        .anySatisfy(
            problem ->
                assertThat(problem.finding())
                    .contains("target")
                    .contains("is not a path that the running configuration names"));
    assertThat(file).isEqualTo(missing);
    assertThat(folder).isEqualTo(missing);
  }

  @Test
  void mayNameWhatTheRunningConfigurationNames() throws Exception {
    Files.createDirectory(directory.resolve("certs"));
    String running = BASE + "memory: { frames: \"${FRAMES}\" }\n";
    Map<String, String> environment = Map.of("FRAMES", "96MiB", "OTHER", "96MiB");
    ConfigFile reader = new ConfigFile(environment);
    ConfigFile.Loaded loaded = reader.read("t.yaml", directory, bytes(running));

    assertThat(loaded.mentions())
        .isEqualTo(new Mentions(Set.of(directory.resolve("certs")), Set.of("FRAMES")));
    String candidate = running.replace("name: web", "name: shop");
    assertThat(
            reader
                .read("t.yaml", directory, bytes(candidate), loaded.mentions())
                .config()
                .services())
        .hasSize(1);
    String other = running.replace("FRAMES", "OTHER");
    assertThat(problems(other, environment, loaded.mentions()))
        .singleElement()
        .satisfies(
            problem ->
                assertThat(problem.finding()).isEqualTo("the running configuration has no OTHER"));
  }

  @Test
  void doesNotTellWhetherAVariableIsSet() {
    String candidate = BASE + "workers: \"${NAME:-2}\"\n";

    assertThat(problems(candidate, Map.of("NAME", SECRET), Mentions.NONE))
        .isEqualTo(problems(candidate, Map.of(), Mentions.NONE))
        .isNotEmpty();
  }

  /**
   * In every kind of key; the value of a variable is never quoted, not even as part of a longer
   * text.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "certificates: certs/ -> certificates: \"${NAME}\"",
        "certificates: certs/ -> certificates: \"../${NAME}/x\"",
        "backend: app -> backend: \"${NAME}\"",
        "bind: \"127.0.0.1:8443\" -> bind: \"${NAME}\"",
        "bind: \"127.0.0.1:8443\" -> bind: \"${NAME}:99999\"",
        "backend: app -> backend: app\n    deadlines: { idle: \"${NAME}\" }",
        "backend: app -> backend: app\n    limits: { deny-file: \"${NAME}\" }",
        "backend: app -> backend: app\n    limits: { deny: [\"${NAME}\"] }",
        "backend: app -> backend: app\n    limits: { connections: \"${NAME}\" }",
        "backend: app -> backend: app\n    tls: \"${NAME}\"",
        "backend: app -> backend: app\n    relay: { high-water: \"${NAME}\" }",
        "backend: app -> backend: app\n    routes: [{ sni: [\"${NAME}\", \"${NAME}\"], backend: app }]",
        "[\"127.0.0.1:8080\"] -> [\"${NAME}\"]",
        "[\"127.0.0.1:8080\"] -> [\"${NAME}:1\", \"${NAME}:1\"]",
        "name: web -> name: \"${NAME}\"\n    wrong: true",
        "listeners: -> admin: { bind: \"${NAME}:1\" }\nlisteners:",
        "listeners: -> log: { access: \"${NAME}\" }\nlisteners:",
        "listeners: -> workers: \"${NAME}\"\nlisteners:",
        "listeners: -> workers: \"pre ${NAME} post\"\nlisteners:",
      })
  void neverQuotesWhatAVariableSays(String change) {
    String[] parts = change.split(" -> ", 2);
    String candidate = BASE.replace(parts[0], parts[1]);

    for (String value :
        List.of(SECRET, "/" + SECRET, SECRET.repeat(5), "60", "PT1S", "1.2.3.4/99")) {
      List<Problem> problems = problems(candidate, Map.of("NAME", value), null);

      assertThat(problems).isNotEmpty();
      assertThat(problems.toString()).doesNotContain('"' + value + '"');
      if (value.length() > 2) {
        assertThat(problems.toString()).doesNotContainIgnoringCase(value.substring(0, 4));
      }
    }
  }

  private List<Problem> problems(
      String content,
      Map<String, String> environment,
      @org.jspecify.annotations.Nullable Mentions bounds) {
    return catchThrowableOfType(
            ConfigProblems.class,
            () -> new ConfigFile(environment).read("t.yaml", directory, bytes(content), bounds))
        .problems();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
