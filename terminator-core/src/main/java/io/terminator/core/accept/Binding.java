package io.terminator.core.accept;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import io.terminator.core.chain.InetSocket;
import io.terminator.core.chain.SocketFailure;
import io.terminator.core.observe.Diagnostics;
import io.terminator.core.setting.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The listening sockets of one address, one per worker; the kernel distributes connections among
 * them (SO_REUSEPORT). Blocks to resolve names, so never call it on a worker.
 */
public final class Binding {
  private static final int TCP = 6;
  private static final int TCP_NODELAY = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SO_INCOMING_CPU = 49;
  private static final Path FAST_OPEN = Path.of("/proc/sys/net/ipv4/tcp_fastopen");
  private static final int FOR_SERVERS = 2;

  private final List<Socket> sockets;
  private final SocketAddress address;

  private Binding(List<Socket> sockets, SocketAddress address) {
    this.sockets = sockets;
    this.address = address;
  }

  /**
   * Binds and listens {@code count} times. The message of the exception states the obstacle. With
   * {@code steer}, socket n takes the connections received by core n (SO_INCOMING_CPU, socket(7)),
   * so that a connection stays on the core that receives its packets.
   */
  public static Binding bind(
      ListenerConfig config,
      int count,
      boolean steer,
      InheritedSockets inherited,
      Diagnostics diagnostics)
      throws IOException {
    if (config.bind() instanceof Endpoint.Inherited bind) {
      return takeOver(config, bind, count, inherited);
    }
    return config.bind() instanceof Endpoint.Inet inet
        ? bindInet(config, inet, count, steer, diagnostics)
        : bindUnix(config, (Endpoint.Unix) config.bind());
  }

  private static Binding takeOver(
      ListenerConfig config, Endpoint.Inherited bind, int count, InheritedSockets inherited)
      throws IOException {
    List<Socket> sockets;
    try {
      sockets = inherited.share(bind.name(), count);
    } catch (IOException absent) {
      throw new IOException(
          "listener \""
              + config.name()
              + "\" cannot listen on "
              + bind
              + ": "
              + absent.getMessage()
              + ". Expected a .socket unit with FileDescriptorName="
              + bind.name()
              + " and one ListenStream, and a start by it; or change listeners[].bind",
          absent);
    }
    Socket first = sockets.get(0);
    if (InheritedSockets.isUnix(first)) {
      return new Binding(sockets, first.localDomainSocketAddress());
    }
    try {
      for (Socket socket : sockets) {
        socket.setIntOpt(TCP, TCP_NODELAY, 1);
        config.listening().applyTo(socket);
      }
    } catch (IOException failure) {
      closeAll(sockets);
      throw failed(config, failure);
    }
    return new Binding(sockets, first.localAddress());
  }

  public List<Socket> sockets() {
    return sockets;
  }

  /** The address that clients connect to, with the actual port. */
  public SocketAddress address() {
    return address;
  }

  private static Binding bindInet(
      ListenerConfig config, Endpoint.Inet inet, int count, boolean steer, Diagnostics diagnostics)
      throws IOException {
    InetSocketAddress wanted =
        new InetSocketAddress(
            inet.host().isEmpty() ? InetSocket.everyAddress() : resolved(config, inet),
            inet.port());
    if (inet.port() != 0 && !config.shared()) {
      refuseIfTaken(config, wanted);
    }
    if (config.listening().fastOpen() > 0) {
      warnWithoutFastOpen(config, diagnostics);
    }
    List<Socket> sockets = new ArrayList<>(count);
    try {
      InetSocketAddress bound = wanted;
      for (int i = 0; i < count; i++) {
        Socket socket = InetSocket.forAddress(wanted.getAddress());
        sockets.add(socket);
        socket.setReuseAddress(true);
        socket.setReusePort(true);
        // Accepted sockets inherit it, which saves a call per connection.
        socket.setIntOpt(TCP, TCP_NODELAY, 1);
        if (!config.listening().equals(ListeningConfig.DEFAULT)) {
          config.listening().applyTo(socket);
        }
        socket.bind(bound);
        socket.listen(config.backlog());
        if (steer) {
          socket.setIntOpt(
              SOL_SOCKET, SO_INCOMING_CPU, i % Runtime.getRuntime().availableProcessors());
        }
        InetSocketAddress local = socket.localAddress();
        bound = new InetSocketAddress(wanted.getAddress(), local.getPort());
      }
      return new Binding(List.copyOf(sockets), bound);
    } catch (IOException failure) {
      closeAll(sockets);
      throw failed(config, failure);
    }
  }

