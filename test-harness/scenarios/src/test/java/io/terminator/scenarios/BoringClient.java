package io.terminator.scenarios;

import io.netty.channel.unix.Buffer;
import io.netty.internal.tcnative.CertificateCompressionAlgo;
import io.netty.internal.tcnative.CertificateVerifier;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import io.terminator.tls.engine.BoringSsl;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * BoringSSL as a client, for features that the JDK lacks: post-quantum groups and compressed
 * certificates.
 */
final class BoringClient {
  private static final int MEMORY = 64 * 1024;

  /** The negotiated parameters, and all bytes that the server sent. */
  record Agreed(String version, String group, int received) {}

  private BoringClient() {}

  static Agreed handshake(InetSocketAddress to, String name, boolean zlib, String... groups)
      throws Exception {
    BoringSsl unused = BoringSsl.load();
    long context = SSLContext.make(SSL.SSL_PROTOCOL_TLSV1_3, SSL.SSL_MODE_CLIENT);
    try {
      if (!SSLContext.setCurvesList(context, groups)) {
        throw new AssertionError("BoringSSL does not know " + String.join(", ", groups));
      }
      SSLContext.setVerify(context, SSL.SSL_CVERIFY_REQUIRED, 10);
      SSLContext.setCertVerifyCallback(context, new Anybody());
      if (zlib) {
        SSLContext.addCertificateCompressionAlgorithm(
            context, SSL.SSL_CERT_COMPRESSION_DIRECTION_DECOMPRESS, new Zlib());
      }
      long ssl = SSL.newSSL(context, false);
      try (Socket socket = new Socket(to.getAddress(), to.getPort())) {
        SSL.setTlsExtHostName(ssl, name);
        return shake(ssl, socket);
      } finally {
        SSL.freeSSL(ssl);
      }
    } finally {
      SSLContext.free(context);
    }
  }

  private static Agreed shake(long ssl, Socket socket) throws Exception {
    long bio = SSL.bioNewByteBuffer(ssl, 16 * 1024);
    ByteBuffer memory = ByteBuffer.allocateDirect(MEMORY);
    byte[] bytes = new byte[MEMORY];
    int received = 0;
    int length = 0;
    socket.setSoTimeout(20_000);
    while (true) {
      SSL.bioSetByteBuffer(bio, Buffer.memoryAddress(memory), length, false);
      int result = SSL.doHandshake(ssl);
      int error = result == 1 ? SSL.SSL_ERROR_NONE : SSL.getError(ssl, result);
      SSL.bioSetByteBuffer(bio, Buffer.memoryAddress(memory), MEMORY, true);
      int produced = SSL.bioFlushByteBuffer(bio);
      memory.get(0, bytes, 0, produced);
      socket.getOutputStream().write(bytes, 0, produced);
      if (error == SSL.SSL_ERROR_NONE) {
        return new Agreed(SSL.getVersion(ssl), SSL.getGroupName(ssl), received);
      }
      if (error != SSL.SSL_ERROR_WANT_READ) {
        throw new IOException(SSL.getLastError());
      }
      length = socket.getInputStream().read(bytes);
      if (length < 0) {
        throw new IOException("the server left the handshake");
      }
      received += length;
      memory.put(0, bytes, 0, length);
    }
  }

  /** Other tests verify the server's identity. */
  private static final class Anybody extends CertificateVerifier {
    @Override
    public int verify(long ssl, byte[][] chain, String algorithm) {
      return X509_V_OK;
    }
  }

  private static final class Zlib implements CertificateCompressionAlgo {
    @Override
    public byte[] compress(long ssl, byte[] input) {
      throw new UnsupportedOperationException("a client only opens");
    }

    @Override
    public byte[] decompress(long ssl, int length, byte[] input) throws DataFormatException {
      Inflater inflater = new Inflater();
      inflater.setInput(input);
      byte[] opened = new byte[length];
      int count = inflater.inflate(opened);
      inflater.end();
      if (count != length) {
        throw new DataFormatException("other than the length that was announced");
      }
      return opened;
    }

    @Override
    public int algorithmId() {
      return TLS_EXT_CERT_COMPRESSION_ZLIB;
    }
  }
}
