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
 * One client's connection with an HTTP server of the control plane: asks for one part of a request at a time, with auto-read off and
 * flow control before it, watches one deadline, and ends without a reset on top of an answer. One per connection; the channel's own
 * thread.
 */
public final class Exchange {
  private final PartByPart parts = new PartByPart();
  private @Nullable Future<?> deadline;

  /** One more part of a request; where none can come the connection ends. */
  public void want(ChannelHandlerContext context) {
    parts.want(context);
  }

  /** What was wanted is here. */
  public void onPart() {
    parts.onPart();
  }

  /** To be called when the codec has read: where that made no whole part, more is read. */
  public void onReadComplete(ChannelHandlerContext context) {
    parts.onReadComplete(context);
  }

  /** The peer says no more; what was read of it before waits in the flow control and is answered all the same. */
  public void onInputEnd(ChannelHandlerContext context) {
    parts.onInputEnd(context);
  }

  public boolean isInputEnded() {
    return parts.isInputEnded();
  }

  /** In place of the deadline before, if any. */
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
   * Says that nothing follows, then reads what the client still sends, until it ends or the deadline does: a close on top of bytes
   * that nobody read is a reset, which can overtake the answer. {@code ssl} is what the connection speaks TLS with.
   */
  public void linger(ChannelHandlerContext context, @Nullable SslHandler ssl) {
    ChannelFuture ended =
        ssl != null ? ssl.closeOutbound() : ((DuplexChannel) context.channel()).shutdownOutput();
    ended.addListener(done -> want(context));
  }
}
