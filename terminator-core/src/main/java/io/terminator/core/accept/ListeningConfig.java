package io.terminator.core.accept;

import io.netty.channel.unix.Socket;
import io.terminator.core.chain.TcpConfig;
import java.io.IOException;
import java.time.Duration;

/**
 * What the kernel does on a listening TCP socket: {@code tcp} for what is accepted, nothing accepted before its first byte or
 * {@code deferAccept} (zero: at once), up to {@code fastOpen} clients at a time whose first bytes come with their SYN (0: none).
 */
public record ListeningConfig(TcpConfig tcp, Duration deferAccept, int fastOpen) {
  public static final ListeningConfig DEFAULT =
      new ListeningConfig(TcpConfig.DEFAULT, Duration.ZERO, 0);

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
  }
}
