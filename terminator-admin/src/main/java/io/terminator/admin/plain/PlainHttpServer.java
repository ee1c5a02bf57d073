package io.terminator.admin.plain;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.terminator.core.setting.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Plain HTTP on its own event loop and thread, separate from all workers and from the admin API: a
 * flood only delays redirects. Control plane; its methods may block.
 */
public final class PlainHttpServer implements AutoCloseable {
  private static final int CHUNK = 8 * 1024;
  private static final int READ = 2 * 1024;
  private static final int WAITING = 64;

  private final PlainHttpCounters counters;
  private final PendingTokens pending;
  private final EventLoopGroup loop;
  private final ThreadPoolExecutor files;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong warnedAt = new AtomicLong(System.nanoTime() - TimeUnit.HOURS.toNanos(1));
  private volatile PlainHttpConfig config;
  private @Nullable Channel channel;

  private PlainHttpServer(
      PlainHttpConfig config, PlainHttpCounters counters, PendingTokens pending) {
    this.pending = pending;
    this.config = config;
    this.counters = counters;
    this.loop =
        new MultiThreadIoEventLoopGroup(
            1, (ThreadFactory) task -> daemon(task, "http"), EpollIoHandler.newFactory());
    this.files =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            task -> daemon(task, "http-files"));
    files.allowCoreThreadTimeOut(true);
  }

  /** Starts to listen; the exception names the cause of a failure. */
  public static PlainHttpServer start(
      PlainHttpConfig config, PlainHttpCounters counters, PendingTokens pending)
      throws IOException {
    PlainHttpServer server = new PlainHttpServer(config, counters, pending);
    try {
      server.channel = server.listen();
      return server;
    } catch (IOException failure) {
      server.close();
      throw new IOException(
          "http.bind: \""
              + config.bind()
              + "\" cannot be bound: "
              + failure.getMessage()
              + ". Expected a free address of this machine; stop the process that uses it,"
              + " or change http.bind",
          failure);
    }
  }

  private Channel listen() throws IOException {
    Endpoint.Inet bind = config.bind();
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channel(EpollServerSocketChannel.class)
            .option(EpollChannelOption.SO_REUSEPORT, config.shared())
            // One request at a time: further requests wait, in the end in the client's own socket.
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            // A read is decoded as a whole: this bounds the memory per connection.
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ))
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel client) {
                    admit(client);
                  }
                })
            .bind(
                bind.host().isEmpty()
                    ? new InetSocketAddress(bind.port())
                    : new InetSocketAddress(bind.host(), bind.port()));
    if (!bound.awaitUninterruptibly().isSuccess()) {
      throw new IOException(bound.cause().getMessage(), bound.cause());
    }
    return bound.channel();
  }

  private void admit(Channel client) {
    client.closeFuture().addListener(closed -> open.decrementAndGet());
    PlainHttpConfig now = config;
    if (open.incrementAndGet() > now.limits().connections()) {
      counters.count(PlainHttpCounters.Result.SURPLUS);
      client.close();
      return;
    }
    int headers = (int) now.limits().headers().bytes();
    client
        .pipeline()
        .addLast(
            new HttpServerCodec(
                new HttpDecoderConfig()
                    .setMaxInitialLineLength(headers)
                    .setMaxHeaderSize(headers)
                    .setMaxChunkSize(CHUNK)),
            new FlowControlHandler(),
            new PlainHttpHandler(
                new PlainHttpHandler.Surroundings(
                    () -> config, pending, counters, files, warnedAt)));
  }

  public PlainHttpConfig config() {
    return config;
  }

  /**
   * Whether {@link #configure} is sufficient for {@code next}, because the socket stays the same.
   */
  public boolean suits(PlainHttpConfig next) {
    return config.bind().equals(next.bind()) && config.shared() == next.shared();
  }

  /** From now on requests use this configuration, including those on open connections. */
  public void configure(PlainHttpConfig next) {
    config = next;
  }

  /** The address with its actual port. */
  public InetSocketAddress address() {
    return (InetSocketAddress) java.util.Objects.requireNonNull(channel).localAddress();
  }

  /** Stops accepting; open connections are still served. */
  public void stopAccepting() {
    if (channel != null) {
      channel.close().awaitUninterruptibly(1_000);
    }
  }

  @Override
  public void close() {
    stopAccepting();
    files.shutdown();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }
}
