package io.terminator.admin.plain;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.terminator.admin.exchange.ControlHandler;
import io.terminator.admin.exchange.Undecodable;
import io.terminator.admin.plain.PlainHttpCounters.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection, one request at a time. A request with a body is answered without reading
 * the body, which is meant for the target of the redirect, and ends the connection. Runs only on
 * the event loop of plain HTTP; files are read elsewhere.
 */
final class PlainHttpHandler extends ControlHandler {
  private static final Logger LOG = LoggerFactory.getLogger(PlainHttpHandler.class);

  private static final long WARN_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Surroundings surroundings;
  private boolean isKept;
  private boolean isEnding;

  /** What all connections share. The settings are the current ones: a reload changes them. */
  record Surroundings(
      Supplier<PlainHttpConfig> config,
      PendingTokens pending,
      PlainHttpCounters counters,
      Executor files,
      AtomicLong warnedAt) {}

  PlainHttpHandler(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    expectRequest(context);
  }

  private void expectRequest(ChannelHandlerContext context) {
    exchange().arm(context, surroundings.config().get().limits().request(), () -> toLate(context));
    exchange().want(context);
  }

  private void toLate(ChannelHandlerContext context) {
    if (!isEnding) {
      surroundings.counters().count(Result.LATE);
    }
    context.close();
  }

  @Override
  protected void onPart(ChannelHandlerContext context, HttpObject message) {
    if (isEnding) {
      exchange().want(context);
    } else if (message.decoderResult().isFailure()) {
      refuse(context, Undecodable.of(message).status());
    } else if (message instanceof HttpRequest request) {
      boolean hasBody =
          HttpUtil.isTransferEncodingChunked(request)
              || request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
              || HttpUtil.getContentLength(request, 0L) > 0;
      isKept = HttpUtil.isKeepAlive(request) && !hasBody;
      answer(context, request);
    } else {
      exchange().want(context);
    }
  }

  private void answer(ChannelHandlerContext context, HttpRequest request) {
    PlainHttpConfig config = surroundings.config().get();
    RequestedPlace place = RequestedPlace.of(request);
    if (place == null || request.method().equals(HttpMethod.CONNECT)) {
      refuse(context, HttpResponseStatus.BAD_REQUEST);
      return;
    }
    byte[] pending = pending(request, place);
    if (pending != null) {
      sendChallenge(context, pending);
    } else if (config.challenges() != null
        && place.target().startsWith(ChallengeDirectory.PREFIX)) {
      answerChallenge(
          context, request, new ChallengeDirectory(config.challenges()), place.target());
    } else {
      surroundings.counters().count(Result.REDIRECT);
      FullHttpResponse answer = response(HttpResponseStatus.PERMANENT_REDIRECT, new byte[0]);
      answer.headers().set(HttpHeaderNames.LOCATION, place.atHttps(config.httpsPort()));
      send(context, answer);
    }
  }

  /** The answer to a challenge of our own orders; null for any other request. */
  private byte @Nullable [] pending(HttpRequest request, RequestedPlace place) {
    String token =
        place.target().startsWith(ChallengeDirectory.PREFIX)
                && (request.method().equals(HttpMethod.GET)
                    || request.method().equals(HttpMethod.HEAD))
            ? ChallengeDirectory.token(place.target())
            : null;
    return token == null ? null : surroundings.pending().answer(token);
  }

  private void answerChallenge(
      ChannelHandlerContext context,
      HttpRequest request,
      ChallengeDirectory challenges,
      String target) {
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      isKept = false;
      surroundings.counters().count(Result.BAD);
      FullHttpResponse answer = text(HttpResponseStatus.METHOD_NOT_ALLOWED);
      answer.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
      send(context, answer);
      return;
    }
    String token = ChallengeDirectory.token(target);
    if (token == null) {
      sendChallenge(context, null);
      return;
    }
    try {
      surroundings
          .files()
          .execute(
              () -> {
                byte[] content = read(challenges, token);
                context.executor().execute(() -> sendChallenge(context, content));
              });
    } catch (RejectedExecutionException tooMany) {
      refuse(context, HttpResponseStatus.SERVICE_UNAVAILABLE);
    }
  }

  private byte @Nullable [] read(ChallengeDirectory challenges, String token) {
    try {
      return challenges.answer(token);
    } catch (IOException | RuntimeException unusable) {
      warn(challenges, token, unusable);
      return null;
    }
  }

  /** Rate limited: clients can request the same token any number of times. */
  private void warn(ChallengeDirectory challenges, String token, Exception unusable) {
    long now = System.nanoTime();
    long before = surroundings.warnedAt().get();
    if (now - before >= WARN_EVERY_NANOS && surroundings.warnedAt().compareAndSet(before, now)) {
      LOG.warn(
          "http.challenges: \"{}\" in {} is not served: {}. Expected a readable file of"
              + " at most 4 KiB",
          token,
          challenges.directory(),
          unusable.toString());
    }
  }

  private void sendChallenge(ChannelHandlerContext context, byte @Nullable [] content) {
    surroundings.counters().count(content == null ? Result.MISSING : Result.CHALLENGE);
    FullHttpResponse answer =
        content == null
            ? text(HttpResponseStatus.NOT_FOUND)
            : response(HttpResponseStatus.OK, content);
    if (content != null) {
      answer.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream");
    }
    answer.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    send(context, answer);
  }

  private void refuse(ChannelHandlerContext context, HttpResponseStatus status) {
    isKept = false;
    surroundings.counters().count(Result.BAD);
    send(context, text(status));
  }

  private static FullHttpResponse text(HttpResponseStatus status) {
    FullHttpResponse answer = response(status, (status + "\n").getBytes(StandardCharsets.US_ASCII));
    answer.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=us-ascii");
    return answer;
  }

  private static FullHttpResponse response(HttpResponseStatus status, byte[] body) {
    ByteBuf content = Unpooled.wrappedBuffer(body);
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, content);
    response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
    response.headers().set("X-Content-Type-Options", "nosniff");
    return response;
  }

  /** The deadline of the connection continues until the response is read. */
  private void send(ChannelHandlerContext context, FullHttpResponse answer) {
    if (!context.channel().isActive()) {
      answer.release();
      return;
    }
    boolean goesOn = isKept;
    isEnding = !goesOn;
    if (!goesOn) {
      answer.headers().set(HttpHeaderNames.CONNECTION, "close");
    }
    context
        .writeAndFlush(answer)
        .addListener(
            (ChannelFuture sent) -> {
              if (!sent.isSuccess()) {
                context.close();
              } else if (goesOn) {
                expectRequest(context);
              } else {
                end(context);
              }
            });
  }

  /**
   * Closing while the client still sends would reset the connection before the response is read.
   */
  private void end(ChannelHandlerContext context) {
    if (exchange().isInputEnded()) {
      context.close();
    } else {
      exchange().linger(context, null);
    }
  }

  @Override
  protected void onInputEnd(ChannelHandlerContext context) {
    // An earlier request may still be in progress, for example with the file reader; it is
    // answered, and nothing follows.
    if (isEnding) {
      context.close();
    }
  }
}
