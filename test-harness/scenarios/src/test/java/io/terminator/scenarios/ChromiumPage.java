package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** One page in {@link Chromium}: what a person does with it, and what it complained about. */
final class ChromiumPage implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Chromium browser;
  private final String target;
  private final String session;

  ChromiumPage(Chromium browser, String target, String session) {
    this.browser = browser;
    this.target = target;
    this.session = session;
    for (String domain : List.of("Page", "Runtime", "Log", "Network", "DOM", "Audits")) {
      send(domain + ".enable", Map.of());
    }
  }

  JsonNode send(String method, Map<String, ?> parameters) {
    return browser.send(session, method, parameters);
  }

  void go(String url) {
    JsonNode went = send("Page.navigate", Map.of("url", url));
    assertThat(went.path("errorText").asText()).as(url).isEmpty();
    await("loading " + url)
        .atMost(PATIENCE)
        .until(() -> evaluate("document.readyState").asText().equals("complete"));
  }

  void size(int width, int height) {
    send(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /** {@code light} or {@code dark}. */
  void prefer(String scheme) {
    send(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /** The value of an expression, or of the promise that it is. */
  JsonNode evaluate(String expression) {
    JsonNode answer =
        send(
            "Runtime.evaluate",
            Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
    if (answer.has("exceptionDetails")) {
      throw new AssertionError(expression + "\n" + answer.path("exceptionDetails"));
    }
    return answer.path("result").path("value");
  }

  void awaitTrue(String expression) {
    await(expression).atMost(PATIENCE).until(() -> evaluate(expression).asBoolean());
  }

  /** What a reader sees of the element with this id. */
  String text(String id) {
    return evaluate("document.getElementById('" + id + "').innerText").asText();
  }

  void awaitText(String id, String part) {
    await(part + " in #" + id)
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(text(id)).contains(part));
  }

  /** Focuses as a person would not, and types. */
  void type(String id, String text) {
    evaluate("document.getElementById('" + id + "').focus()");
    insert(text);
  }

  void insert(String text) {
    send("Input.insertText", Map.of("text", text));
  }

  void click(String id) {
    evaluate("document.getElementById('" + id + "').click()");
  }

  void choose(String fileInput, Path file) {
    int root = send("DOM.getDocument", Map.of()).path("root").path("nodeId").asInt();
    int node =
        send("DOM.querySelector", Map.of("nodeId", root, "selector", "#" + fileInput))
            .path("nodeId")
            .asInt();
    send("DOM.setFileInputFiles", Map.of("nodeId", node, "files", List.of(file.toString())));
  }

  void press(String key, int code) {
    Map<String, Object> down =
        new java.util.HashMap<>(
            Map.of("type", "keyDown", "key", key, "code", key, "windowsVirtualKeyCode", code));
    if (key.equals("Enter")) {
      down.put("text", "\r");
    }
    send("Input.dispatchKeyEvent", down);
    send(
        "Input.dispatchKeyEvent",
        Map.of("type", "keyUp", "key", key, "code", key, "windowsVirtualKeyCode", code));
  }

  /** The whole page as PNG. */
  void screenshot(Path file) throws IOException {
    JsonNode size = send("Page.getLayoutMetrics", Map.of()).path("cssContentSize");
    String png =
        send(
                "Page.captureScreenshot",
                Map.of(
                    "captureBeyondViewport",
                    true,
                    "clip",
                    Map.of(
                        "x", 0,
                        "y", 0,
                        "width", size.path("width").asDouble(),
                        "height", size.path("height").asDouble(),
                        "scale", 1)))
            .path("data")
            .asText();
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(png));
    System.out.println("screenshot " + file.toAbsolutePath());
  }

  /** Cookies of any site that this page's profile holds. */
  int cookies() {
    return send("Network.getCookies", Map.of()).path("cookies").size();
  }

  /** Every URL it has asked for. */
  List<String> requests() {
    return browser.events(session).stream()
        .filter(event -> event.method().equals("Network.requestWillBeSent"))
        .map(event -> event.parameters().path("request").path("url").asText())
        .toList();
  }

  /** Exceptions, console warnings and errors, failed loads, violations of the policy; answers with the status {@code expected} excepted. */
  List<String> complaints(int expected) {
    List<String> found = new ArrayList<>();
    for (Chromium.Event event : browser.events(session)) {
      JsonNode what = event.parameters();
      switch (event.method()) {
        case "Runtime.exceptionThrown", "Audits.issueAdded" -> found.add(what.toString());
        case "Runtime.consoleAPICalled" -> {
          if (List.of("error", "warning", "assert").contains(what.path("type").asText())) {
            found.add(what.toString());
          }
        }
        case "Log.entryAdded" -> {
          JsonNode entry = what.path("entry");
          if (!entry.path("text").asText().contains("status of 401 ")
              && !entry.path("text").asText().contains("status of " + expected + " ")) {
            found.add(entry.toString());
          }
        }
        default -> {
          // Of no interest here.
        }
      }
    }
    return found;
  }

  @Override
  public void close() {
    browser.send("", "Target.closeTarget", Map.of("targetId", target));
  }
}
