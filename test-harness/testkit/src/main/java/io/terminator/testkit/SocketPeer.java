package io.terminator.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/**
 * One end of a blocking connection with the operations that tests need. Reads end after the
 * socket's timeout with a {@code SocketTimeoutException}. One thread may read while another writes.
 */
public class SocketPeer implements AutoCloseable {

  /** The default read timeout, far above the delays of a busy machine. */
  public static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Socket socket;
  private final InputStream in;

  /** Takes over {@code socket}, connected. */
  SocketPeer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    this.in = socket.getInputStream();
  }

  /** A plain TCP connection to {@code address}. */
  public static SocketPeer connect(InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(address, (int) PATIENCE.toMillis());
      return new SocketPeer(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** The socket below, for options. */
  public Socket socket() {
    return socket;
  }

  public InetSocketAddress localAddress() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  public InetSocketAddress remoteAddress() {
    return (InetSocketAddress) socket.getRemoteSocketAddress();
  }

  public void write(byte[] bytes) throws IOException {
    write(bytes, bytes.length);
  }

  /** Writes the first {@code length} bytes. */
  public void write(byte[] bytes, int length) throws IOException {
    socket.getOutputStream().write(bytes, 0, length);
    socket.getOutputStream().flush();
  }

  /** Writes {@code text} as UTF-8. */
  public void write(String text) throws IOException {
    write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** As {@link InputStream#read(byte[])}. */
  public int read(byte[] target) throws IOException {
    return in.read(target);
  }

  /**
   * Reads exactly {@code length} bytes, or throws an {@code EOFException} with the number of bytes
   * received.
   */
  public byte[] readExactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the peer ended after " + bytes.length + " bytes. Expected " + length);
    }
    return bytes;
  }

  /** Reads up to and including the first {@code end}, at most 64 KiB, as ISO-8859-1. */
  public String readUntil(String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.lastIndexOf(end) < 0 || !text.toString().endsWith(end)) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the peer ended after \"" + text + "\". Expected \"" + end + "\"");
      }
      if (text.length() >= 1 << 16) {
        throw new IOException("no \"" + end + "\" in 64 KiB");
      }
      text.append((char) next);
    }
    return text.toString();
  }

  /** Reads all bytes up to the peer's end into memory. */
  public Received readToEnd() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Ending ending = consume(bytes::write);
    return new Received(bytes.toByteArray(), ending);
  }

  /** Counts and hashes all bytes up to the peer's end without keeping them. */
  public Counted countToEnd() throws IOException {
    Sha256 sha256 = new Sha256();
    Ending ending = consume(sha256::update);
    return new Counted(sha256.count(), sha256.hex(), ending);
  }

  /** Discards input until the peer ends its direction. */
  public Ending awaitEnd() throws IOException {
    return consume((bytes, offset, length) -> {});
  }

  /** Ends this direction: FIN, for TLS {@code close_notify} and FIN. Reading continues. */
  public void finishOutput() throws IOException {
    socket.shutdownOutput();
  }

  /** Ends the connection with RST, even if data is unsent. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Receives each piece as it is read. */
  interface Consumer {
    void accept(byte[] bytes, int offset, int length) throws IOException;
  }

  Ending consume(Consumer consumer) throws IOException {
    byte[] piece = new byte[1 << 16];
    while (true) {
      int length;
      try {
        length = in.read(piece);
      } catch (SSLException e) {
        if (Ending.isReset(e)) {
          return Ending.RESET;
        }
        if (String.valueOf(e.getMessage()).contains("alert")) {
          return Ending.ALERT;
        }
        throw e;
      } catch (IOException e) {
        if (Ending.isReset(e)) {
          return Ending.RESET;
        }
        throw e;
      }
      if (length < 0) {
        return socket instanceof SSLSocket ? Ending.END_OF_STREAM : Ending.FIN;
      }
      consumer.accept(piece, 0, length);
    }
  }
}
