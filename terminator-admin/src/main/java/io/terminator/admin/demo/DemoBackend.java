package io.terminator.admin.demo;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.timeout.IdleStateHandler;
import io.terminator.admin.exchange.ControlHandler;
import io.terminator.admin.exchange.ControlListener;
import io.terminator.admin.exchange.Slots;
import io.terminator.core.file.FileFailure;
import io.terminator.core.setting.AddressText;
import io.terminator.core.setting.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * A plaintext HTTP/1.1 server on one thread: {@code /} describes it, {@code /bytes/N} streams N
 * bytes, {@code /echo} streams an upload back. Memory per connection is bounded, whatever the size
 * of the response and the speed of its reader.
 */
public final class DemoBackend implements AutoCloseable {
  private static final WriteBufferWaterMark MARKS = new WriteBufferWaterMark(64 << 10, 256 << 10);
  private static final int IDLE_SECONDS = 300;

  private static final ControlListener.Limits LIMITS =
      new ControlListener.Limits(4096, 16 << 10, 64 << 10);

  private final ControlListener listener;

  private DemoBackend(ControlListener listener) {
    this.listener = listener;
  }

  /**
   * Blocks until the server listens. With port 0 the system chooses a port; see {@link #address}.
   */
  public static DemoBackend start(InetSocketAddress bind) throws IOException {
    try {
      return new DemoBackend(
          ControlListener.start(
              "demo-backend",
              new Endpoint.Inet(AddressText.host(bind), bind.getPort()),
              Slots.refusing(() -> Integer.MAX_VALUE),
              new Connections(),
              bootstrap ->
                  bootstrap
                      .option(ChannelOption.SO_BACKLOG, 1024)
                      .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, MARKS)));
    } catch (IOException failure) {
      throw new IOException(
          "The demo backend cannot listen on "
              + AddressText.of(bind)
              + ": "
              + FileFailure.words(failure),
          failure);
    }
  }

  /** The address with the actual port. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.address();
  }

  /** Closes live connections at once. */
  @Override
  public void close() {
    listener.close();
  }

  private static final class Connections implements ControlListener.Service {
    @Override
    public ControlListener.Limits limits() {
      return LIMITS;
    }

    @Override
    public ControlHandler handle(Channel client) {
      client.pipeline().addLast(new IdleStateHandler(0, 0, IDLE_SECONDS));
      return new DemoHandler();
    }
  }
}
