package io.terminator.admin.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.terminator.admin.exchange.ControlHandler;
import io.terminator.admin.exchange.Slots;
import io.terminator.admin.exchange.Undecodable;
import io.terminator.admin.exchange.UnixBinding;
import io.terminator.core.setting.AddressText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the admin API, one request at a time. Requests are authorized by their head,
 * before the body is read, so that only operators can make the server buffer data. Routes run on
 * the API's threads. Admin loop only.
 */
final class AdminHandler extends ControlHandler {
  private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);

  /** Time for the last response to reach a client that is still sending. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private final Surroundings surroundings;
  private @Nullable SslHandler ssl;
  private boolean isPlainHttp;
  private Peer peer = new Peer("unknown", null, false);
  private @Nullable Incoming incoming;
  private @Nullable Refused refused;
  private boolean isEnding;

  /** What all connections share. */
  record Surroundings(
      AdminRoutes routes,
      AdminAccess access,
      AuditLog audit,
      AdminCounters counters,
      AdminLimits limits,
      Executor executor,
      Executor openExecutor,
      Slots slots,
      Semaphore untaken) {}

  /** A refused request without a body: the response waits for the end of the request. */
  private record Refused(HttpRequest head, ProblemDetails problem) {}

  /** A request that was authorized by its head. */
  private record Incoming(
      HttpRequest head,
      AdminRoutes.Found found,
      QueryStringDecoder uri,
      String who,
      ByteArrayOutputStream body) {

    boolean isKept() {
      return HttpUtil.isKeepAlive(head);
    }
  }

  /** {@code ssl} is the connection's TLS handler; null for plaintext. */
  AdminHandler(Surroundings surroundings, @Nullable SslHandler ssl) {
    this.surroundings = surroundings;
    this.ssl = ssl;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) throws IOException {
    peer = peer(context.channel());
    if (context.channel() instanceof EpollDomainSocketChannel unix
        && !UnixBinding.isOwner(unix.peerCredentials(), unix)) {
      surroundings.counters().count(AdminCounters.Result.REFUSED);
      surroundings.audit().refusedConnection(peer, "the user is not the owner of the socket");
      context.close();
      return;
    }
    expectRequest(context);
  }

  private static Peer peer(Channel channel) throws IOException {
    if (channel instanceof EpollDomainSocketChannel unix) {
      PeerCredentials user = unix.peerCredentials();
      return new Peer("unix:uid=" + user.uid() + ",pid=" + user.pid(), null, true);
    }
    InetSocketAddress remote = (InetSocketAddress) channel.remoteAddress();
    return new Peer(AddressText.of(remote), null, false);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof SslHandshakeCompletionEvent handshake && ssl != null) {
      if (handshake.isSuccess()) {
        peer = new Peer(peer.address(), AdminTls.subject(ssl), false);
      } else {
        surroundings.counters().count(AdminCounters.Result.REFUSED);
        surroundings
            .audit()
            .refusedConnection(peer, "handshake: " + HandshakeFailure.words(handshake.cause()));
      }
    }
    super.userEventTriggered(context, event);
  }

  /** The client speaks plain HTTP where TLS was expected: its request is answered, in plaintext. */
  void onPlainHttp() {
    ssl = null;
    isPlainHttp = true;
    surroundings
        .audit()
        .refusedConnection(peer, "handshake: the client does not speak TLS; expected https://");
  }

  /** Starts the full deadline for the next request, whatever the number of pieces it arrives in. */
  private void expectRequest(ChannelHandlerContext context) {
    exchange().arm(context, surroundings.limits().request(), () -> onSlowRequest(context));
    exchange().want(context);
  }

  private void onSlowRequest(ChannelHandlerContext context) {
    Incoming slow = incoming;
    if (slow == null) {
      context.close();
      return;
    }
    incoming = null;
    ProblemDetails late =
        ProblemDetails.requestTimeout(
            "the request did not arrive within "
                + surroundings.limits().request().toSeconds()
                + "s");
    isEnding = true;
    write(context, slow.head(), late.toResponse(), false, true);
  }

  @Override
  protected void onPart(ChannelHandlerContext context, HttpObject part) {
    if (part instanceof HttpRequest head) {
      begin(context, head);
    }
    boolean isLast = part instanceof LastHttpContent;
    Incoming current = incoming;
    Refused turnedAway = refused;
    if (isLast && turnedAway != null) {
      refused = null;
      HttpRequest head = turnedAway.head();
      write(context, head, turnedAway.problem().toResponse(), HttpUtil.isKeepAlive(head), false);
    } else if (isLast && isEnding) {
      context.close();
    }
    if (current != null && part instanceof HttpContent content) {
      if (!content.decoderResult().isSuccess()) {
        refuse(context, current.head(), ProblemDetails.badRequest("body: invalid HTTP/1.1 chunks"));
      } else if (current.body().size() + content.content().readableBytes() > mostBody()) {
        refuse(context, current.head(), tooLarge());
      } else {
        append(content.content(), current.body());
        if (isLast) {
          incoming = null;
          run(context, current);
        }
      }
    }
    if (!isLast) {
      exchange().want(context);
    }
  }

  private long mostBody() {
    return surroundings.limits().body().bytes();
  }

  private ProblemDetails tooLarge() {
    return ProblemDetails.tooLarge(
        "body: larger than " + surroundings.limits().body() + " (admin.limits.body)");
  }

  private static void append(ByteBuf part, ByteArrayOutputStream body) {
    try {
      part.readBytes(body, part.readableBytes());
    } catch (IOException impossible) {
      throw new java.io.UncheckedIOException(impossible);
    }
  }

  /** Authorizes the request by its head alone. */
  private void begin(ChannelHandlerContext context, HttpRequest head) {
    try {
      if (isPlainHttp) {
        throw ProblemDetails.badRequest(
            "a request in plain HTTP was sent to an address with TLS; expected https://");
      }
      if (!head.decoderResult().isSuccess()) {
        throw undecodable(head);
      }
      RequestTarget.normalize(head);
      // A semicolon is part of a value, such as of explain's path.
      QueryStringDecoder uri =
          new QueryStringDecoder(head.uri(), StandardCharsets.UTF_8, true, 1024, true);
      String method = head.method().equals(HttpMethod.HEAD) ? "GET" : head.method().name();
      AdminRoutes.Found found = surroundings.routes().find(method, uri.rawPath());
      ApiOperation.Access access = found.route().access();
      String who = surroundings.access().admit(access, head, peer);
      if (access.isOpen() && hasBody(head)) {
        throw ProblemDetails.tooLarge("body: none is read here; expected a request without one");
      }
      if (HttpUtil.getContentLength(head, 0L) > mostBody()) {
        throw tooLarge();
      }
      if (!access.isOpen()) {
        surroundings.slots().trust(context.channel());
      }
      incoming = new Incoming(head, found, uri, who, new ByteArrayOutputStream());
      if (HttpUtil.is100ContinueExpected(head)) {
        context.writeAndFlush(
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
      }
    } catch (ProblemDetails problem) {
      refuse(context, head, problem);
    } catch (IllegalArgumentException unreadable) {
      refuse(context, head, badEscape());
    }
  }

  private static ProblemDetails badEscape() {
    return ProblemDetails.badRequest(
        "uri: a % without two hexadecimal digits; expected %25 for a percent sign");
  }

  private ProblemDetails undecodable(HttpRequest head) {
    return switch (Undecodable.of(head)) {
      case LINE_TOO_LONG ->
          ProblemDetails.uriTooLong("the request line is too long; expected at most 8KiB");
      case HEADERS_TOO_LARGE ->
          ProblemDetails.headersTooLarge(
              "headers: larger than "
                  + surroundings.limits().headers()
                  + " (admin.limits.headers)");
      case LINE_INVALID ->
          ProblemDetails.badRequest(
              "request line: not HTTP/1.1; expected METHOD PATH HTTP/1.1 and CRLF");
      case HEADERS_INVALID ->
          ProblemDetails.badRequest(
              "headers: not HTTP/1.1; expected NAME: VALUE and CRLF in each line, and for a body"
                  + " one Content-Length or Transfer-Encoding: chunked");
    };
  }

  /**
   * A request with a body also ends the connection, because its body is not wanted, and so does
   * plain HTTP.
   */
  private void refuse(ChannelHandlerContext context, HttpRequest head, ProblemDetails problem) {
    incoming = null;
    if (problem.status() == 401 || problem.status() == 403) {
      surroundings
          .audit()
          .refused(head.method().name() + " " + AuditLog.path(head.uri()), peer, problem);
    }
    if (isPlainHttp || hasBody(head)) {
      isEnding = true;
      write(context, head, problem.toResponse(), false, true);
    } else {
      refused = new Refused(head, problem);
    }
  }

  private static boolean hasBody(HttpRequest head) {
    return !head.decoderResult().isSuccess()
        || HttpUtil.isTransferEncodingChunked(head)
        || HttpUtil.getContentLength(head, 0L) > 0;
  }

  private void run(ChannelHandlerContext context, Incoming incoming) {
    exchange().disarm();
    try {
      AdminRequest request = request(incoming);
      switch (incoming.found().route().access()) {
        // A health probe is answered at once, however many scrapes are waiting.
        case HEALTH -> answer(context, incoming, request);
        case OPEN -> surroundings.openExecutor().execute(() -> answer(context, incoming, request));
        case READ, FULL, CHANGE ->
            surroundings.executor().execute(() -> answer(context, incoming, request));
      }
    } catch (RejectedExecutionException busy) {
      ProblemDetails problem =
          ProblemDetails.unavailable("too many requests are waiting; try again");
      write(context, incoming.head(), problem.toResponse(), false, false);
    } catch (IllegalArgumentException unreadable) {
      write(context, incoming.head(), badEscape().toResponse(), incoming.isKept(), false);
    }
  }

  private AdminRequest request(Incoming incoming) {
    Map<String, String> path = new HashMap<>();
    incoming
        .found()
        .path()
        .forEach(
            (name, raw) ->
                path.put(name, QueryStringDecoder.decodeComponent(raw.replace("+", "%2B"))));
    return new AdminRequest(
        incoming.head().method().name(),
        incoming.head().uri(),
        path,
        incoming.uri().parameters(),
        incoming.head().headers(),
        incoming.body().toByteArray(),
        peer.address(),
        incoming.who());
  }

  /** Runs on one of the API's threads. */
  private void answer(ChannelHandlerContext context, Incoming incoming, AdminRequest request) {
    ApiOperation route = incoming.found().route();
    AdminResponse response;
    try {
      response = EntityTags.withoutKnown(request, route.handle(request));
    } catch (ProblemDetails problem) {
      response = problem.toResponse();
    } catch (Exception fault) {
      LOG.error("admin {} {}: unexpected exception", request.method(), route.template(), fault);
      response = ProblemDetails.internal().toResponse();
    }
    if (route.access().needsFullRole()) {
      surroundings.audit().changed(request, response);
    }
    AdminResponse answer = response;
    boolean isOpen = route.access().isOpen();
    try {
      context.executor().execute(() -> write(context, incoming, answer, isOpen));
    } catch (RejectedExecutionException stopped) {
      LOG.debug("admin {}: the API has stopped", request.method());
    }
  }

  /**
   * Unsent responses to clients without a token have a total limit: slow readers must not exhaust
   * memory.
   */
  private void write(
      ChannelHandlerContext context, Incoming incoming, AdminResponse answer, boolean isOpen) {
    int size = isOpen ? Math.min(answer.body().length / 1024, AdminServer.MOST_UNTAKEN) : 0;
    Semaphore untaken = surroundings.untaken();
    if (size > 0 && !untaken.tryAcquire(size)) {
      ProblemDetails busy =
          ProblemDetails.unavailable("too many large answers are not taken yet; try again");
      write(context, incoming.head(), busy.toResponse(), false, false);
      return;
    }
    write(context, incoming.head(), answer, incoming.isKept(), false)
        .addListener(written -> untaken.release(size));
  }

  private ChannelFuture write(
      ChannelHandlerContext context,
      HttpRequest head,
      AdminResponse response,
      boolean isKept,
      boolean isClientSending) {
    surroundings.counters().countStatus(response.status());
    boolean isHead = head.method().equals(HttpMethod.HEAD);
    FullHttpResponse http =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(response.status()),
            isHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(response.body()));
    HttpHeaders headers = http.headers();
    if (response.status() != HttpResponseStatus.NOT_MODIFIED.code()) {
      headers.set(HttpHeaderNames.CONTENT_TYPE, response.contentType());
      headers.set(HttpHeaderNames.CONTENT_LENGTH, response.body().length);
    }
    headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    response.headers().forEach(headers::set);
    if (response.status() == 401) {
      headers.set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer realm=\"terminator\"");
    }
    HttpUtil.setKeepAlive(http, isKept);
    // Closes the connection of a client that does not read the response in time.
    exchange().arm(context, surroundings.limits().request(), context::close);
    return context
        .writeAndFlush(http)
        .addListener(
            written -> {
              if (!written.isSuccess()) {
                context.close();
              } else if (isKept) {
                expectRequest(context);
              } else if (isClientSending) {
                exchange().arm(context, LINGER, context::close);
                exchange().linger(context, ssl);
              } else {
                context.close();
              }
            });
  }
}
