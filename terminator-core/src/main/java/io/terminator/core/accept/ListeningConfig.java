package io.terminator.core.accept;

import io.netty.channel.unix.Socket;
import io.terminator.core.chain.TcpConfig;
import io.terminator.core.setting.DataSize;
import java.io.IOException;
import java.time.Duration;

/**
 * Kernel settings of a listening TCP socket. {@code tcp} applies to accepted sockets. {@code
 * deferAccept} is how long to wait for a connection's first byte before accepting it (zero: accept
 * immediately). {@code fastOpen} is the number of pending clients whose first bytes may arrive with
 * the SYN (0: none). {@code receiveBuffer} is SO_RCVBUF of accepted sockets; 0 bytes keeps the
 * system's default, which with the usual maximum of net.ipv4.tcp_rmem holds up to 32 MiB of an
 * upload that the backend does not read.
 */
public record ListeningConfig(
    TcpConfig tcp, Duration deferAccept, int fastOpen, DataSize receiveBuffer) {
  public static final ListeningConfig DEFAULT =
      new ListeningConfig(TcpConfig.DEFAULT, Duration.ZERO, 0, DataSize.ofMiB(4));

  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUF = 8;

  private static final int TCP = 6;
  private static final int TCP_DEFER_ACCEPT = 9;
  private static final int TCP_FASTOPEN = 23;

  /** Also applies to a socket that had other settings before. */
  void applyTo(Socket socket) throws IOException {
    tcp.applyTo(socket);
    TcpConfig.set(
        socket,
        TCP,
        TCP_DEFER_ACCEPT,
        deferAccept.isZero() ? 0 : TcpConfig.seconds(deferAccept),
        "defer-accept");
    TcpConfig.set(socket, TCP, TCP_FASTOPEN, fastOpen, "fast-open");
    int wanted = (int) receiveBuffer.bytes();
    if (wanted > 0 && isAllowed(wanted)) {
      TcpConfig.set(socket, SOL_SOCKET, SO_RCVBUF, wanted, "receive-buffer");
    }
  }

  /**
   * Whether net.core.rmem_max permits this size. If it does not, the buffer stays at the lower size
   * permanently, since setting it ends auto-tuning. TCP_WINDOW_CLAMP is not an alternative:
   * auto-tuning raises it again (observed on Linux 6.18).
   */
  static boolean isAllowed(int wanted) throws IOException {
    Socket probe = Socket.newSocketStream();
    try {
      probe.setIntOpt(SOL_SOCKET, SO_RCVBUF, wanted);
      // The kernel doubles the value for its own overhead (socket(7)).
      return probe.getIntOpt(SOL_SOCKET, SO_RCVBUF) >= 2 * wanted;
    } finally {
      probe.close();
    }
  }
}
