package io.terminator.admin.exchange;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to an HTTP server of the control plane, with its {@link Exchange}: a subclass
 * answers the parts that it wanted. The channel's own thread.
 */
public abstract class ControlHandler extends SimpleChannelInboundHandler<HttpObject> {
  private static final Logger LOG = LoggerFactory.getLogger(ControlHandler.class);

  private final Exchange exchange = new Exchange();

  protected final Exchange exchange() {
    return exchange;
  }

  /** The part that was wanted has arrived; it is released afterwards. */
  protected abstract void onPart(ChannelHandlerContext context, HttpObject part);

  /** The client has sent FIN. */
  protected void onInputEnd(ChannelHandlerContext context) {}

  @Override
  protected final void channelRead0(ChannelHandlerContext context, HttpObject part) {
    exchange.onPart();
    onPart(context, part);
  }

  @Override
  public final void channelReadComplete(ChannelHandlerContext context) {
    exchange.onReadComplete(context);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent) {
      exchange.onInputEnd(context);
      onInputEnd(context);
    }
    super.userEventTriggered(context, event);
  }

  @Override
  public final void channelInactive(ChannelHandlerContext context) {
    exchange.disarm();
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("connection from {} is closed", context.channel().remoteAddress(), cause);
    context.close();
  }
}
