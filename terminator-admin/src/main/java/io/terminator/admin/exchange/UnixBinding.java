package io.terminator.admin.exchange;

import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.PeerCredentials;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The file of a listening unix socket, accessible only to its owner. */
public final class UnixBinding {
  private static final int FILE_TYPE = 0170000;
  private static final int SOCKET_TYPE = 0140000;

  private UnixBinding() {}

  /**
   * Removes the socket file of a process that has ended; the exception says why {@code path} cannot
   * be used.
   */
  static void removeStale(String path) throws IOException {
    Path file = Path.of(path);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Object mode = Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if ((((Integer) mode) & FILE_TYPE) != SOCKET_TYPE) {
      throw new IOException("it exists and is not a socket");
    }
    Socket probe = Socket.newSocketDomain();
    try {
      probe.connect(new DomainSocketAddress(path));
      throw new IOException("another process listens there");
    } catch (ConnectException stale) {
      Files.delete(file);
    } finally {
      probe.close();
    }
  }

  /**
   * From now on no other user can connect. {@link #isOwner} detects clients that connected earlier.
   */
  static void restrict(String path) throws IOException {
    Files.setPosixFilePermissions(Path.of(path), PosixFilePermissions.fromString("rw-------"));
  }

  /**
   * Whether {@code user} owns the socket that {@code client} connected to, or is root, which has
   * access anyway.
   */
  public static boolean isOwner(PeerCredentials user, EpollDomainSocketChannel client)
      throws IOException {
    return user.uid() == 0
        || user.uid()
            == (Integer) Files.getAttribute(Path.of(client.localAddress().path()), "unix:uid");
  }
}
