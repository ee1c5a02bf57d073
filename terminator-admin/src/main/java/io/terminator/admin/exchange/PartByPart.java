package io.terminator.admin.exchange;

import io.netty.channel.ChannelHandlerContext;

/**
 * Asks a channel for one part of a request at a time, with auto-read off and flow control before it, and ends the connection
 * where none can come. One a connection; the channel's own thread.
 */
final class PartByPart {
  private boolean isWanting;
  private boolean isInputEnded;

  /** One more part of a request; where none can come the connection ends. */
  void want(ChannelHandlerContext context) {
    isWanting = true;
    context.read();
    if (isWanting && isInputEnded) {
      context.close();
    }
  }

  /** What was wanted is here. */
  void onPart() {
    isWanting = false;
  }

  /** What was read made no whole part: the flow control forgets what was asked of it. */
  void onReadComplete(ChannelHandlerContext context) {
    if (isWanting) {
      context.read();
    }
  }

  /** The peer says no more; what was read of it before waits in the flow control and is answered all the same. */
  void onInputEnd(ChannelHandlerContext context) {
    isInputEnded = true;
    if (isWanting) {
      context.close();
    }
  }

  boolean isInputEnded() {
    return isInputEnded;
  }
}
