package io.terminator.admin.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.terminator.admin.config.format.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files within the limit of 1 MiB whose problems, all of them, would not fit into the heap. */
@Timeout(20)
class ManyProblemsTest {
  private static final String BACKENDS = "backends:\n  app: { servers: [\"127.0.0.1:8080\"] }\n";

  @TempDir Path directory;

  @BeforeEach
  void layOutFiles() throws IOException {
    Files.createDirectory(directory.resolve("certs"));
  }

  @Test
  void keepsTheFirstOnesInTheOrderOfTheFile() {
    String items = "x,".repeat(250_000);

    List<Problem> problems = problems("workers: few\nlisteners: [" + items + "]\n" + BACKENDS);

    assertThat(problems).hasSize(101);
    assertThat(problems.get(0).path()).isEqualTo("workers");
    assertThat(problems.subList(1, 100))
        .extracting(Problem::path)
        .containsExactlyElementsOf(
            IntStream.range(0, 99).mapToObj(i -> "listeners[" + i + "]").toList());
    assertThat(problems.get(100))
        .hasToString("t.yaml: has more than 100 problems; correct these first");
  }

  @Test
  void saysNothingOfMoreWhereThereAreNone() {
    List<Problem> problems = problems("listeners: [" + "x,".repeat(100) + "]\n" + BACKENDS);

    assertThat(problems).hasSize(100).allMatch(problem -> problem.path().startsWith("listeners["));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void isBounded(String what, String content) {
    List<Problem> problems = problems(content);

    assertThat(problems).hasSize(101);
    assertThat(problems.get(100).finding()).isEqualTo("has more than 100 problems");
    assertThat(problems.toString().length()).isLessThan(500_000);
  }

  static Stream<Arguments> isBounded() {
    String listener =
        "listeners:\n- { name: web, bind: \":8443\", certificates: certs, backend: app,"
            + " limits: { allow: [%s], deny: [0.0.0.0/0] } }\n";
    String networks =
        IntStream.range(0, 50_000)
            .mapToObj(i -> "10." + i / 250 + "." + i % 250 + ".0/24,")
            .collect(Collectors.joining());
    return Stream.of(
        arguments("unknown keys", lines(60_000, "key%d: 1\n") + BACKENDS),
        arguments("entries of a map", "backends:\n" + lines(60_000, "  b%d: 1\n")),
        arguments("lines with tabs", "a: 1\n" + "\tb: 1\n".repeat(100_000)),
        arguments("networks that are denied", listener.formatted(networks) + BACKENDS),
        arguments(
            "long names",
            listeners(200)
                + "backends:\n"
                + "  ? "
                + "x".repeat(900_000)
                + "\n  : { servers: [] }\n"));
  }

  @Test
  void aReferenceListsTwentyNamesAndTheNumberOfTheOthers() {
    String backends = lines(5_000, "  b%d: { servers: [\"127.0.0.1:8080\"] }\n");

    List<Problem> problems = problems(listeners(1) + "backends:\n" + backends);

    assertThat(problems)
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.finding()).isEqualTo("there is no backend named \"none\"");
              assertThat(problem.expected()).startsWith("b0, b1, b10, ");
              assertThat(problem.expected()).endsWith(" or one of 4980 more");
            });
  }

  /** They name a backend that does not exist. */
  private static String listeners(int count) {
    return "listeners:\n"
        + lines(
            count,
            "- { name: w%1$d, bind: \"127.0.0.1:1%1$d\", certificates: certs, backend: none }\n");
  }

  private static String lines(int count, String line) {
    return IntStream.range(0, count).mapToObj(i -> line.formatted(i)).collect(Collectors.joining());
  }

  private List<Problem> problems(String content) {
    ConfigProblems problems =
        catchThrowableOfType(
            ConfigProblems.class,
            () ->
                new ConfigFile(Map.of())
                    .read("t.yaml", directory, content.getBytes(StandardCharsets.UTF_8)));
    assertThat(problems).as("problems of the file").isNotNull();
    return problems.problems();
  }
}
