package io.terminator.admin.plain;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollChannelOption;
import io.terminator.admin.exchange.ControlHandler;
import io.terminator.admin.exchange.ControlListener;
import io.terminator.admin.exchange.Slots;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

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
  private final ThreadPoolExecutor files = ControlListener.executor("http-files", 1, WAITING);
  private final AtomicLong warnedAt = new AtomicLong(System.nanoTime() - TimeUnit.HOURS.toNanos(1));
  private final ControlListener listener;
  private volatile PlainHttpConfig config;

  private PlainHttpServer(PlainHttpConfig config, PlainHttpCounters counters, PendingTokens pending)
      throws IOException {
    this.pending = pending;
    this.config = config;
    this.counters = counters;
    this.listener =
        ControlListener.start(
            "http",
            config.bind(),
            Slots.refusing(() -> this.config.limits().connections()),
            new Connections(),
            bootstrap ->
                bootstrap
                    .option(EpollChannelOption.SO_REUSEPORT, config.shared())
                    // A read is decoded as a whole: this bounds the memory per connection.
                    .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ)));
  }

  /** Starts to listen; the exception names the cause of a failure. */
  public static PlainHttpServer start(
      PlainHttpConfig config, PlainHttpCounters counters, PendingTokens pending)
      throws IOException {
    try {
      return new PlainHttpServer(config, counters, pending);
    } catch (IOException failure) {
      throw ControlListener.unusable("http.bind", config.bind(), failure);
    }
  }

  private final class Connections implements ControlListener.Service {
    @Override
    public ControlListener.Limits limits() {
      int headers = (int) config.limits().headers().bytes();
      return new ControlListener.Limits(headers, headers, CHUNK);
    }

    @Override
    public ControlHandler handle(Channel client) {
      return new PlainHttpHandler(
          new PlainHttpHandler.Surroundings(() -> config, pending, counters, files, warnedAt));
    }

    @Override
    public void onSurplus() {
      counters.count(PlainHttpCounters.Result.SURPLUS);
    }
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
    return (InetSocketAddress) listener.address();
  }

  /** Stops accepting; open connections are still served. */
  public void stopAccepting() {
    listener.stopAccepting();
  }

  @Override
  public void close() {
    files.shutdown();
    listener.close();
  }
}
