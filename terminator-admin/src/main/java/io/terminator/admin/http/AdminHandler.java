package io.terminator.admin.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.ReadTimeoutException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One operator's connection: finds the route, asks who is there, runs the route on the API's threads. */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);
  private static final Logger AUDIT = LoggerFactory.getLogger("audit");

  private final AdminRoutes routes;
  private final AdminAccess access;
  private final Executor executor;

  AdminHandler(AdminRoutes routes, AdminAccess access, Executor executor) {
    this.routes = routes;
    this.access = access;
    this.executor = executor;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest http) {
    boolean keepAlive = HttpUtil.isKeepAlive(http) && http.decoderResult().isSuccess();
    boolean head = http.method().equals(HttpMethod.HEAD);
    try {
      if (!http.decoderResult().isSuccess()) {
        throw Problem.badRequest(
            "the request is not HTTP/1.1: " + http.decoderResult().cause().getMessage());
      }
      QueryStringDecoder uri = new QueryStringDecoder(http.uri());
      AdminRoutes.Found found = routes.find(head ? "GET" : http.method().name(), uri.rawPath());
      String who = access.admit(found.route().access(), http.headers());
      Map<String, String> path = new HashMap<>();
      found
          .path()
          .forEach(
              (name, raw) ->
                  path.put(name, QueryStringDecoder.decodeComponent(raw.replace("+", "%2B"))));
      InetSocketAddress remote = (InetSocketAddress) context.channel().remoteAddress();
      AdminRequest request =
          new AdminRequest(
              http.method().name(),
              http.uri(),
              path,
              uri.parameters(),
              http.headers(),
              ByteBufUtil.getBytes(http.content()),
              remote.getAddress().getHostAddress() + ":" + remote.getPort(),
              who);
      executor.execute(() -> answer(context, found.route(), request, keepAlive, head));
    } catch (RejectedExecutionException busy) {
      write(
          context,
          Problem.unavailable("too many requests are waiting; try again").toResponse(),
          false,
          head);
    } catch (Problem problem) {
      write(context, problem.toResponse(), keepAlive, head);
    } catch (IllegalArgumentException undecodable) {
      write(
          context,
          Problem.badRequest("uri: " + undecodable.getMessage()).toResponse(),
          keepAlive,
          head);
    }
  }

  private static void answer(
      ChannelHandlerContext context,
      Route route,
      AdminRequest request,
      boolean keepAlive,
      boolean head) {
    AdminResponse response;
    try {
      response = route.handle(request);
    } catch (Problem problem) {
      response = problem.toResponse();
    } catch (Exception fault) {
      LOG.error("admin {} {}: an exception of our own", request.method(), route.template(), fault);
      response = Problem.internal().toResponse();
    }
    if (route.access() == Route.Access.CHANGE) {
      AUDIT.info(
          "admin change={} {} role={} from={} status={} what={}",
          request.method(),
          printable(request.uri()),
          request.who(),
          request.remote(),
          response.status(),
          response.audit().replaceAll("\\p{Cntrl}", "?"));
    }
    write(context, response, keepAlive, head);
  }

  private static String printable(String uri) {
    return uri.replaceAll("[^\\x21-\\x7e]", "?");
  }

  private static void write(
      ChannelHandlerContext context, AdminResponse response, boolean keepAlive, boolean head) {
    FullHttpResponse http =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(response.status()),
            head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(response.body()));
    HttpHeaders headers = http.headers();
    headers.set(HttpHeaderNames.CONTENT_TYPE, response.contentType());
    headers.set(HttpHeaderNames.CONTENT_LENGTH, response.body().length);
    headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    response.headers().forEach(headers::set);
    if (response.status() == 401) {
      headers.set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer realm=\"terminator\"");
    }
    HttpUtil.setKeepAlive(http, keepAlive);
    var written = context.writeAndFlush(http);
    if (!keepAlive) {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException) && !(cause instanceof ReadTimeoutException)) {
      LOG.debug("admin client {} is closed", context.channel().remoteAddress(), cause);
    }
    context.close();
  }
}
