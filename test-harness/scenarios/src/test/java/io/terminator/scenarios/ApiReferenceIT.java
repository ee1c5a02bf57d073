package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * docs/api.md lists the operations of /openapi.json, and its commands work. {@code
 * -Dapi.reference.write=true} writes the generated part.
 */
class ApiReferenceIT {
  private static final Path PAGE = SourceTree.root().resolve("docs/api.md");
  private static final String GENERATED = "<!-- generated from /openapi.json -->\n";
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void thePageListsEveryOperation() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      JsonNode document = JSON.readTree(get(terminator.terminator().adminUrl() + "/openapi.json"));
      String page = Files.readString(PAGE);
      int generated = page.indexOf(GENERATED);
      assertThat(generated).as("the line " + GENERATED).isPositive();
      String expected = page.substring(0, generated) + GENERATED + reference(document);
      if (Boolean.getBoolean("api.reference.write")) {
        Files.writeString(PAGE, expected);
      }
      assertThat(Files.readString(PAGE))
          .as("run this test with -Dapi.reference.write=true")
          .isEqualTo(expected);
    }
  }

  @Test
  void itsCommandsWork() throws Exception {
    Processes.assumeAvailable("curl");
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      Matcher command = Pattern.compile("(?m)^curl (.*)$").matcher(Files.readString(PAGE));
      List<String> ran = new ArrayList<>();
      while (command.find()) {
        String line =
            "curl -sS -f "
                + command
                    .group(1)
                    .replace("http://127.0.0.1:9443", terminator.terminator().adminUrl())
                    .replace("terminator.yaml", terminator.directory() + "/terminator.yaml");
        try (RunningProcess curl = Processes.start("sh", "-c", line)) {
          assertThat(curl.awaitExit(Duration.ofSeconds(60))).as(line + curl.output()).isZero();
        }
        ran.add(line);
      }
      assertThat(ran).hasSizeGreaterThan(4);
    }
  }

  private static String reference(JsonNode document) {
    StringBuilder page = new StringBuilder("\n| Operation | Access | Meaning |\n|---|---|---|\n");
    StringBuilder details = new StringBuilder();
    for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
      for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
        JsonNode what = operation.getValue();
        String name = operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey();
        page.append("| `").append(name).append("` | ").append(what.path("x-access").asText());
        page.append(" | ").append(what.path("summary").asText()).append(" |\n");
        describe(details, name, what);
      }
    }
    return page.append(details).toString();
  }

  /** The parameters other than those of the path, and the types of the body, if there are any. */
  private static void describe(StringBuilder details, String name, JsonNode what) {
    StringBuilder rows = new StringBuilder();
    for (JsonNode parameter : what.path("parameters")) {
      if (!parameter.path("in").asText().equals("path")) {
        rows.append("| `").append(parameter.path("name").asText()).append("` | ");
        rows.append(parameter.path("in").asText()).append(" | ");
        rows.append(parameter.path("description").asText()).append(" |\n");
      }
    }
    List<String> bodies = new ArrayList<>();
    what.path("requestBody").path("content").fieldNames().forEachRemaining(bodies::add);
    if (rows.isEmpty() && bodies.isEmpty()) {
      return;
    }
    details.append("\n### `").append(name).append("`\n\n");
    details.append(what.path("summary").asText()).append(".\n");
    if (!rows.isEmpty()) {
      details.append("\n| Parameter | In | Meaning |\n|---|---|---|\n").append(rows);
    }
    if (!bodies.isEmpty()) {
      details.append("\nBody: `").append(String.join("`, `", bodies)).append("`.\n");
    }
  }

  private static String get(String url) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(30)).build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body();
  }
}
