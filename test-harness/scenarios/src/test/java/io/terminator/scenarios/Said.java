package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.Secrecy;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Everything that the appliances of all scenarios output: log lines with stack traces, access logs,
 * output of processes, metrics and API responses. None may contain a key that a test created, or
 * the content of a configured token or secret file. Each scenario checks this when it closes its
 * appliance.
 */
final class Said {
  private static final Pattern SECRET_FILE =
      Pattern.compile("(?:token|secret|password)-file: \"?([^\\s,}\"]+)");
  private static final List<String> VIEWS =
      List.of(
          "/metrics",
          "/readyz",
          "/v1/status",
          "/v1/workers",
          "/v1/log",
          "/v1/certificates",
          "/v1/acme",
          "/v1/connections",
          "/v1/backends",
          "/v1/handshake-failures");
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private static final ConcurrentLinkedQueue<String> LINES = new ConcurrentLinkedQueue<>();
  private static final Handler HANDLER = new Listening();

  private Said() {}

  /** Records every log line of this JVM from now on; further calls do nothing. */
  static void listen() {
    Logger root = Logger.getLogger("");
    root.removeHandler(HANDLER);
    root.addHandler(HANDLER);
  }

  /**
   * Fails if a log line since the last check, or a response of the API at {@code url}, contains a
   * secret.
   */
  static void byApi(String url) {
    // One that wants TLS or listens on a unix socket has scenarios of its own.
    if (url.startsWith("http://")) {
      for (String view : VIEWS) {
        check(view, answer(url + view));
      }
    }
    for (String line = LINES.poll(); line != null; line = LINES.poll()) {
      check("a log line", line);
    }
  }

  /** Fails if the access log in the directory contains a secret that its configuration names. */
  static void inLog(Path directory) {
    keepNamedIn(directory);
    Path log = directory.resolve("access.log");
    if (Files.isRegularFile(log)) {
      check("the access log", text(log));
    }
  }

  static void byProcess(RunningProcess process, Path directory) {
    inLog(directory);
    check("the output", process.output());
  }

  private static void check(String what, String text) {
    assertThat(Secrecy.foundIn(text)).as("a secret in " + what).isEmpty();
  }

  private static void keepNamedIn(Path directory) {
    Path config = directory.resolve("terminator.yaml");
    if (!Files.isRegularFile(config)) {
      return;
    }
    SECRET_FILE
        .matcher(text(config))
        .results()
        .map(found -> directory.resolve(found.group(1)))
        .filter(Files::isRegularFile)
        .map(Said::text)
        .flatMap(String::lines)
        .filter(line -> line.strip().length() >= 16)
        .forEach(Secrecy::keep);
  }

  private static String text(Path file) {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      StringBuilder text = new StringBuilder();
      lines.forEach(line -> text.append(line).append('\n'));
      return text.toString();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Empty if the scenario has stopped the API. */
  private static String answer(String url) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(5)).build();
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException unreachable) {
      return "";
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private static final class Listening extends Handler {
    @Override
    public void publish(LogRecord line) {
      StringWriter text = new StringWriter();
      text.append(String.valueOf(line.getMessage()));
      if (line.getParameters() != null) {
        text.append(List.of(line.getParameters()).toString());
      }
      if (line.getThrown() != null) {
        line.getThrown().printStackTrace(new PrintWriter(text, true));
      }
      LINES.add(text.toString());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
