package io.terminator.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Two connected loopback sockets for the tests of one class: the code under test connects its
 * socket to {@link #address}, and the other is {@link #accept}ed as a client whose segments the
 * test controls. One thread.
 */
public final class SocketPair implements AutoCloseable {
  private final ServerSocketChannel listening;

  private SocketPair(ServerSocketChannel listening) {
    this.listening = listening;
  }

  public static SocketPair open() throws IOException {
    return open(0);
  }

  /**
   * The test's socket has a receive buffer of about {@code receiveBuffer} bytes, or of the system's
   * choice if it is 0.
   */
  public static SocketPair open(int receiveBuffer) throws IOException {
    ServerSocketChannel listening = ServerSocketChannel.open();
    if (receiveBuffer > 0) {
      listening.setOption(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
    }
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return new SocketPair(listening);
  }

  /** What the code under test connects to. */
  public InetSocketAddress address() throws IOException {
    return (InetSocketAddress) listening.getLocalAddress();
  }

  /** The test's end, once the other has connected. */
  public TcpClient accept() throws IOException {
    listening.configureBlocking(false);
    long deadline = System.nanoTime() + SocketPeer.PATIENCE.toNanos();
    while (System.nanoTime() - deadline < 0) {
      SocketChannel accepted = listening.accept();
      if (accepted != null) {
        return TcpClient.of(accepted);
      }
      Thread.onSpinWait();
    }
    throw new SocketTimeoutException("nobody connected to " + address());
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
