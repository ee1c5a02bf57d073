package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/metrics.md has a row for every metric of Terminator, and no other row. */
class MetricsReferenceIT {
  private static final Path PAGE = SourceTree.root().resolve("docs/metrics.md");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `terminator_.*$");
  private static final Pattern LINE = Pattern.compile("(?m)^# (HELP|TYPE) (\\w+) (.*)$");

  @TempDir Path directory;

  @Test
  void theTableIsWhatAScrapeDescribes() throws Exception {
    TestCa ca = TestCa.create();
    try (EchoBackend backend = EchoBackend.start();
        // What some metrics appear with: HTTP, a route, a key log, spans.
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", ca.server("localhost")),
                """
                key-log: { file: "%s", sources: [127.0.0.2/32] }
                tracing: { endpoint: "http://127.0.0.1:9" }
                listeners:
                  - name: web
                    bind: "127.0.0.1:0"
                    certificates: certs/
                    http: { protocols: [h2, http/1.1] }
                    backend: app
                    routes:
                      - { path: /, respond: { status: 204 } }
                backends:
                  app: { servers: ["127.0.0.1:%d"] }
                """
                    .formatted(directory.resolve("keys.log"), backend.address().getPort()))) {
      // Metrics of requests begin with the first connection with HTTP, or the first refusal.
      try (H2Client client =
          H2Client.over(terminator.client().alpn("h2").connect(terminator.address())).begin()) {
        client.get(1, "/");
        client.response(1);
      }
      try (TlsConnection client =
          terminator.client().alpn("http/1.1").connect(terminator.address())) {
        client.write("nonsense\r\n\r\n");
        client.readUntil("\r\n\r\n");
      }
      String scrape = terminator.metrics();
      Map<String, String> types = described(scrape, "TYPE");
      Map<String, String> help = described(scrape, "HELP");
      assertThat(help).containsOnlyKeys(types.keySet());
      assertThat(help.keySet())
          .allMatch(name -> name.matches("(terminator|jvm|process|netty|system)_.*"));
      help.keySet().removeIf(name -> !name.startsWith("terminator_"));
      List<String> rows =
          help.entrySet().stream()
              .map(each -> row(each.getKey(), types.get(each.getKey()), each.getValue()))
              .toList();
      assertThat(ROW.matcher(Files.readString(PAGE)).results().map(MatchResult::group).toList())
          .as("the rows of docs/metrics.md; what they should be:\n%s", String.join("\n", rows))
          .containsExactlyElementsOf(rows);
    }
  }

  private static Map<String, String> described(String scrape, String what) {
    Map<String, String> found = new TreeMap<>();
    LINE.matcher(scrape)
        .results()
        .filter(line -> line.group(1).equals(what))
        .forEach(line -> found.put(line.group(2), line.group(3)));
    return found;
  }

  private static String row(String name, String type, String help) {
    return "| `" + name + "` | " + type + " | " + help.replace("|", "\\|") + " |";
  }
}