  /**
   * The kernel always accepts this option, but ignores it silently if the system does not permit
   * it.
   */
  private static void warnWithoutFastOpen(ListenerConfig config, Diagnostics diagnostics) {
    String now;
    try {
      now = Files.readString(FAST_OPEN).strip();
    } catch (IOException unreadable) {
      now = "unreadable";
    }
    if (!now.matches("\\d{1,9}") || (Integer.parseInt(now) & FOR_SERVERS) == 0) {
      String found = now;
      diagnostics.warn(
          "fast-open " + config.name(),
          Duration.ofSeconds(1),
          () ->
              "listener="
                  + config.name()
                  + ": tcp.fast-open has no effect: net.ipv4.tcp_fastopen is "
                  + found
                  + ". Expected bit "
                  + FOR_SERVERS
                  + " in it; sysctl -w net.ipv4.tcp_fastopen=3, or remove the setting");
    }
  }

  /**
   * Applies the settings to {@code socket}, which already listens with other settings. Worker
   * thread: resolves no name.
   */
  public static void adapt(Socket socket, ListenerConfig config, Diagnostics diagnostics) {
    if (!(config.bind() instanceof Endpoint.Unix) && !InheritedSockets.isUnix(socket)) {
      try {
        config.listening().applyTo(socket);
      } catch (IOException refused) {
        diagnostics.error(
            "tcp " + config.name(),
            Duration.ofSeconds(1),
            () ->
                "listener="
                    + config.name()
                    + ": "
                    + refused.getMessage()
                    + ". It keeps listening with the previous setting; change listeners[].tcp");
      }
    }
  }

  /**
   * With SO_REUSEPORT a second appliance would silently take half of the connections. A bind
   * without it fails if another process already listens on the address.
   */
  private static void refuseIfTaken(ListenerConfig config, InetSocketAddress wanted)
      throws IOException {
    Socket probe = InetSocket.forAddress(wanted.getAddress());
    try {
      probe.setReuseAddress(true);
      // Only bind, do not listen: the close would reset clients that connect in that moment.
      probe.bind(wanted);
    } catch (IOException failure) {
      throw failed(config, failure);
    } finally {
      probe.close();
    }
  }

  private static Binding bindUnix(ListenerConfig config, Endpoint.Unix unix) throws IOException {
    DomainSocketAddress address = new DomainSocketAddress(unix.kernelName());
    if (!unix.isAbstract()) {
      removeStale(config, Path.of(unix.path()), address);
    }
    Socket socket = Socket.newSocketDomain();
    try {
      socket.bind(address);
      socket.listen(config.backlog());
    } catch (IOException failure) {
      socket.close();
      throw failed(config, failure);
    }
    // A unix socket has a single queue: the first worker accepts for all.
    return new Binding(List.of(socket), new DomainSocketAddress(unix.path()));
  }

  private static void removeStale(ListenerConfig config, Path path, DomainSocketAddress address)
      throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Object mode = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    boolean isSocket = (((Integer) mode) & 0170000) == 0140000;
    if (!isSocket) {
      throw new IOException(
          "listener \""
              + config.name()
              + "\": "
              + path
              + " exists and is not a socket; remove it or choose another path");
    }
    Socket probe = Socket.newSocketDomain();
    try {
      probe.connect(address);
      throw new IOException(
          "listener \""
              + config.name()
              + "\": another process listens on "
              + path
              + "; stop it or choose another path");
    } catch (java.net.ConnectException stale) {
      Files.delete(path);
    } finally {
      probe.close();
    }
  }

  /** Closes sockets that will not be used for accepting after all. */
  public void close() {
    closeAll(sockets);
  }

  private static void closeAll(List<Socket> sockets) {
    for (Socket socket : sockets) {
      try {
        socket.close();
      } catch (IOException alreadyGone) {
        // close(2) releases the descriptor even if it fails.
      }
    }
  }

  private static InetAddress resolved(ListenerConfig config, Endpoint.Inet inet)
      throws IOException {
    try {
      return InetAddress.getByName(inet.host());
    } catch (UnknownHostException unknown) {
      throw new IOException(
          "listener \""
              + config.name()
              + "\" cannot listen on "
              + inet
              + ": the host does not resolve. Expected an address of this machine; write the address"
              + " in listeners[].bind, or add the name to /etc/hosts",
          unknown);
    }
  }

  private static IOException failed(ListenerConfig config, IOException cause) {
    return new IOException(
        "listener \""
            + config.name()
            + "\" cannot listen on "
            + config.bind()
            + ": "
            + SocketFailure.words(cause)
            + ". Expected a free address of this machine; stop the process that uses it, or"
            + " change listeners[].bind",
        cause);
  }
}
