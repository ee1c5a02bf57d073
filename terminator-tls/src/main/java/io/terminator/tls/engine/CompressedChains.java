package io.terminator.tls.engine;

import io.netty.internal.tcnative.CertificateCompressionAlgo;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.Deflater;

/**
 * Certificate messages compressed with zlib (RFC 8879); each is compressed once for all handshakes.
 * Any worker.
 */
final class CompressedChains implements CertificateCompressionAlgo {
  /** One chain per algorithm, before and after a change of its stapled response. */
  private static final int MOST = 8;

  private final BoringSsl library;
  private final Map<ByteBuffer, byte[]> compressed = new ConcurrentHashMap<>();

  CompressedChains(BoringSsl library) {
    this.library = library;
  }

  @Override
  public byte[] compress(long ssl, byte[] input) {
    ByteBuffer key = ByteBuffer.wrap(input);
    byte[] known = compressed.get(key);
    if (known != null) {
      return known;
    }
    byte[] made = deflate(input);
    library.chainCompressed();
    if (compressed.size() >= MOST) {
      compressed.clear();
    }
    compressed.put(key, made);
    return made;
  }

  private static byte[] deflate(byte[] input) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    try {
      deflater.setInput(input);
      deflater.finish();
      ByteArrayOutputStream all = new ByteArrayOutputStream(input.length);
      byte[] part = new byte[4096];
      while (!deflater.finished()) {
        all.write(part, 0, deflater.deflate(part));
      }
      return all.toByteArray();
    } finally {
      deflater.end();
    }
  }

  @Override
  public byte[] decompress(long ssl, int length, byte[] input) {
    throw new UnsupportedOperationException("only what we send is compressed");
  }

  @Override
  public int algorithmId() {
    return TLS_EXT_CERT_COMPRESSION_ZLIB;
  }
}
