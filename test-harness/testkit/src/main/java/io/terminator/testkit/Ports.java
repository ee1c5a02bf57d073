package io.terminator.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for programs that cannot bind port 0, and for servers that are restarted. They are below
 * the ephemeral ports of Linux (32768 and up by default), so other tests never take them, neither
 * by binding port 0 nor by connecting.
 */
public final class Ports {
  private static final int LEAST = 10_000;
  private static final int BEYOND = 32_768;

  private Ports() {}

  /** A port that was free a moment ago. */
  public static int free() {
    return refused().getPort();
  }

  /** Whether a server accepts connections at {@code port} of the loopback address. */
  public static boolean isAccepting(int port) {
    try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return probe.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }

  /** A loopback address without a listener: connections are refused. */
  public static InetSocketAddress refused() {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    IOException last = null;
    for (int attempt = 0; attempt < 100; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LEAST, BEYOND);
      try (ServerSocket probe = new ServerSocket(port, 1, loopback)) {
        return new InetSocketAddress(loopback, probe.getLocalPort());
      } catch (IOException taken) {
        last = taken;
      }
    }
    throw new UncheckedIOException("no free port on the loopback address", last);
  }
}
