package io.terminator.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports for programs that cannot bind port 0 themselves. */
public final class Ports {

  private Ports() {}

  /**
   * A port that was free a moment ago. Another process may take it before its user does: whoever
   * starts a program on it must be ready to start again.
   */
  public static int free() {
    return refused().getPort();
  }

  /** An address of the loopback interface where nobody listens: connecting is refused. */
  public static InetSocketAddress refused() {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(probe.getInetAddress(), probe.getLocalPort());
    } catch (IOException e) {
      throw new UncheckedIOException("no free port on the loopback address", e);
    }
  }
}
