package io.terminator.load.generator;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs {@code h2load} of nghttp2, the generator of the HTTP phases, which checks status and length
 * of every response. {@code pinned} adds the cores to its command.
 */
public record H2Load(UnaryOperator<List<String>> pinned) {
  private static final long PATIENCE_SECONDS = 300;
  private static final Pattern DONE =
      Pattern.compile("requests: (\\d+) total, .* (\\d+) succeeded, (\\d+) failed, (\\d+) errored");
  private static final Pattern GOOD = Pattern.compile("status codes: (\\d+) 2xx");
  private static final Pattern DATA = Pattern.compile("\\((\\d+)\\) data");

  /** The result of a run: responses with status 2xx, bytes of bodies, and what went wrong. */
  public record Answers(long responses, long bodyBytes, List<String> problems) {
    public Answers {
      problems = List.copyOf(problems);
    }

    /** Both runs together. */
    public Answers and(Answers other) {
      List<String> both = new ArrayList<>(problems);
      both.addAll(other.problems);
      return new Answers(responses + other.responses, bodyBytes + other.bodyBytes, both);
    }
  }

  /** Runs to the end. */
  public Answers run(List<String> options, String url) throws IOException {
    String said = output(options, url);
    Matcher done = DONE.matcher(said);
    Matcher good = GOOD.matcher(said);
    Matcher data = DATA.matcher(said);
    if (!done.find() || !good.find() || !data.find()) {
      return new Answers(0, 0, List.of("h2load: " + said.strip().replace('\n', ' ')));
    }
    boolean isWhole = done.group(1).equals(done.group(2)) && done.group(1).equals(good.group(1));
    return new Answers(
        Long.parseLong(good.group(1)),
        Long.parseLong(data.group(1)),
        isWhole ? List.of() : List.of(done.group() + ", " + good.group()));
  }

  /** What it says about one request: protocol, cipher, group and ALPN among other things. */
  public String output(List<String> options, String url) throws IOException {
    Process process = start(options, url);
    try {
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("h2load does not end: " + said);
      }
      return said;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Starts it; the caller ends it. Its output is a pipe. */
  public Process start(List<String> options, String url) throws IOException {
    List<String> command = new ArrayList<>(List.of("h2load"));
    command.addAll(options);
    command.add(url);
    return new ProcessBuilder(pinned.apply(command)).redirectErrorStream(true).start();
  }
}
