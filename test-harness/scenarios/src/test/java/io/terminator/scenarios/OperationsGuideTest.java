package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.admin.config.ConfigFile;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import io.terminator.testkit.TestCa;
import io.terminator.tls.failure.FailureLabels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * docs/operations.md has a section for every alert and every label in metrics and log, and no
 * section for anything else.
 */
class OperationsGuideTest {
  private static final Path ROOT = SourceTree.root();
  private static final String GUIDE = read("docs/operations.md");

  @Test
  void everyAlertHasItsSection() {
    List<String> alerts = found("- alert: (\\w+)", read("docker/prometheus/alerts.yml"));
    assertThat(alerts).hasSizeGreaterThan(8);
    assertThat(sections("Alerts")).containsExactlyInAnyOrderElementsOf(alerts);
    for (String alert : alerts) {
      assertThat(read("docker/prometheus/alerts.yml"))
          .contains("runbook_url: \"docs/operations.md#" + alert.toLowerCase() + '"');
    }
  }

  @Test
  void everyCloseReasonHasItsSection() {
    assertThat(sections("Why a connection ended"))
        .as("write what a new close reason means and what to do, in docs/operations.md")
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(CloseReason.values()).map(CloseReason::label).toList());
  }

  @Test
  void theTableOfCloseReasonsIsTheEnum() {
    List<String> rows =
        Stream.of(CloseReason.values())
            .map(
                reason ->
                    "| [%s](#%s) | %s | %s | %s |"
                        .formatted(
                            reason.label(),
                            reason.label(),
                            reason.blame().label(),
                            switch (reason.ending()) {
                              case FINISH -> "FIN";
                              case LINGER -> "alert or answer, then FIN";
                              case RESET -> "RST";
                              case ABORT -> "RST at once";
                            },
                            reason.isLogged(Phase.ACCEPT)
                                ? "yes"
                                : reason.isLogged(Phase.RELAY) ? "after the handshake" : "no"))
            .toList();
    assertThat(found("(?m)^(\\| \\[\\w+\\]\\(#.*\\|)$", GUIDE))
        .as("the table in docs/operations.md, one row per close reason")
        .containsExactlyElementsOf(rows);
  }

  @Test
  void everyCloseReasonHasItsPhaseInTheArchitecture() {
    assertThat(read("docs/architecture.md"))
        .contains(
            Stream.of(CloseReason.values()).map(reason -> "`" + reason.label() + "`").toList());
  }

  @Test
  void everyHandshakeFailureHasItsSection() {
    assertThat(sections("Why a handshake failed"))
        .as("write what a new handshake failure means and what to do, in docs/operations.md")
        .containsExactlyInAnyOrderElementsOf(FailureLabels.all());
  }

  @Test
  void everySectionSaysSomething() {
    for (String section : GUIDE.split("\n### ")) {
      String body = section.substring(section.indexOf('\n')).strip();
      assertThat(body).as(section).hasSizeGreaterThan(30);
    }
  }

  @Test
  void theConfigurationsInItAreOnesThatAStartWouldTake() throws Exception {
    Path directory = Files.createTempDirectory("terminator-guide");
    TestCa.create()
        .server("localhost")
        .writeTo(Files.createDirectory(directory.resolve("certs")), "localhost");
    List<String> configs = found("(?s)```yaml\n(.*?)```", GUIDE);
    assertThat(configs).isNotEmpty();
    for (String config : configs) {
      assertThat(
              new ConfigFile(Map.of())
                  .read("guide.yaml", directory, config.getBytes(StandardCharsets.UTF_8))
                  .config()
                  .services())
          .isNotEmpty();
    }
  }

  private static List<String> sections(String chapter) {
    int start = GUIDE.indexOf("\n## " + chapter + "\n");
    assertThat(start).as("chapter " + chapter).isPositive();
    int end = GUIDE.indexOf("\n## ", start + 1);
    return found(
        "(?m)^### (\\w+)$", end < 0 ? GUIDE.substring(start) : GUIDE.substring(start, end));
  }

  private static List<String> found(String regex, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile(regex).matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  private static String read(String file) {
    try {
      return Files.readString(ROOT.resolve(file));
    } catch (IOException missing) {
      throw new java.io.UncheckedIOException(missing);
    }
  }
}
