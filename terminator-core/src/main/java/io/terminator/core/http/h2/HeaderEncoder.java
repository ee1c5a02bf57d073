package io.terminator.core.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.terminator.core.http.message.Head;
import java.nio.ByteBuffer;

/**
 * Compresses heads with Netty's encoder and the static table alone. Without a dynamic table there
 * is no state per connection: one encoder per worker is enough, the fields need no copies that
 * outlive the call, and no block depends on another. A connection says so to its peer with {@link
 * #NO_TABLE} at the start of its first block. Worker thread only.
 */
final class HeaderEncoder {
  /** A dynamic table size update to zero (RFC 7541 section 6.3). */
  static final byte NO_TABLE = 0x20;

  private final DefaultHttp2HeadersEncoder encoder =
      new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.NEVER_SENSITIVE, true, 2);
  private final OutgoingFields fields = new OutgoingFields();
  private final ByteBuf block = Unpooled.buffer(4096);
  private ByteBuffer view = ByteBuffer.wrap(block.array());

  HeaderEncoder() {
    try {
      encoder.maxHeaderTableSize(0);
      // The encoder would write its update into the first block of the worker only.
      encoder.encodeHeaders(1, fields, block);
    } catch (Http2Exception never) {
      throw new IllegalStateException(never);
    }
  }

  /**
   * Compresses {@code head}; returns the length of the block, which is in {@link #block}. {@code
   * first}: it is the first block of its connection.
   */
  int encode(Head head, boolean first) {
    block.clear();
    if (first) {
      block.writeByte(NO_TABLE);
    }
    fields.begin(head);
    try {
      encoder.encodeHeaders(1, fields, block);
    } catch (Http2Exception fault) {
      throw new IllegalStateException(fault);
    } finally {
      fields.finish();
    }
    if (view.array() != block.array()) {
      view = ByteBuffer.wrap(block.array());
    }
    return block.writerIndex();
  }

  /** The last block, from its start, until the next call. */
  ByteBuffer block() {
    return view;
  }
}
