package io.terminator.scenarios;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A headless browser with a fresh profile, driven by its DevTools protocol over a WebSocket. */
final class Chromium implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path profile;
  private final RunningProcess process;
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private final AtomicInteger ids = new AtomicInteger();
  private final WebSocket socket;

  /** An event from the browser; {@code session} is the page's. */
  record Event(String session, String method, JsonNode parameters) {}

  /**
   * Starts a browser that trusts certificates with that key from any issuer. Skips the test if no
   * such browser is installed, except in CI.
   */
  static Chromium start(PublicKey trusted) {
    String program = Processes.assumeAvailable("chromium").toString();
    try {
      return new Chromium(program, trusted, Files.createTempDirectory("terminator-chromium"));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private Chromium(String program, PublicKey trusted, Path profile) {
    this.profile = profile;
    // Without its sandbox, since tests run as root; it opens our own page alone.
    process =
        Processes.start(
            program,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-extensions",
            "--disable-sync",
            "--hide-scrollbars",
            "--no-first-run",
            "--no-default-browser-check",
            "--password-store=basic",
            "--remote-debugging-port=0",
            "--ignore-certificate-errors-spki-list=" + hash(trusted),
            "--user-data-dir=" + profile,
            "about:blank");
    try {
      URI address =
          URI.create(process.awaitLine("DevTools listening on (ws://\\S+)", PATIENCE).group(1));
      socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .connectTimeout(PATIENCE)
              .buildAsync(address, new Reader())
              .join();
    } catch (RuntimeException | Error failure) {
      process.close();
      delete();
      throw failure;
    }
  }

  private static String hash(PublicKey key) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** A new page that shares no storage with other pages. */
  ChromiumPage open() {
    String context =
        send("", "Target.createBrowserContext", Map.of()).path("browserContextId").asText();
    String target =
        send("", "Target.createTarget", Map.of("url", "about:blank", "browserContextId", context))
            .path("targetId")
            .asText();
    String session =
        send("", "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .path("sessionId")
            .asText();
    return new ChromiumPage(this, target, session);
  }

  /** Sends a command and waits for its result; a protocol error fails the test. */
  JsonNode send(String session, String method, Map<String, ?> parameters) {
    int id = ids.incrementAndGet();
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("id", id);
    message.put("method", method);
    message.put("params", parameters);
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    try {
      socket.sendText(JSON.writeValueAsString(message), true).get(10, TimeUnit.SECONDS);
      JsonNode result = answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (result.has("error")) {
        throw new AssertionError(method + ": " + result.path("error"));
      }
      return result.path("result");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    } catch (IOException | ExecutionException | TimeoutException failure) {
      throw new AssertionError(
          method + ": no answer from the browser\n" + process.output(), failure);
    }
  }

  List<Event> events(String session) {
    return events.stream().filter(event -> event.session().equals(session)).toList();
  }

  private final class Reader implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean isLast) {
      text.append(part);
      if (isLast) {
        receive(text.toString());
        text.setLength(0);
      }
      from.request(1);
      return null;
    }

    private void receive(String message) {
      try {
        JsonNode node = JSON.readTree(message);
        if (node.has("id")) {
          CompletableFuture<JsonNode> answer = waiting.remove(node.path("id").asInt());
          if (answer != null) {
            answer.complete(node);
          }
        } else {
          events.add(
              new Event(
                  node.path("sessionId").asText(),
                  node.path("method").asText(),
                  node.path("params")));
        }
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
    }
  }

  @Override
  public void close() {
    try {
      send("", "Browser.close", Map.of());
      process.awaitExit(PATIENCE);
    } finally {
      socket.abort();
      process.close();
      delete();
    }
  }

  private void delete() {
    try (Stream<Path> all = Files.walk(profile)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException leftToTheSystem) {
      // A temporary directory that a helper process of the browser may still write to.
    }
  }
}
