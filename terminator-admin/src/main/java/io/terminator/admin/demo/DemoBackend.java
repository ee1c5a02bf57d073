package io.terminator.admin.demo;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * A plaintext HTTP/1.1 server on one thread: {@code /} describes it, {@code /bytes/N} streams N
 * bytes, {@code /echo} streams an upload back. Memory per connection is bounded, whatever the size
 * of the response and the speed of its reader.
 */
public final class DemoBackend implements AutoCloseable {
  private static final WriteBufferWaterMark MARKS = new WriteBufferWaterMark(64 << 10, 256 << 10);
  private static final int IDLE_SECONDS = 300;

  private final EventLoopGroup group;
  private final Channel listener;

  private DemoBackend(EventLoopGroup group, Channel listener) {
    this.group = group;
    this.listener = listener;
  }

  /**
   * Blocks until the server listens. With port 0 the system chooses a port; see {@link #address}.
   */
  public static DemoBackend start(InetSocketAddress bind) throws IOException {
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("demo-backend", true), NioIoHandler.newFactory());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, MARKS)
            .childHandler(new Pipeline());
    var bound = bootstrap.bind(bind).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      throw new IOException(
          "The demo backend cannot listen on " + bind + ": " + bound.cause().getMessage(),
          bound.cause());
    }
    return new DemoBackend(group, bound.channel());
  }

  /** The address with the actual port. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Closes live connections at once. */
  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static final class Pipeline extends ChannelInitializer<SocketChannel> {
    private static final HttpDecoderConfig LIMITS =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(4096)
            .setMaxHeaderSize(16 << 10)
            .setMaxChunkSize(64 << 10);

    @Override
    protected void initChannel(SocketChannel channel) {
      channel.pipeline().addLast("idle", new IdleStateHandler(0, 0, IDLE_SECONDS));
      channel.pipeline().addLast("http", new HttpServerCodec(LIMITS));
      // One message per read: otherwise pipelined requests would
      // arrive while a response is being sent.
      channel.pipeline().addLast("flow", new FlowControlHandler());
      channel.pipeline().addLast("demo", new DemoHandler());
    }
  }
}
