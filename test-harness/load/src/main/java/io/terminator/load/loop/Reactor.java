package io.terminator.load.loop;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** One thread with its epoll loop. */
public final class Reactor implements AutoCloseable {
  private final MultiThreadIoEventLoopGroup group;
  private final IoEventLoop loop;

  /** {@code name} is the name of the thread; the kernel shows its first 15 characters. */
  public Reactor(String name) {
    group =
        new MultiThreadIoEventLoopGroup(
            1,
            (ThreadFactory)
                task -> {
                  Thread thread = new Thread(task, name);
                  thread.setDaemon(true);
                  return thread;
                },
            EpollIoHandler.newFactory());
    loop = group.next();
  }

  /** Any thread. */
  public void execute(Runnable task) {
    loop.execute(task);
  }

  /** Runs {@code task} periodically until the returned future is cancelled. Any thread. */
  public Future<?> every(long nanos, Runnable task) {
    return loop.scheduleAtFixedRate(task, nanos, nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * Registers the descriptor with the loop; no event arrives before interest is submitted. The
   * loop's thread only.
   */
  public IoRegistration register(EpollIoHandle handle) {
    Future<IoRegistration> registration = loop.register(handle);
    if (!registration.isSuccess()) {
      throw new IllegalStateException("the loop refused a registration", registration.cause());
    }
    return registration.getNow();
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS);
  }
}
