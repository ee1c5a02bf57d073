package io.terminator.admin.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.testkit.ScriptedBackend;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BoundedHttpClientTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  /** What a server answers with {@code text}, after which it leaves the connection open. */
  private static HttpResponse<String> answer(BoundedHttpClient client, String text)
      throws IOException, InterruptedException {
    try (ScriptedBackend server =
        ScriptedBackend.start(
            peer -> {
              String unused = peer.readUntil("\r\n\r\n");
              peer.write(text);
              Object ended = peer.readToEnd();
            })) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.address().getPort()))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static BoundedHttpClient client(Duration longest) {
    return new BoundedHttpClient(
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build(), longest);
  }

  @Test
  void anAnswerThatDoesNotComeOrDoesNotEndIsNotWaitedFor() {
    for (String text : new String[] {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}) {
      assertThatThrownBy(() -> answer(client(Duration.ofMillis(300)), text))
          .as(text)
          .isInstanceOf(HttpTimeoutException.class)
          .hasMessageStartingWith("no complete answer from 127.0.0.1 within ");
    }
  }

  @Test
  void anAnswerMayBeAMebibyteLong() throws Exception {
    String most = "x".repeat(1 << 20);
    assertThat(
            answer(
                    client(LONG),
                    "HTTP/1.1 200 OK\r\nContent-Length: " + most.length() + "\r\n\r\n" + most)
                .body())
        .isEqualTo(most);
    assertThatThrownBy(
            () ->
                answer(
                    client(LONG),
                    "HTTP/1.1 200 OK\r\nContent-Length: "
                        + (most.length() + 1)
                        + "\r\n\r\n"
                        + most
                        + "x"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void theTimeOfTheNextTryIsSecondsOrADate() throws Exception {
    BoundedHttpClient client = client(LONG);
    assertThat(
            answer(
                    client,
                    "HTTP/1.1 503 Later\r\nContent-Length: 0\r\n"
                        + "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n\r\n")
                .statusCode())
        .isEqualTo(503);
    assertThat(client.retryAfter()).isEqualTo(Instant.parse("2100-12-31T23:59:59Z"));
    answer(client, "HTTP/1.1 503 Later\r\nContent-Length: 0\r\nRetry-After: soon\r\n\r\n");
    assertThat(client.retryAfter()).isNull();
    Instant before = Instant.now();
    answer(client, "HTTP/1.1 503 Later\r\nContent-Length: 0\r\nRetry-After: 7200\r\n\r\n");
    assertThat(client.retryAfter())
        .isBetween(before.plusSeconds(7200), Instant.now().plusSeconds(7200));
  }

  @Test
  void theTimeOfTheNextTryIsThatOfTheThreadsOwnAnswer() throws Exception {
    BoundedHttpClient client = client(LONG);
    answer(client, "HTTP/1.1 429 Later\r\nContent-Length: 0\r\nRetry-After: 7200\r\n\r\n");
    CompletableFuture<Instant> ofAnother =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                answer(client, "HTTP/1.1 429 Later\r\nContent-Length: 0\r\n\r\n");
              } catch (IOException | InterruptedException failure) {
                throw new IllegalStateException(failure);
              }
              return client.retryAfter();
            });
    assertThat(ofAnother.get(1, TimeUnit.MINUTES)).isNull();
    assertThat(client.retryAfter()).isNotNull();
  }
}
