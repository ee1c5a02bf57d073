package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.EchoBackend;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard's files over HTTP; {@link DashboardIT} tests them in a browser. */
class DashboardFilesIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Pattern NAMED_BY_PAGE = Pattern.compile("(?:src|href)=\"([^\"#]+)\"");
  private static final Pattern NAMED_BY_SCRIPT = Pattern.compile("from \"\\./([^\"]+)\"");

  @TempDir private static Path files;

  private static EchoBackend backend;
  private static RunningTerminator terminator;

  @BeforeAll
  static void start() throws Exception {
    Path token = Files.writeString(files.resolve("token"), "a-token-that-nobody-guesses");
    backend = EchoBackend.start();
    terminator =
        RunningTerminator.before(
            backend.address(),
            "",
            "workers: 1\nadmin: { bind: \"127.0.0.1:0\", token-file: \"" + token + "\" }\n");
  }

  @AfterAll
  static void stop() {
    terminator.close();
    backend.close();
  }

  @Test
  void thePageAndEverythingItNamesIsServedToAnyone() throws Exception {
    Map<String, HttpResponse<String>> served = all();
    assertThat(served.keySet())
        .contains("", "dashboard/main.js", "dashboard/api.js", "dashboard/dashboard.css")
        .contains("dashboard/uPlot.iife.min.js", "dashboard/uPlot.min.css", "dashboard/icon.svg");
    served.forEach(
        (path, response) -> {
          assertThat(response.statusCode()).as(path).isEqualTo(200);
          assertThat(header(response, "content-type")).as(path).isEqualTo(type(path));
          assertThat(header(response, "x-content-type-options")).as(path).isEqualTo("nosniff");
          assertThat(header(response, "referrer-policy")).as(path).isEqualTo("no-referrer");
          assertThat(header(response, "cache-control")).as(path).isEqualTo("no-store");
          assertThat(header(response, "content-security-policy").split("; ?"))
              .as(path)
              .contains(
                  "default-src 'none'",
                  "script-src 'self'",
                  "style-src 'self'",
                  "connect-src 'self'",
                  "img-src 'self' data:",
                  "frame-ancestors 'none'",
                  "base-uri 'none'",
                  "form-action 'none'",
                  "require-trusted-types-for 'script'");
        });
    assertThat(send("GET", "v1/status").statusCode()).as("what it shows").isEqualTo(401);
  }

  @Test
  void nothingInItLeadsElsewhereOrRunsText() throws Exception {
    Map<String, HttpResponse<String>> served = all();
    served.forEach(
        (path, response) -> {
          String content = response.body();
          if (!path.startsWith("dashboard/uPlot")) {
            assertThat(content.replace("http://www.w3.org/2000/svg", ""))
                .as(path)
                .doesNotContain("://", "src=\"//", "url(")
                .doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write")
                .doesNotContain("eval(", "localStorage", "sessionStorage", "document.cookie");
          }
        });
    assertThat(served.get("").body())
        .doesNotContain("<style", " style=", "javascript:")
        .doesNotContainPattern(" on[a-z]+=")
        .doesNotContainPattern("<script(?![^>]* src=)");
  }

  @Test
  void headAndWrongMethodsAndPathsAreAnsweredAsElsewhere() throws Exception {
    HttpResponse<String> whole = send("GET", "");
    HttpResponse<String> head = send("HEAD", "");
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(header(head, "content-length")).isEqualTo(header(whole, "content-length"));
    assertThat(header(head, "content-security-policy"))
        .isEqualTo(header(whole, "content-security-policy"));

    for (String absent :
        new String[] {"dashboard/absent.js", "dashboard/..%2Findex.html", "dashboard/%00"}) {
      HttpResponse<String> response = send("GET", absent);
      assertThat(response.statusCode()).as(absent).isEqualTo(404);
      assertThat(response.body()).as(absent).contains("expected one of", "main.js");
    }
    assertThat(send("GET", "dashboard/").statusCode()).isEqualTo(404);
    assertThat(send("GET", "index.html").statusCode()).isEqualTo(404);
    assertThat(send("POST", "").statusCode()).isEqualTo(405);
    assertThat(send("PUT", "dashboard/main.js").statusCode()).isEqualTo(405);
  }

  /** The page, the files that it names, and their imports, by path. */
  private static Map<String, HttpResponse<String>> all() throws Exception {
    Map<String, HttpResponse<String>> served = new LinkedHashMap<>();
    Deque<String> wanted = new ArrayDeque<>();
    wanted.add("");
    while (!wanted.isEmpty()) {
      String path = wanted.remove();
      if (served.containsKey(path)) {
        continue;
      }
      HttpResponse<String> response = send("GET", path);
      served.put(path, response);
      Matcher named = (path.isEmpty() ? NAMED_BY_PAGE : NAMED_BY_SCRIPT).matcher(response.body());
      while (named.find()) {
        wanted.add((path.isEmpty() ? "" : "dashboard/") + named.group(1));
      }
    }
    return served;
  }

  private static String type(String path) {
    if (path.endsWith(".js")) {
      return "text/javascript; charset=utf-8";
    }
    if (path.endsWith(".css")) {
      return "text/css; charset=utf-8";
    }
    return path.endsWith(".svg") ? "image/svg+xml" : "text/html; charset=utf-8";
  }

  private static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static HttpResponse<String> send(String method, String path) throws Exception {
    int port = terminator.terminator().adminAddress().getPort();
    return HTTP.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/" + path))
            .method(method, BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
