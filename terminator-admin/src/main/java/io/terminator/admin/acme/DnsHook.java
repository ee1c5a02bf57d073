package io.terminator.admin.acme;

import io.terminator.admin.json.JsonObject;
import io.terminator.core.setting.Quantity;
import io.terminator.core.setting.TimeSpan;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Adds and removes TXT records through the operator's program or webhook. Blocks its thread. */
final class DnsHook {
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final int MOST_OUTPUT = 4096;

  private final DnsHookConfig config;
  private final TextRecords records;

  DnsHook(DnsHookConfig config, TextRecords records) {
    this.config = config;
    this.records = records;
  }

  /** A TXT record {@code name} with {@code value}, beside others of the same name. */
  Proof record(String name, String value) {
    return new Proof() {
      @Override
      public void show() throws AcmeFailure, InterruptedException {
        call("present", name, value);
      }

      @Override
      public void awaitVisible() throws AcmeFailure, InterruptedException {
        DnsHook.this.awaitVisible(name, value);
      }

      @Override
      public void remove() throws AcmeFailure, InterruptedException {
        call("cleanup", name, value);
      }
    };
  }

  private void call(String action, String name, String value)
      throws AcmeFailure, InterruptedException {
    try {
      URI webhook = config.webhook();
      String fault =
          webhook == null ? run(action, name, value) : post(webhook, action, name, value);
      if (fault != null) {
        throw failure(action + " " + name + ": " + fault, null);
      }
    } catch (IOException unusable) {
      throw failure(action + " " + name + ": " + unusable.getMessage(), unusable);
    }
  }

  private static AcmeFailure failure(String detail, @Nullable Throwable cause) {
    return new AcmeFailure(
        Faults.HOOK,
        "the DNS hook failed: " + detail,
        "run it by hand: COMMAND present NAME VALUE; it must end with 0 when the record is added",
        null,
        false,
        cause);
  }

  /** Returns what went wrong, or null. */
  private @Nullable String run(String action, String name, String value)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(config.command());
    command.addAll(List.of(action, name, value));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      StringBuilder output = new StringBuilder();
      Thread reader = new Thread(() -> read(process, output), "acme-hook-output");
      reader.setDaemon(true);
      reader.start();
      if (!process.waitFor(config.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
        return "no end within " + TimeSpan.spell(config.timeout());
      }
      reader.join(LOOK.toMillis());
      int code = process.exitValue();
      synchronized (output) {
        return code == 0 ? null : "exit code " + code + ": " + output.toString().strip();
      }
    } finally {
      process.destroyForcibly();
    }
  }

  /** Reads to the end, so that the program does not block, and keeps the beginning. */
  private static void read(Process process, StringBuilder output) {
    byte[] buffer = new byte[1024];
    try {
      for (int n = process.getInputStream().read(buffer);
          n >= 0;
          n = process.getInputStream().read(buffer)) {
        synchronized (output) {
          if (output.length() < MOST_OUTPUT) {
            output.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
          }
        }
      }
    } catch (IOException ended) {
      // What was read so far is reported.
      return;
    }
  }

  /** Returns what went wrong, or null. */
  private @Nullable String post(URI webhook, String action, String name, String value)
      throws IOException, InterruptedException {
    JsonObject body = new JsonObject().put("action", action).put("name", name).put("value", value);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(webhook)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.bytes()));
    if (config.token() != null) {
      request.header("Authorization", "Bearer " + config.token().reveal());
    }
    HttpResponse<String> answer =
        new BoundedHttpClient(
                HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(config.timeout())
                    .build(),
                config.timeout())
            .send(request.build(), HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() / 100 == 2 ? null : "the webhook answered " + answer.statusCode();
  }

  private void awaitVisible(String name, String value) throws AcmeFailure, InterruptedException {
    long deadline = System.nanoTime() + config.propagation().toNanos();
    String seen = "";
    while (!config.propagation().isZero()) {
      try {
        List<String> found = records.of(name);
        if (found.contains(value)) {
          return;
        }
        seen = found.isEmpty() ? "no TXT record" : Quantity.of(found.size(), "other TXT record");
      } catch (IOException unanswered) {
        seen = String.valueOf(unanswered.getMessage());
      }
      if (System.nanoTime() >= deadline) {
        throw new AcmeFailure(
            Faults.HOOK,
            "the TXT record of "
                + name
                + " is not visible within "
                + TimeSpan.spell(config.propagation())
                + ": "
                + seen,
            "check that the hook adds it where the name is delegated to; raise"
                + " acme.dns.propagation if the name servers are slow",
            null,
            false,
            null);
      }
      Thread.sleep(LOOK.toMillis());
    }
  }
}
