package io.terminator.admin.exchange;

import io.netty.channel.ChannelHandlerContext;

/**
 * Requests one part of a message at a time from a channel, with auto-read off and flow control
 * before it, and closes the connection if no part can follow. One per connection; the channel's own
 * thread.
 */
final class PartByPart {
  private boolean isWanting;
  private boolean isInputEnded;

  /** Requests one more part; closes the connection if none can follow. */
  void want(ChannelHandlerContext context) {
    isWanting = true;
    context.read();
    if (isWanting && isInputEnded) {
      context.close();
    }
  }

  /** The requested part has arrived. */
  void onPart() {
    isWanting = false;
  }

  /**
   * The read did not complete a part: the flow control has forgotten the request, so it is
   * repeated.
   */
  void onReadComplete(ChannelHandlerContext context) {
    if (isWanting) {
      context.read();
    }
  }

  /**
   * The peer has sent FIN. Input that was read before it waits in the flow control and is still
   * answered.
   */
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
