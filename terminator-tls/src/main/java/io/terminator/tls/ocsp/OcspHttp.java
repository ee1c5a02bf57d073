package io.terminator.tls.ocsp;

import io.terminator.core.chain.SocketFailure;
import java.io.ByteArrayOutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * OCSP over HTTP, by POST or GET (RFC 6960 appendix A), with limits on size and time. Not
 * thread-safe.
 */
final class OcspHttp {
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final Duration head;
  private final Duration whole;

  /** Created for the first responder, because most appliances need none. */
  private @Nullable HttpClient client;

  /**
   * {@code head} limits the time until the header section has arrived, {@code whole} until the body
   * has.
   */
  OcspHttp(Duration head, Duration whole) {
    this.head = head;
    this.whole = whole;
  }

  /** The limit of {@link OcspQuestion#MOST} was exceeded. */
  private static final class TooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** {@code clock} aborts a response that is not complete in time. */
  CompletableFuture<HttpResponse<byte[]>> ask(
      URI responder, byte[] request, boolean byGet, ScheduledExecutorService clock) {
    CompletableFuture<HttpResponse<byte[]>> asked =
        client()
            .sendAsync(
                byGet ? get(responder, request) : post(responder, request), response -> limited());
    // The request's own timeout ends with the header section; a body may arrive slowly after it.
    var watch = clock.schedule(() -> asked.cancel(true), whole.toMillis(), TimeUnit.MILLISECONDS);
    var unused = asked.whenComplete((response, failure) -> watch.cancel(false));
    return asked;
  }

  private HttpRequest post(URI responder, byte[] request) {
    return HttpRequest.newBuilder(responder)
        .timeout(head)
        .header("Content-Type", "application/ocsp-request")
        .header("Accept", "application/ocsp-response")
        .POST(HttpRequest.BodyPublishers.ofByteArray(request))
        .build();
  }

  private HttpRequest get(URI responder, byte[] request) {
    String base = responder.toString();
    // Three characters of base64 have a special meaning in a URL.
    String path =
        URLEncoder.encode(Base64.getEncoder().encodeToString(request), StandardCharsets.US_ASCII);
    return HttpRequest.newBuilder(URI.create(base + (base.endsWith("/") ? "" : "/") + path))
        .timeout(head)
        .header("Accept", "application/ocsp-response")
        .GET()
        .build();
  }

  private static HttpResponse.BodySubscriber<byte[]> limited() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    return HttpResponse.BodySubscribers.mapping(
        HttpResponse.BodySubscribers.ofByteArrayConsumer(
            part ->
                part.ifPresent(
                    bytes -> {
                      if (body.size() + bytes.length > OcspQuestion.MOST) {
                        throw new TooLargeException();
                      }
                      body.writeBytes(bytes);
                    })),
        end -> body.toByteArray());
  }

  private HttpClient client() {
    HttpClient there = client;
    if (there == null) {
      there =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(CONNECT)
              .followRedirects(HttpClient.Redirect.NORMAL)
              .build();
      client = there;
    }
    return there;
  }

  /** Whether the responder, or a cache in front of it, supports only the GET of RFC 5019. */
  static boolean isPostRefused(int status) {
    return status == 400 || status == 404 || status == 405 || status == 411 || status == 501;
  }

  /** The result of a request: the body, or an exception with the reason. */
  byte[] answer(
      @Nullable URI responder, @Nullable HttpResponse<byte[]> response, @Nullable Throwable failure)
      throws StapleException {
    if (response == null) {
      throw new StapleException(StapleResult.FAILED, responder + " " + words(cause(failure)));
    }
    if (response.statusCode() != 200) {
      throw new StapleException(
          StapleResult.FAILED, responder + " answers with status " + response.statusCode());
    }
    return response.body();
  }

  private static @Nullable Throwable cause(@Nullable Throwable failure) {
    Throwable cause = failure == null ? null : failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  private String words(@Nullable Throwable cause) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      if (each instanceof TooLargeException) {
        return "sends a response of more than " + OcspQuestion.MOST / 1024 + " KiB";
      }
    }
    if (cause instanceof CancellationException) {
      return "does not complete its response within " + whole.toSeconds() + " s";
    }
    // HttpConnectTimeoutException is a subclass, but means that the responder is unreachable.
    if (cause instanceof HttpTimeoutException && !(cause instanceof HttpConnectTimeoutException)) {
      return "does not respond within " + head.toSeconds() + " s";
    }
    return "cannot be reached ("
        + (cause == null ? "no response" : failure(cause))
        + "). Allow connections to it, or do without stapling";
  }

  /** The client of the JDK wraps causes, whose own messages are often empty. */
  private static String failure(Throwable cause) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      if (each instanceof UnresolvedAddressException || each instanceof UnknownHostException) {
        return "its host does not resolve";
      }
      if (each instanceof HttpConnectTimeoutException) {
        return "no connection within " + CONNECT.toSeconds() + " s";
      }
    }
    return cause instanceof ConnectException && cause.getMessage() == null
        ? "the connection was refused"
        : SocketFailure.words(cause);
  }
}
