package io.terminator.admin.exchange;

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
import io.terminator.core.chain.SocketFailure;
import io.terminator.core.file.FileFailure;
import io.terminator.core.setting.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A listening address for HTTP/1.1 in the control plane, with an event loop of its own, separate
 * from all workers. It limits the number of connections and the size of what is decoded, and gives
 * each connection one {@link ControlHandler}. The methods may block and are not for the loop.
 */
public final class ControlListener implements AutoCloseable {
  private final EventLoopGroup loop;
  private final Channel channel;

  /** Limits of the codec in bytes. */
  public record Limits(int line, int headers, int chunk) {}

  /** The server behind the address. Its methods are called on the loop, for each connection. */
  public interface Service {
    Limits limits();

    /** {@code client} has a slot; what is added here is in front of the codec. */
    ControlHandler handle(Channel client);

    /** A connection was closed because of the limit. */
    default void onSurplus() {}
  }

  private ControlListener(EventLoopGroup loop, Channel channel) {
    this.loop = loop;
    this.channel = channel;
  }

  /**
   * Starts to listen at {@code bind}, where the system chooses the port 0. The message of the
   * exception is the cause of a failure alone.
   */
  public static ControlListener start(
      String thread, Endpoint bind, Slots slots, Service service, Consumer<ServerBootstrap> options)
      throws IOException {
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1, (ThreadFactory) task -> daemon(task, thread), EpollIoHandler.newFactory());
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
                    admit(client, slots, service);
                  }
                });
    options.accept(bootstrap);
    try {
      return new ControlListener(loop, bind(bootstrap, bind));
    } catch (IOException | RuntimeException failure) {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      throw failure;
    }
  }

  private static Channel bind(ServerBootstrap bootstrap, Endpoint bind) throws IOException {
    if (bind instanceof Endpoint.Unix unix) {
      UnixBinding.removeStale(unix.path());
      bootstrap.channel(EpollServerDomainSocketChannel.class);
      Channel bound = done(bootstrap.bind(new DomainSocketAddress(unix.path())));
      UnixBinding.restrict(unix.path());
      return bound;
    }
    Endpoint.Inet inet = (Endpoint.Inet) bind;
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
      throw cause instanceof UnresolvedAddressException
          ? new UnknownHostException()
          : new IOException(SocketFailure.words(cause), cause);
    }
    return future.channel();
  }

  /** What {@link #start} has thrown, for the operator; {@code key} is the setting's. */
  public static IOException unusable(String key, Endpoint bind, IOException failure) {
    String found = key + ": \"" + bind + "\" ";
    return new IOException(
        failure instanceof UnknownHostException
            ? found
                + "has a host that does not resolve. Expected an address of this machine, or a name"
                + " of one; write the address, or add the name to /etc/hosts"
            : found
                + "cannot be bound: "
                + FileFailure.words(failure)
                + ". Expected a free address of this machine; stop the process that uses it, or"
                + " change "
                + key,
        failure);
  }

  private static void admit(Channel client, Slots slots, Service service) {
    Channel surplus = slots.take(client);
    if (surplus != null) {
      service.onSurplus();
      surplus.close();
    }
    if (surplus == client) {
      return;
    }
    client.closeFuture().addListener(closed -> slots.release(client));
    ControlHandler handler = service.handle(client);
    Limits limits = service.limits();
    client
        .pipeline()
        .addLast(
            new HttpServerCodec(
                new HttpDecoderConfig()
                    .setMaxInitialLineLength(limits.line())
                    .setMaxHeaderSize(limits.headers())
                    .setMaxChunkSize(limits.chunk())),
            // One message for each read: pipelined requests wait until the response is sent.
            new FlowControlHandler(),
            handler);
  }

  /**
   * Up to {@code threads} daemon threads for work that may block; {@code waiting} tasks may wait,
   * and more are rejected.
   */
  public static ThreadPoolExecutor executor(String name, int threads, int waiting) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(waiting),
            task -> daemon(task, name));
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** The address with its actual port, or the path of a unix socket. */
  public SocketAddress address() {
    return channel.localAddress();
  }

  /** Stops accepting; open connections are still served. */
  public void stopAccepting() {
    channel.close().awaitUninterruptibly(1_000);
  }

  /** Closes the address and its connections; returns within two seconds. */
  @Override
  public void close() {
    stopAccepting();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(1_000);
  }
}
