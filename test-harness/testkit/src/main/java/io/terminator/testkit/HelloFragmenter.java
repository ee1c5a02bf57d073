package io.terminator.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** Sends the ClientHello in pieces, as middleboxes and hostile clients do. */
public final class HelloFragmenter {

  private static final int RECORD_HEADER = 5;

  private final TlsClient client;

  public HelloFragmenter(TlsClient client) {
    this.client = client;
  }

  /** Cuts the ClientHello into segments of {@code size}; the handshake is complete on return. */
  public RawTlsClient bySegments(InetSocketAddress address, int size) throws IOException {
    RawTlsClient raw = client.raw(address);
    try {
      raw.segments(size).sendRaw(raw.clientHello());
      return raw.segments(Integer.MAX_VALUE).handshake();
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  /**
   * Cuts the ClientHello into TLS records of {@code size} bytes of content, each in its own
   * segment; the handshake is complete on return.
   */
  public RawTlsClient byRecords(InetSocketAddress address, int size) throws IOException {
    RawTlsClient raw = client.raw(address);
    try {
      byte[] records = cut(raw.clientHello(), size);
      raw.segments(RECORD_HEADER + size).sendRaw(records);
      return raw.segments(Integer.MAX_VALUE).handshake();
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  /** The content of one plaintext record as records of at most {@code size} bytes of content. */
  public static byte[] cut(byte[] plaintextRecord, int size) {
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    for (int at = RECORD_HEADER; at < plaintextRecord.length; at += size) {
      int length = Math.min(size, plaintextRecord.length - at);
      byte[] header =
          ByteBuffer.allocate(5).put(plaintextRecord, 0, 3).putShort((short) length).array();
      records.writeBytes(header);
      records.write(plaintextRecord, at, length);
    }
    return records.toByteArray();
  }
}
