package io.terminator.admin.demo;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.IdleStateEvent;
import io.terminator.admin.exchange.ControlHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One connection of the demo backend, one request at a time. Reads only what it can process. */
final class DemoHandler extends ControlHandler {
  private static final int BLOCK_SIZE = 64 << 10;
  private static final ByteBuf BLOCK = block();

  /** Bytes written before other connections get their turn. */
  private static final int STRIDE = 1 << 20;

  /** The largest unsolicited request body that is read and discarded. */
  private static final long LARGEST_IGNORED = 1 << 20;

  private static final Duration LINGER = Duration.ofSeconds(2);

  private enum State {
    BETWEEN,
    IGNORING,
    ECHOING,
    SENDING,
    CLOSING
  }

  private State state = State.BETWEEN;
  private @Nullable Answer answer;
  private boolean keepAlive;
  private boolean sending;
  private boolean refusing;
  private long remaining;
  private long ignored;

  @Override
  public void channelActive(ChannelHandlerContext context) {
    exchange().want(context);
  }

  @Override
  protected void onPart(ChannelHandlerContext context, HttpObject message) {
    if (message instanceof HttpRequest request) {
      begin(context, request);
    }
    if (message instanceof HttpContent content) {
      body(context, content);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (!context.channel().isWritable()) {
      return;
    }
    if (state == State.SENDING) {
      send(context);
    } else if (state == State.ECHOING) {
      exchange().want(context);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof IdleStateEvent) {
      context.close();
    }
    super.userEventTriggered(context, event);
  }

  @Override
  protected void onInputEnd(ChannelHandlerContext context) {
    // In the middle of a body no valid error response is possible;
    // after the body the response is still sent.
    boolean answering = state == State.SENDING || (state == State.CLOSING && !refusing);
    if (!answering) {
      context.close();
    }
  }

  private void begin(ChannelHandlerContext context, HttpRequest request) {
    keepAlive = HttpUtil.isKeepAlive(request);
    ignored = 0;
    answer = Answer.to(request);
    if (request.decoderResult().isFailure()) {
      refuse(context);
      return;
    }
    boolean echo = answer.kind() == Answer.Kind.ECHO;
    if (!echo && HttpUtil.getContentLength(request, 0L) > LARGEST_IGNORED) {
      answer = Answer.tooLarge();
      refuse(context);
      return;
    }
    if (HttpUtil.is100ContinueExpected(request)) {
      HttpResponse go = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE);
      context.write(go);
      context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }
    if (echo) {
      state = State.ECHOING;
      context.writeAndFlush(echoHead(request));
    } else {
      state = State.IGNORING;
    }
    exchange().want(context);
  }

  private HttpResponse echoHead(HttpRequest request) {
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_OCTET_STREAM);
    if (HttpUtil.isContentLengthSet(request)) {
      HttpUtil.setContentLength(head, HttpUtil.getContentLength(request));
    } else if (!HttpUtil.isTransferEncodingChunked(request)) {
      HttpUtil.setContentLength(head, 0);
    } else if (request.protocolVersion().isKeepAliveDefault()) {
      HttpUtil.setTransferEncodingChunked(head, true);
    } else {
      // HTTP/1.0 has no chunked coding: the end of the connection ends the body.
      keepAlive = false;
    }
    return withConnection(head);
  }

  private void body(ChannelHandlerContext context, HttpContent content) {
    if (refusing) {
      exchange().want(context);
    } else if (state == State.ECHOING) {
      echo(context, content);
    } else if (state == State.IGNORING) {
      ignored += content.content().readableBytes();
      if (content.decoderResult().isFailure()) {
        context.close();
      } else if (content instanceof LastHttpContent) {
        start(context);
      } else if (ignored > LARGEST_IGNORED) {
        answer = Answer.tooLarge();
        refuse(context);
      } else {
        exchange().want(context);
      }
    }
  }

  private void echo(ChannelHandlerContext context, HttpContent content) {
    if (content.decoderResult().isFailure()) {
      context.close();
    } else if (content instanceof LastHttpContent) {
      // Trailers belong to the request: only the body is sent back.
      context.write(new DefaultHttpContent(content.content().retain()));
      finish(context);
    } else {
      context.writeAndFlush(new DefaultHttpContent(content.content().retain()));
      // Stops reading while the client does not read the response: its bytes would accumulate here.
      if (context.channel().isWritable()) {
        exchange().want(context);
      }
    }
  }

  /** Answers with an error and ignores all further input from this client. */
  private void refuse(ChannelHandlerContext context) {
    keepAlive = false;
    refusing = true;
    start(context);
  }

  private void start(ChannelHandlerContext context) {
    Answer due = answer == null ? Answer.tooLarge() : answer;
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, due.status());
    HttpUtil.setContentLength(head, due.length());
    boolean text = due.kind() == Answer.Kind.TEXT;
    head.headers()
        .set(
            HttpHeaderNames.CONTENT_TYPE,
            text ? "text/plain; charset=utf-8" : HttpHeaderValues.APPLICATION_OCTET_STREAM);
    if (due.allow() != null) {
      head.headers().set(HttpHeaderNames.ALLOW, due.allow());
    }
    context.write(withConnection(head));
    state = State.SENDING;
    if (due.headOnly()) {
      finish(context);
    } else if (text) {
      context.write(new DefaultHttpContent(Unpooled.wrappedBuffer(due.body())));
      finish(context);
    } else {
      remaining = due.length();
      send(context);
    }
  }

  /**
   * Writes as much as the client accepts, at most one stride; resumes when the client accepts more.
   */
  private void send(ChannelHandlerContext context) {
    if (sending) {
      // A flush below has made room and triggered this callback: the loop detects that itself.
      return;
    }
    sending = true;
    int written = 0;
    while (remaining > 0 && written < STRIDE && context.channel().isWritable()) {
      int size = (int) Math.min(remaining, BLOCK_SIZE);
      context.writeAndFlush(new DefaultHttpContent(BLOCK.slice(0, size)));
      remaining -= size;
      written += size;
    }
    sending = false;
    if (remaining == 0) {
      finish(context);
    } else if (context.channel().isActive() && context.channel().isWritable()) {
      context.executor().execute(() -> sendOn(context));
    }
  }

  private void sendOn(ChannelHandlerContext context) {
    if (state == State.SENDING && remaining > 0 && context.channel().isActive()) {
      send(context);
    }
  }

  private void finish(ChannelHandlerContext context) {
    var last = context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    if (!keepAlive) {
      state = State.CLOSING;
      if (refusing) {
        exchange().arm(context, LINGER, context::close);
        exchange().linger(context, null);
      } else {
        last.addListener(ChannelFutureListener.CLOSE);
      }
      return;
    }
    state = State.BETWEEN;
    // After the response is sent: after a FIN only requests that
    // were already read can follow, or the end.
    last.addListener(sent -> exchange().want(context));
  }

  private HttpResponse withConnection(HttpResponse head) {
    head.headers().set(HttpHeaderNames.SERVER, "terminator-demo");
    if (!keepAlive) {
      head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    return head;
  }

  /** Lines of 64 bytes, so that a download looks the same at any multiple of 64. */
  private static ByteBuf block() {
    byte[] line =
        "The quick brown fox jumps over the lazy dog; demo of terminator\n"
            .getBytes(StandardCharsets.US_ASCII);
    ByteBuf block = Unpooled.directBuffer(BLOCK_SIZE, BLOCK_SIZE);
    while (block.isWritable()) {
      block.writeBytes(line);
    }
    return Unpooled.unreleasableBuffer(block.asReadOnly());
  }
}
