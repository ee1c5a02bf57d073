package io.terminator.admin.acme;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.net.http.HttpResponse.ResponseInfo;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP client whose answers are limited in size and in time until their last byte: the client of
 * the JDK limits only the time until the headers, and acme4j reads whatever follows.
 */
final class BoundedHttpClient extends HttpClient {
  /** The largest real answers are chains of 10 KiB. */
  private static final int LARGEST = 1 << 20;

  private final HttpClient client;
  private final Duration longest;

  /** Of each thread: orders run beside each other, and each has to see its own answer. */
  private final ThreadLocal<Instant> retryAfter = new ThreadLocal<>();

  BoundedHttpClient(HttpClient client, Duration longest) {
    this.client = client;
    this.longest = longest;
  }

  /**
   * The Retry-After of the most recent answer to the calling thread; null if that was not an error
   * or had none.
   */
  @Nullable Instant retryAfter() {
    return retryAfter.get();
  }

  @Override
  public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
      throws IOException, InterruptedException {
    retryAfter.remove();
    CompletableFuture<HttpResponse<byte[]>> sent =
        client.sendAsync(request, info -> new BoundedBody());
    HttpResponse<byte[]> answer;
    try {
      answer = sent.get(longest.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      sent.cancel(true);
      throw new HttpTimeoutException(
          "no complete answer from "
              + request.uri().getHost()
              + " within "
              + longest.toSeconds()
              + " s");
    } catch (InterruptedException interrupted) {
      sent.cancel(true);
      throw interrupted;
    } catch (ExecutionException failure) {
      Throwable cause = failure.getCause();
      throw cause instanceof IOException io ? io : new IOException(cause);
    }
    if (answer.statusCode() >= 400) {
      retryAfter.set(retryAfter(answer.headers()));
    }
    return new Whole<>(answer, body(answer, handler));
  }

  private static @Nullable Instant retryAfter(HttpHeaders headers) {
    String text = headers.firstValue("Retry-After").orElse("");
    try {
      return text.matches("[0-9]{1,8}")
          ? Instant.now().plusSeconds(Long.parseLong(text))
          : text.isEmpty()
              ? null
              : ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    } catch (DateTimeParseException unreadable) {
      return null;
    }
  }

  private static <T> T body(HttpResponse<byte[]> answer, BodyHandler<T> handler) {
    BodySubscriber<T> subscriber =
        handler.apply(
            new ResponseInfo() {
              @Override
              public int statusCode() {
                return answer.statusCode();
              }

              @Override
              public HttpHeaders headers() {
                return answer.headers();
              }

              @Override
              public Version version() {
                return answer.version();
              }
            });
    subscriber.onSubscribe(
        new Flow.Subscription() {
          @Override
          public void request(long items) {
            // Everything is passed on below.
          }

          @Override
          public void cancel() {
            // Nothing to stop.
          }
        });
    if (answer.body().length > 0) {
      subscriber.onNext(List.of(ByteBuffer.wrap(answer.body())));
    }
    subscriber.onComplete();
    return subscriber.getBody().toCompletableFuture().join();
  }

  /** Collects a body up to {@link #LARGEST}. */
  private static final class BoundedBody implements BodySubscriber<byte[]> {
    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Flow.@Nullable Subscription subscription;

    @Override
    public CompletionStage<byte[]> getBody() {
      return whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
      for (ByteBuffer part : parts) {
        if (bytes.size() + part.remaining() > LARGEST) {
          if (subscription != null) {
            subscription.cancel();
          }
          whole.completeExceptionally(
              new IOException("the answer is larger than " + LARGEST / 1024 + " KiB"));
          return;
        }
        byte[] copy = new byte[part.remaining()];
        part.get(copy);
        bytes.writeBytes(copy);
      }
    }

    @Override
    public void onError(Throwable failure) {
      whole.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      whole.complete(bytes.toByteArray());
    }
  }

  private record Whole<T>(HttpResponse<byte[]> answer, T content) implements HttpResponse<T> {
    @Override
    public int statusCode() {
      return answer.statusCode();
    }

    @Override
    public HttpRequest request() {
      return answer.request();
    }

    @Override
    public Optional<HttpResponse<T>> previousResponse() {
      return Optional.empty();
    }

    @Override
    public HttpHeaders headers() {
      return answer.headers();
    }

    @Override
    public T body() {
      return content;
    }

    @Override
    public Optional<javax.net.ssl.SSLSession> sslSession() {
      return answer.sslSession();
    }

    @Override
    public java.net.URI uri() {
      return answer.uri();
    }

    @Override
    public Version version() {
      return answer.version();
    }
  }

  @Override
  public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request, BodyHandler<T> handler) {
    throw new UnsupportedOperationException("only send is limited");
  }

  @Override
  public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request, BodyHandler<T> handler, @Nullable PushPromiseHandler<T> push) {
    throw new UnsupportedOperationException("only send is limited");
  }

  @Override
  public Optional<CookieHandler> cookieHandler() {
    return client.cookieHandler();
  }

  @Override
  public Optional<Duration> connectTimeout() {
    return client.connectTimeout();
  }

  @Override
  public Redirect followRedirects() {
    return client.followRedirects();
  }

  @Override
  public Optional<ProxySelector> proxy() {
    return client.proxy();
  }

  @Override
  public SSLContext sslContext() {
    return client.sslContext();
  }

  @Override
  public SSLParameters sslParameters() {
    return client.sslParameters();
  }

  @Override
  public Optional<Authenticator> authenticator() {
    return client.authenticator();
  }

  @Override
  public Version version() {
    return client.version();
  }

  @Override
  public Optional<Executor> executor() {
    return client.executor();
  }
}
