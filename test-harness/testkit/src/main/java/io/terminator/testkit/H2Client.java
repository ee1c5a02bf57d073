package io.terminator.testkit;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Predicate;

/**
 * An HTTP/2 client whose test decides each frame, over a connection of any kind. It answers nothing
 * by itself: no SETTINGS, no PING, no window. One thread.
 */
public final class H2Client implements AutoCloseable {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PUSH_PROMISE = 5;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;
  public static final int PRIORITY_UPDATE = 16;

  public static final int END_STREAM = 1;
  public static final int ACK = 1;
  public static final int END_HEADERS = 4;
  public static final int PADDED = 8;
  public static final int PRIORITIZED = 32;

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final SocketPeer peer;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);

  /** A frame as it was received. */
  public record Frame(int type, int flags, int stream, byte[] payload) {
    public boolean has(int flag) {
      return (flags & flag) != 0;
    }

    /** The error code of RST_STREAM or GOAWAY. */
    public int code() {
      return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
    }

    /** The last stream of GOAWAY. */
    public int lastStream() {
      return ByteBuffer.wrap(payload).getInt(0);
    }

    /** The increment of WINDOW_UPDATE. */
    public int increment() {
      return ByteBuffer.wrap(payload).getInt(0);
    }

    public String text() {
      return new String(payload, StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
      return "frame "
          + type
          + " flags "
          + flags
          + " stream "
          + stream
          + " length "
          + payload.length
          + (type == RST_STREAM || type == GOAWAY ? " code " + code() : "");
    }
  }

  /**
   * The response of a stream. {@code reset} is the code of RST_STREAM, -1 without one; {@code
   * trailers} is empty without them.
   */
  public record Response(
      Map<String, String> head, byte[] body, Map<String, String> trailers, int reset) {
    public String status() {
      return head.getOrDefault(":status", "");
    }

    public String text() {
      return new String(body, StandardCharsets.ISO_8859_1);
    }
  }

  private H2Client(SocketPeer peer) {
    this.peer = peer;
  }

  /** Sends nothing yet. */
  public static H2Client over(SocketPeer peer) {
    return new H2Client(peer);
  }

  /** Sends the preface and SETTINGS of alternating identifiers and values. */
  public H2Client begin(int... settings) throws IOException {
    peer.write(PREFACE);
    settings(settings);
    return this;
  }

  public SocketPeer peer() {
    return peer;
  }

  /** Alternating identifiers and values. */
  public void settings(int... settings) throws IOException {
    ByteBuffer payload = ByteBuffer.allocate(settings.length * 3);
    for (int i = 0; i < settings.length; i += 2) {
      payload.putShort((short) settings[i]).putInt(settings[i + 1]);
    }
    frame(SETTINGS, 0, 0, payload.array());
  }

  public void acknowledge() throws IOException {
    frame(SETTINGS, ACK, 0);
  }

  public void frame(int type, int flags, int stream, byte... payload) throws IOException {
    peer.write(bytes(type, flags, stream, payload));
  }

  /** A frame as bytes. */
  public static byte[] bytes(int type, int flags, int stream, byte... payload) {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.putInt(payload.length << 8 | type).put((byte) flags).putInt(stream).put(payload);
    return frame.array();
  }

  /** Fields as {@code name: value}; a pseudo-header field as {@code :name: value}. */
  public void headers(int stream, boolean end, String... fields) throws IOException {
    frame(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, block(fields));
  }

  /** A request without a body. */
  public void get(int stream, String path) throws IOException {
    headers(stream, true, request("GET", path));
  }

  /** The pseudo-header fields of a request. */
  public static String[] request(String method, String path, String... more) {
    String[] fields = new String[4 + more.length];
    fields[0] = ":method: " + method;
    fields[1] = ":scheme: https";
    fields[2] = ":authority: localhost";
    fields[3] = ":path: " + path;
    System.arraycopy(more, 0, fields, 4, more.length);
    return fields;
  }

  public void data(int stream, boolean end, String text) throws IOException {
    frame(DATA, end ? END_STREAM : 0, stream, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public void windowUpdate(int stream, int increment) throws IOException {
    frame(WINDOW_UPDATE, 0, stream, ByteBuffer.allocate(4).putInt(increment).array());
  }

  public void reset(int stream, int code) throws IOException {
    frame(RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(code).array());
  }

  public void ping(long opaque) throws IOException {
    frame(PING, 0, 0, ByteBuffer.allocate(8).putLong(opaque).array());
  }

  /** Literals without indexing and without Huffman coding, in the order given, unchecked. */
  public static byte[] block(String... fields) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (String field : fields) {
      int cut = field.indexOf(':', 1);
      block.write(0);
      literal(block, field.substring(0, cut));
      literal(block, field.substring(cut + 2));
    }
    return block.toByteArray();
  }

  private static void literal(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.length < 127) {
      block.write(bytes.length);
    } else {
      block.write(127);
      int left = bytes.length - 127;
      while (left >= 128) {
        block.write(left % 128 + 128);
        left /= 128;
      }
      block.write(left);
    }
    block.writeBytes(bytes);
  }

  /** The next frame; an {@code EOFException} at the end of the connection. */
  public Frame read() throws IOException {
    ByteBuffer header = ByteBuffer.wrap(peer.readExactly(9));
    int length = header.getInt(0) >>> 8;
    return new Frame(
        header.get(3) & 0xff, header.get(4) & 0xff, header.getInt(5), peer.readExactly(length));
  }

  /** Skips frames up to the first that is {@code wanted}. */
  public Frame await(Predicate<Frame> wanted) throws IOException {
    while (true) {
      Frame frame = read();
      if (wanted.test(frame)) {
        return frame;
      }
    }
  }

  public Frame await(int type) throws IOException {
    return await(frame -> frame.type() == type);
  }

  /** GOAWAY, or null if the connection ended without one. */
  public Frame awaitGoAway() throws IOException {
    return await(GOAWAY);
  }

  /** The final response of {@code stream}, skipping frames of other streams. */
  public Response response(int stream) throws IOException {
    Map<String, String> head = new java.util.LinkedHashMap<>();
    Map<String, String> trailers = new java.util.LinkedHashMap<>();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      Frame frame = read();
      if (frame.type() == HEADERS) {
        Map<String, String> fields = fields(frame);
        if (frame.stream() == stream) {
          boolean interim = fields.getOrDefault(":status", "").startsWith("1");
          if (!interim) {
            (head.isEmpty() ? head : trailers).putAll(fields);
          }
        }
      }
      if (frame.stream() != stream) {
        if (frame.type() == GOAWAY && frame.code() != 0) {
          throw new EOFException("GOAWAY " + frame.code());
        }
        continue;
      }
      if (frame.type() == RST_STREAM) {
        return new Response(head, body.toByteArray(), trailers, frame.code());
      }
      if (frame.type() == DATA) {
        body.writeBytes(frame.payload());
      }
      if ((frame.type() == DATA || frame.type() == HEADERS) && frame.has(END_STREAM)) {
        return new Response(head, body.toByteArray(), trailers, -1);
      }
    }
  }

  /** The fields of a HEADERS frame that is its whole block. Every block has to be read. */
  public Map<String, String> fields(Frame frame) throws IOException {
    Map<String, String> fields = new java.util.LinkedHashMap<>();
    try {
      Http2Headers headers =
          decoder.decodeHeaders(frame.stream(), Unpooled.wrappedBuffer(frame.payload()));
      headers.forEach(
          field ->
              fields.merge(field.getKey().toString(), field.getValue().toString(), H2Client::join));
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
    return fields;
  }

  private static String join(String first, String second) {
    return first + ", " + second;
  }

  @Override
  public void close() throws IOException {
    peer.close();
  }
}
