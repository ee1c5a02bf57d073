package io.terminator.core.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.ByteBuffer;

/**
 * Decompresses the header blocks of one connection (RFC 7541) with Netty's decoder, into the fields
 * of the worker. Worker thread only.
 */
final class HeaderDecoder extends DefaultHttp2HeadersDecoder {
  private final Input input;
  private final IncomingFields fields;

  /**
   * Memory for one block, copied into an array because the decompression reads it byte by byte. One
   * per worker.
   */
  static final class Input {
    private final byte[] bytes;
    private final ByteBuf buffer;

    Input(int largest) {
      bytes = new byte[largest];
      buffer = Unpooled.wrappedBuffer(bytes);
    }

    int capacity() {
      return bytes.length;
    }
  }

  /** {@code fields} checks the limits, so that the decoder itself has none. */
  HeaderDecoder(Input input, IncomingFields fields) {
    super(false, false, 0xffffffffL);
    this.input = input;
    this.fields = fields;
  }

  /**
   * Reads the block {@code source[from, to)}; false if it violates RFC 7541, and then no further
   * block can be read.
   */
  boolean decode(ByteBuffer source, int from, int to) {
    source.get(from, input.bytes, 0, to - from);
    input.buffer.setIndex(0, to - from);
    try {
      decodeHeaders(1, input.buffer);
      return true;
    } catch (Http2Exception broken) {
      return false;
    }
  }

  @Override
  protected Http2Headers newHeaders() {
    return fields;
  }
}
