package io.terminator.core.chain;

import io.netty.channel.unix.Socket;
import io.terminator.core.setting.DataSize;
import java.io.IOException;
import java.time.Duration;

/**
 * Kernel settings of TCP connections (tcp(7)). {@code keepaliveIdle} zero sends no probes; {@code
 * userTimeout} zero and {@code notSentLowWater} 0 bytes keep the system's default.
 */
public record TcpConfig(
    Duration keepaliveIdle,
    Duration keepaliveInterval,
    int keepaliveCount,
    Duration userTimeout,
    DataSize notSentLowWater) {
  public static final TcpConfig DEFAULT =
      new TcpConfig(Duration.ZERO, Duration.ofSeconds(10), 6, Duration.ZERO, new DataSize(0));

  private static final int SOL_SOCKET = 1;
  private static final int SO_KEEPALIVE = 9;
  private static final int TCP = 6;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_KEEPINTVL = 5;
  private static final int TCP_KEEPCNT = 6;
  private static final int TCP_USER_TIMEOUT = 18;
  private static final int TCP_NOTSENT_LOWAT = 25;

  /** Whether a new socket has these settings already. */
  public boolean isOfNewSocket() {
    return keepaliveIdle.isZero() && userTimeout.isZero() && notSentLowWater.bytes() == 0;
  }

  /**
   * Applies the settings to a socket without any of them, or to a listening socket whose accepted
   * sockets inherit them. The exception names the setting that the kernel refused.
   */
  public void applyTo(Socket socket) throws IOException {
    set(socket, SOL_SOCKET, SO_KEEPALIVE, keepaliveIdle.isZero() ? 0 : 1, "keepalive-idle");
    if (!keepaliveIdle.isZero()) {
      set(socket, TCP, TCP_KEEPIDLE, seconds(keepaliveIdle), "keepalive-idle");
      set(socket, TCP, TCP_KEEPINTVL, seconds(keepaliveInterval), "keepalive-interval");
      set(socket, TCP, TCP_KEEPCNT, keepaliveCount, "keepalive-count");
    }
    set(socket, TCP, TCP_USER_TIMEOUT, (int) userTimeout.toMillis(), "user-timeout");
    set(socket, TCP, TCP_NOTSENT_LOWAT, (int) notSentLowWater.bytes(), "not-sent-low-water");
  }

  /**
   * Sets {@code option}, or throws an exception that tells the operator what the kernel refused.
   */
  public static void set(Socket socket, int level, int option, int value, String key)
      throws IOException {
    try {
      socket.setIntOpt(level, option, value);
    } catch (IOException refused) {
      throw new IOException(
          "the kernel refuses tcp." + key + " (" + SocketFailure.words(refused) + ")", refused);
    }
  }

  /** The kernel uses whole seconds. */
  public static int seconds(Duration duration) {
    return (int) Math.max(1, (duration.toMillis() + 999) / 1000);
  }
}
