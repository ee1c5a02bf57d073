package io.terminator.core.accept;

import io.netty.channel.unix.Socket;
import io.terminator.core.chain.TcpConfig;
import io.terminator.core.setting.DataSize;
import java.io.IOException;
import java.time.Duration;

/**
 * What the kernel does on a listening TCP socket: {@code tcp} for what is accepted, nothing accepted before its first byte or
 * {@code deferAccept} (zero: at once), up to {@code fastOpen} clients at a time whose first bytes come with their SYN (0: none).
 * {@code receiveBuffer} is SO_RCVBUF of what is accepted, 0 bytes: as the system does, which with net.ipv4.tcp_rmem's usual maximum
 * keeps 32 MiB of an upload that its backend does not read.
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

  /** Also where the socket had other settings before. */
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
   * Whether net.core.rmem_max lets a socket have it. With less the buffer would be that small for good, since setting it ends
   * auto-tuning; TCP_WINDOW_CLAMP is no way out, auto-tuning raises it again (seen on Linux 6.18).
   */
  static boolean isAllowed(int wanted) throws IOException {
    Socket probe = Socket.newSocketStream();
    try {
      probe.setIntOpt(SOL_SOCKET, SO_RCVBUF, wanted);
      // The kernel doubles it for its own overhead (socket(7)).
      return probe.getIntOpt(SOL_SOCKET, SO_RCVBUF) >= 2 * wanted;
    } finally {
      probe.close();
    }
  }
}
