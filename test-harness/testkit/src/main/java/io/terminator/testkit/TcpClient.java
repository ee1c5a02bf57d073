package io.terminator.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * A plain TCP or unix client whose segments the test controls: every write is one send, and Nagle's
 * algorithm is off. Waits end after {@link SocketPeer#PATIENCE} with a {@code
 * SocketTimeoutException}. One thread.
 */
public final class TcpClient implements AutoCloseable {

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final InetSocketAddress remote;
  private Duration patience = SocketPeer.PATIENCE;

  private TcpClient(SocketChannel channel, InetSocketAddress remote) throws IOException {
    this.channel = channel;
    this.remote = remote;
    if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
    channel.configureBlocking(false);
    this.selector = Selector.open();
    this.key = channel.register(selector, 0);
  }

  public static TcpClient connect(InetSocketAddress address) throws IOException {
    return connect(address, 0);
  }

  /**
   * With a receive buffer of about {@code receiveBuffer} bytes, or of the system's choice if it is
   * 0. It is set before connecting, since it limits the offered window.
   */
  public static TcpClient connect(InetSocketAddress address, int receiveBuffer) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      if (receiveBuffer > 0) {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
      }
      channel.socket().connect(address, (int) SocketPeer.PATIENCE.toMillis());
      return new TcpClient(channel, address);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Connects to a unix socket; {@link #remoteAddress} is then port 0 of the loopback address. */
  public static TcpClient connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      return new TcpClient(channel, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** The accepted end of a {@link SocketPair}. */
  static TcpClient of(SocketChannel accepted) throws IOException {
    return new TcpClient(accepted, (InetSocketAddress) accepted.getRemoteAddress());
  }

  /** Waits this long from now on. */
  public TcpClient patience(Duration longest) {
    patience = longest;
    return this;
  }

  public InetSocketAddress localAddress() throws IOException {
    return (InetSocketAddress) channel.getLocalAddress();
  }

  public InetSocketAddress remoteAddress() {
    return remote;
  }

  /** Sends {@code bytes}; waits for room if the kernel accepts only a part. */
  public void write(byte[] bytes) throws IOException {
    ByteBuffer source = ByteBuffer.wrap(bytes);
    while (source.hasRemaining()) {
      if (channel.write(source) == 0) {
        await(SelectionKey.OP_WRITE, source.remaining() + " bytes to be taken");
      }
    }
  }

  /**
   * Sends as much as the kernel accepts at once and returns the number of bytes; 0 if its buffer is
   * full.
   */
  public int writeAvailable(byte[] bytes) throws IOException {
    return channel.write(ByteBuffer.wrap(bytes));
  }

  /**
   * Sends {@code bytes} repeatedly until the kernel has accepted nothing for {@code quiet}, because
   * the peer no longer reads. Returns the number of bytes accepted; fails after {@code limit} of
   * them.
   */
  public long writeUntilBlocked(byte[] bytes, Duration quiet, long limit) throws IOException {
    long taken = 0;
    int offset = 0;
    while (taken < limit) {
      int length = channel.write(ByteBuffer.wrap(bytes, offset, bytes.length - offset));
      taken += length;
      offset = (offset + length) % bytes.length;
      if (length == 0 && !isReady(SelectionKey.OP_WRITE, quiet)) {
        return taken;
      }
    }
    throw new IOException("the peer took " + taken + " bytes. Expected it to stop reading before");
  }

  /** Waits for bytes and appends them to {@code target}; -1 at FIN. */
  public int read(ByteBuffer target) throws IOException {
    while (true) {
      int length = channel.read(target);
      if (length != 0 || !target.hasRemaining()) {
        return length;
      }
      await(SelectionKey.OP_READ, "bytes or an end");
    }
  }

  /** Whether bytes or an end arrive within {@code longest}; reads nothing. */
  public boolean isReadable(Duration longest) throws IOException {
    return isReady(SelectionKey.OP_READ, longest);
  }

  /**
   * Reads exactly {@code length} bytes, or throws an {@code EOFException} with the number of bytes
   * received.
   */
  public byte[] readExactly(int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (read(bytes) < 0) {
        throw new EOFException(
            "the peer ended after " + bytes.position() + " bytes. Expected " + length);
      }
    }
    return bytes.array();
  }

  /** All bytes up to FIN or RST. */
  public Received readToEnd() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ByteBuffer piece = ByteBuffer.allocate(1 << 16);
    while (true) {
      try {
        if (read(piece.clear()) < 0) {
          return new Received(bytes.toByteArray(), Ending.FIN);
        }
      } catch (SocketTimeoutException e) {
        throw e;
      } catch (IOException e) {
        if (Ending.isReset(e)) {
          return new Received(bytes.toByteArray(), Ending.RESET);
        }
        throw e;
      }
      bytes.write(piece.array(), 0, piece.position());
    }
  }

  /** Sends FIN; reading continues. */
  public void finishOutput() throws IOException {
    channel.shutdownOutput();
  }

  /** Sends RST, whatever is still unsent. */
  public void reset() throws IOException {
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    close();
  }

  @Override
  public void close() throws IOException {
    // The channel first: a registered channel is only really closed with its selector's next turn.
    channel.close();
    selector.close();
  }

  /** Sends {@code bytes} in separate segments of {@code size}. */
  public void writeInSegments(byte[] bytes, int size) throws IOException {
    for (int at = 0; at < bytes.length; at += size) {
      write(Arrays.copyOfRange(bytes, at, Math.min(at + size, bytes.length)));
    }
  }

  private void await(int operation, String expected) throws IOException {
    if (!isReady(operation, patience)) {
      throw new SocketTimeoutException(
          "waited " + patience.toSeconds() + " s for " + expected + " from " + remote);
    }
  }

  private boolean isReady(int operation, Duration longest) throws IOException {
    key.interestOps(operation);
    long deadline = System.nanoTime() + longest.toNanos();
    while (true) {
      // A selection may wake for nothing, so the deadline decides.
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      if (selector.select(Math.max(1, left / 1_000_000)) > 0) {
        selector.selectedKeys().clear();
        return true;
      }
    }
  }
}
