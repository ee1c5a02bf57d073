package io.terminator.admin.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.ssl.SslHandler;
import io.terminator.core.setting.AddressText;
import io.terminator.core.setting.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The admin API, on its own event loop and threads, separate from all workers: a slow or hostile
 * client can delay operators, but never traffic. The size, number and duration of requests are
 * limited.
 */
public final class AdminServer implements AutoCloseable {
  private static final int MAX_LINE = 8 * 1024;
  private static final int CHUNK = 8 * 1024;

  /** Limit for unsent responses to clients without a token, in KiB, over all connections. */
  static final int MOST_UNTAKEN = 64 * 1024;

  private static final int THREADS = 2;
  private static final int WAITING = 64;

  /**
   * Separate from the queue for clients with a token: excessive scrapes must not delay operators.
   */
  private static final int OPEN_WAITING = 16;

  private final AdminConfig config;
  private final AdminCounters counters;
  private final AdminAccess access;
  private final @Nullable AdminTls tls;
  private final EventLoopGroup loop;
  private final ThreadPoolExecutor executor;
  private final ThreadPoolExecutor openExecutor;
  private final Slots slots;
  private @Nullable Channel channel;

  private AdminServer(AdminConfig config, AdminCounters counters) throws IOException {
    this.counters = counters;
    AdminTlsConfig tlsConfig = config.tls();
    this.config = config;
    this.tls = tlsConfig == null ? null : AdminTls.open(tlsConfig);
    this.access = new AdminAccess(config);
    this.loop =
        new MultiThreadIoEventLoopGroup(
            1, (ThreadFactory) task -> daemon(task, "admin"), EpollIoHandler.newFactory());
    this.slots = new Slots(config.limits().connections());
    this.executor = threads(THREADS, WAITING, "admin-task");
    this.openExecutor = threads(1, OPEN_WAITING, "admin-open");
  }

  private static ThreadPoolExecutor threads(int count, int waiting, String name) {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            count,
            count,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(waiting),
            task -> daemon(task, name));
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /** Starts to listen; the exception names the cause of a failure. */
  public static AdminServer start(AdminConfig config, AdminRoutes routes, AdminCounters counters)
      throws IOException {
    AdminServer server = new AdminServer(config, counters);
    try {
      server.channel = server.listen(routes);
      return server;
    } catch (RuntimeException failure) {
      server.close();
      throw failure;
    } catch (IOException failure) {
      server.close();
      throw new IOException(
          "admin.bind: \""
              + config.bind()
              + "\" cannot be bound: "
              + failure.getMessage()
              + ". Expected a free address of this machine; stop the process that uses it,"
              + " or change admin.bind",
          failure);
    }
  }

  private Channel listen(AdminRoutes routes) throws IOException {
    AdminHandler.Surroundings surroundings =
        new AdminHandler.Surroundings(
            routes,
            access,
            new AuditLog(),
            counters,
            config.limits(),
            executor,
            openExecutor,
            slots,
            new Semaphore(MOST_UNTAKEN));
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            // One request at a time: further requests wait, in the end in the client's own socket.
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel client) {
                    admit(client, surroundings);
                  }
                });
    if (config.bind() instanceof Endpoint.Unix unix) {
      UnixBinding.removeStale(unix.path());
      bootstrap.channel(EpollServerDomainSocketChannel.class);
      Channel bound = done(bootstrap.bind(new DomainSocketAddress(unix.path())));
      UnixBinding.restrict(unix.path());
      return bound;
    }
    Endpoint.Inet inet = (Endpoint.Inet) config.bind();
    bootstrap.channel(EpollServerSocketChannel.class);
    return done(
        bootstrap.bind(
            inet.host().isEmpty()
                ? new InetSocketAddress(inet.port())
                : new InetSocketAddress(inet.host(), inet.port())));
  }

  private static Channel done(ChannelFuture future) throws IOException {
    if (!future.awaitUninterruptibly().isSuccess()) {
      Throwable cause = future.cause();
      throw new IOException(cause.getMessage(), cause);
    }
    return future.channel();
  }

  private void admit(Channel client, AdminHandler.Surroundings surroundings) {
    Channel surplus = slots.take(client);
    if (surplus != null) {
      counters.count(AdminCounters.Result.SURPLUS);
      surplus.close();
    }
    if (surplus == client) {
      return;
    }
    client.closeFuture().addListener(closed -> slots.release(client));
    SslHandler ssl = tls == null ? null : tls.newHandler(client.alloc());
    if (ssl != null) {
      ssl.setHandshakeTimeoutMillis(config.limits().request().toMillis());
      client.pipeline().addLast(ssl);
    }
    client
        .pipeline()
        .addLast(
            new HttpServerCodec(
                new HttpDecoderConfig()
                    .setMaxInitialLineLength(MAX_LINE)
                    .setMaxHeaderSize((int) config.limits().headers().bytes())
                    .setMaxChunkSize(CHUNK)),
            new FlowControlHandler(),
            new AdminHandler(surroundings, ssl));
  }

  /**
   * The address it listens on: {@code https://127.0.0.1:9443}, with the actual port, or {@code
   * unix:/run/admin.sock}.
   */
  public String url() {
    InetSocketAddress inet = address();
    if (inet == null) {
      return config.bind().toString();
    }
    return (tls == null ? "http://" : "https://") + AddressText.of(inet);
  }

  /** The address with its actual port; null for a unix socket. */
  public @Nullable InetSocketAddress address() {
    return channel != null && channel.localAddress() instanceof InetSocketAddress inet
        ? inet
        : null;
  }

  /** Reads changed token and certificate files again. Blocking; called about once per second. */
  public void look() {
    access.look();
    if (tls != null) {
      tls.look();
    }
  }

  @Override
  public void close() {
    if (channel != null) {
      channel.close().awaitUninterruptibly(1_000);
    }
    executor.shutdown();
    openExecutor.shutdown();
    // A client that ordered the stop through the API gets its response before the loop stops.
    try {
      if (!executor.awaitTermination(1, TimeUnit.SECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }
}
