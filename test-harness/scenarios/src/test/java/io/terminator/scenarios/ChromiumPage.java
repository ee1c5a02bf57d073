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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A page in {@link Chromium}: user actions, and the errors that it reported. */
final class ChromiumPage implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Chromium browser;
  private final String target;
  private final String session;
  private int told;

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

  void online(boolean online) {
    send(
        "Network.emulateNetworkConditions",
        Map.of("offline", !online, "latency", 0, "downloadThroughput", -1, "uploadThroughput", -1));
  }

  /** Evaluates an expression; if it is a promise, returns the promise's value. */
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

  /** The visible text of the element with this ID. */
  String text(String id) {
    return evaluate("document.getElementById('" + id + "').innerText").asText();
  }

  void awaitText(String id, String part) {
    await(part + " in #" + id)
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(text(id)).contains(part));
  }

  /** Focuses the element by script, and types. */
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
    press(key, code, 0);
  }

  /** {@code modifiers} is the protocol's bit mask: 1 alt, 2 control, 4 meta, 8 shift. */
  void press(String key, int code, int modifiers) {
    for (String type : List.of("keyDown", "keyUp")) {
      Map<String, Object> event = new HashMap<>();
      event.put("type", type);
      event.put("key", key);
      event.put("code", key);
      event.put("windowsVirtualKeyCode", code);
      event.put("modifiers", modifiers);
      if (key.equals("Enter") && type.equals("keyDown")) {
        event.put("text", "\r");
      }
      send("Input.dispatchKeyEvent", event);
    }
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

  /** The cookies of all sites in this page's profile. */
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

  /**
   * New exceptions, console warnings and errors, failed loads and policy violations, except the
   * request for a token and anything that contains {@code expected}.
   */
  List<String> complaints(String expected) {
    List<String> found = new ArrayList<>();
    List<Chromium.Event> events = browser.events(session);
    List<Chromium.Event> since = events.subList(told, events.size());
    told = events.size();
    for (Chromium.Event event : since) {
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
          String text = entry.path("text").asText();
          if (!text.contains("status of 401 ")
              && (expected.isEmpty() || !text.contains(expected))) {
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
