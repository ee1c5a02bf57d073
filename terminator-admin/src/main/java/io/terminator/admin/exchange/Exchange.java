package io.terminator.admin.exchange;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connection of one client to an HTTP server of the control plane: requests one part of a
 * message at a time, with auto-read off and flow control before it, enforces one deadline, and
 * closes without a reset that could destroy a response. One per connection; the channel's own
 * thread.
 */
public final class Exchange {
  private final PartByPart parts = new PartByPart();
  private @Nullable Future<?> deadline;

  /** Requests one more part of a message; closes the connection if none can follow. */
  public void want(ChannelHandlerContext context) {
    parts.want(context);
  }

  /** Call this when the requested part has arrived. */
  public void onPart() {
    parts.onPart();
  }

  /**
   * Call this when the codec has finished a read: if the read did not complete a part, more is
   * read.
   */
  public void onReadComplete(ChannelHandlerContext context) {
    parts.onReadComplete(context);
  }

  /**
   * The peer has sent FIN. Input that was read before it waits in the flow control and is still
   * answered.
   */
  public void onInputEnd(ChannelHandlerContext context) {
    parts.onInputEnd(context);
  }

  public boolean isInputEnded() {
    return parts.isInputEnded();
  }

  /** Starts a deadline, which replaces the previous one. */
  public void arm(ChannelHandlerContext context, Duration length, Runnable late) {
    disarm();
    deadline = context.executor().schedule(late, length.toNanos(), TimeUnit.NANOSECONDS);
  }

  public void disarm() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  /**
   * Sends the end of output, then reads and discards input until the client ends or the deadline
   * expires: closing a socket with unread input causes a reset, which can overtake the response.
   * {@code ssl} is the connection's TLS handler; null for plaintext.
   */
  public void linger(ChannelHandlerContext context, @Nullable SslHandler ssl) {
    ChannelFuture ended =
        ssl != null ? ssl.closeOutbound() : ((DuplexChannel) context.channel()).shutdownOutput();
    ended.addListener(done -> want(context));
  }
}
