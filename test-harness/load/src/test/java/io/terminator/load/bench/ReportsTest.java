package io.terminator.load.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.load.measure.Sample;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportsTest {
  @TempDir private Path directory;

  @Test
  void goalsAreJudgedByThePackagedPeersAndShownBesideTheStrongest() {
    String report = new MarkdownReport(result()).write();

    assertThat(report)
        .contains(
            "| full handshake, ECDSA P-256, TLS 1.3 | terminator | nginx | **0.500** | 0.720 |"
                + " 0.800 | 0.550 |")
        .contains(
            "| resumed, TLS 1.3 | terminator | nginx | **0.900** (misses) | 0.750 | not measured |"
                + " 0.550 |")
        .contains("| hitch | void |")
        .contains("- hitch: wrong bytes")
        .contains("- command: bench --rounds 2");
  }

  @Test
  void theFloorIsHaproxyWithoutTlsAndMemoryStandsForItself() {
    String report = new MarkdownReport(result()).write();

    assertThat(report)
        .contains(
            "| download, beside haproxy relaying plain TCP | terminator | haproxy-64k (plain) |"
                + " **1.25** (misses) | 1.20 | | 1.05 |")
        .contains("| memory without connections | terminator | 70.0 MiB | under 80 MiB |");
  }

  @Test
  void jsonHoldsEverySample() throws IOException {
    Path file = directory.resolve("deep/result.json");
    new JsonReport(result()).writeTo(file);

    JsonNode json = new ObjectMapper().readTree(file.toFile());
    assertThat(json.at("/samples")).hasSize(result().samples().size());
    assertThat(json.at("/phases/0/best-peer").asText()).isEqualTo("haproxy3");
    assertThat(json.at("/phases/0/best-packaged-peer").asText()).isEqualTo("nginx");
    assertThat(json.at("/phases/0/targets/terminator/median").asDouble()).isEqualTo(0.4);
    assertThat(json.at("/phases/0/targets/hitch/problems/0").asText()).isEqualTo("wrong bytes");
    assertThat(json.at("/phases/0/targets/hitch").has("median")).isFalse();
  }

  @Test
  void aRecordReplacesOnlyWhatIsGenerated() {
    String page = "before\n" + Record.BEGIN + "\nold\n" + Record.END + "\nafter\n";

    String replaced = Record.replaced(page, "| new |\n", "x.json");

    assertThat(replaced).startsWith("before\n").endsWith(Record.END + "\nafter\n");
    assertThat(replaced).contains("| new |").contains("results/x.json").doesNotContain("old");
    assertThat(Record.replaced(replaced, "| new |\n", "x.json")).isEqualTo(replaced);
    assertThatThrownBy(() -> Record.replaced("nothing", "x", "y")).hasMessageContaining("no place");
  }

  private static Result result() {
    List<Sample> samples = new ArrayList<>();
    for (int round = 1; round <= 2; round++) {
      samples.add(sample("hs13-ecdsa", "terminator", round, 0.4));
      samples.add(sample("hs13-ecdsa", "nginx", round, 0.8));
      samples.add(sample("hs13-ecdsa", "haproxy3", round, 0.5));
      samples.add(sample("res13", "terminator", round, 0.9));
      samples.add(sample("res13", "nginx", round, 1));
    }
    samples.add(Sample.failed("hs13-ecdsa", "hitch", 1, "wrong bytes"));
    samples.add(sample("down", "terminator", 1, 0.5));
    samples.add(sample("plain-down", "nginx", 1, 0.1));
    samples.add(sample("plain-down", "haproxy", 1, 0.45));
    samples.add(sample("plain-down", "haproxy-64k", 1, 0.4));
    samples.add(new Sample("mem", "terminator", 1, 9, Map.of("base-MiB", 70.0), List.of()));
    return new Result(
        Map.of("command", "bench --rounds 2"),
        new Plan(2, 1, Duration.ofSeconds(1), Duration.ofSeconds(1), false),
        Phases.all(),
        Set.of("nginx", "haproxy", "haproxy-64k", "haproxy3", "hitch"),
        Map.of(),
        List.of(),
        samples);
  }

  private static Sample sample(String phase, String target, int round, double figure) {
    return new Sample(phase, target, round, figure, Map.of("rate", 10.0), List.of());
  }
}
