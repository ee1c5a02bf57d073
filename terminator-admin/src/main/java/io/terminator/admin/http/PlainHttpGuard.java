package io.terminator.admin.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;

/**
 * In front of {@code ssl}, until the first byte: a TLS record never begins with a letter, a request
 * in plain HTTP does. Without TLS on its connection, such a client can be answered. Admin loop
 * only.
 */
final class PlainHttpGuard extends ChannelInboundHandlerAdapter {
  private final SslHandler ssl;
  private final AdminHandler admin;

  PlainHttpGuard(SslHandler ssl, AdminHandler admin) {
    this.ssl = ssl;
    this.admin = admin;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof ByteBuf bytes && bytes.isReadable()) {
      byte first = bytes.getByte(bytes.readerIndex());
      if (first >= 'A' && first <= 'Z') {
        // Before the removal, which tells of a failed handshake.
        admin.onPlainHttp();
        context.pipeline().remove(ssl);
      }
      context.fireChannelRead(message);
      context.pipeline().remove(this);
      return;
    }
    context.fireChannelRead(message);
  }
}
