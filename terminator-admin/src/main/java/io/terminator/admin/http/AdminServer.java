package io.terminator.admin.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.terminator.core.setting.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The admin API's own loop and threads, apart from every worker: an operator's slow or hostile client can delay other
 * operators, never traffic. Requests are limited in size, number and time.
 */
public final class AdminServer implements AutoCloseable {
  static final int MAX_BODY = 2 * 1024 * 1024;
  static final int MAX_CONNECTIONS = 256;
  private static final int MAX_LINE = 8 * 1024;
  private static final int MAX_HEADERS = 16 * 1024;
  private static final int THREADS = 2;
  private static final int WAITING = 64;
  private static final int READ_TIMEOUT_SECONDS = 30;

  private final EventLoopGroup loop;
  private final ThreadPoolExecutor executor;
  private final Channel channel;

  private AdminServer(EventLoopGroup loop, ThreadPoolExecutor executor, Channel channel) {
    this.loop = loop;
    this.executor = executor;
    this.channel = channel;
  }

  /** Listens; the exception says what is in the way. */
  public static AdminServer start(Endpoint.Inet bind, AdminRoutes routes, AdminAccess access)
      throws IOException {
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1,
            (java.util.concurrent.ThreadFactory) task -> daemon(task, "admin"),
            EpollIoHandler.newFactory());
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            task -> daemon(task, "admin-task"));
    executor.allowCoreThreadTimeOut(true);
    AtomicInteger open = new AtomicInteger();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channel(EpollServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel client) {
                    if (open.incrementAndGet() > MAX_CONNECTIONS) {
                      client.close();
                    }
                    client.closeFuture().addListener(closed -> open.decrementAndGet());
                    client
                        .pipeline()
                        .addLast(
                            new ReadTimeoutHandler(READ_TIMEOUT_SECONDS),
                            new HttpServerCodec(MAX_LINE, MAX_HEADERS, MAX_LINE),
                            new HttpObjectAggregator(MAX_BODY),
                            new AdminHandler(routes, access, executor));
                  }
                });
    InetSocketAddress address =
        bind.host().isEmpty()
            ? new InetSocketAddress(bind.port())
            : new InetSocketAddress(bind.host(), bind.port());
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      executor.shutdownNow();
      throw new IOException(
          "admin.bind: \""
              + bind
              + "\" can't be listened on: "
              + bound.cause().getMessage()
              + ". Expected a free address of this machine; stop what uses it or change admin.bind",
          bound.cause());
    }
    return new AdminServer(loop, executor, bound.channel());
  }

  /** The address with its real port. */
  public InetSocketAddress address() {
    return (InetSocketAddress) channel.localAddress();
  }

  @Override
  public void close() {
    channel.close().awaitUninterruptibly(1_000);
    executor.shutdown();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }
}
