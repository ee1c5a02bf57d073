package io.terminator.core.accept;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import io.terminator.core.chain.SocketFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Listening sockets inherited from the process that started this one, by the names given there
 * (sd_listen_fds(3)). They outlive this process: connections queued while no process accepts are
 * accepted by the next one. Immutable; may block.
 */
public final class InheritedSockets {
  /** No inherited sockets. */
  public static final InheritedSockets NONE = new InheritedSockets(Map.of());

  private static final int FIRST = 3;
  private static final int MOST = 1024;
  private static final String UNNAMED = "unknown";
  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_DOMAIN = 39;
  private static final int SOCK_STREAM = 1;
  private static final int AF_UNIX = 1;

  private final Map<String, List<Integer>> descriptors;

  private InheritedSockets(Map<String, List<Integer>> descriptors) {
    this.descriptors = descriptors;
  }

  /** The sockets that {@code environment} lists for process {@code pid}. */
  public static InheritedSockets of(Map<String, String> environment, long pid) {
    String count = environment.getOrDefault("LISTEN_FDS", "");
    if (!count.matches("\\d{1,4}")
        || !Long.toString(pid).equals(environment.get("LISTEN_PID"))
        || Integer.parseInt(count) > MOST) {
      return NONE;
    }
    String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
    Map<String, List<Integer>> byName = new TreeMap<>();
    for (int i = 0; i < Integer.parseInt(count); i++) {
      String name = i < names.length && !names[i].isEmpty() ? names[i] : UNNAMED;
      byName.computeIfAbsent(name, absent -> new ArrayList<>()).add(FIRST + i);
    }
    return new InheritedSockets(Collections.unmodifiableMap(byName));
  }

  /**
   * Returns {@code count} descriptors of the socket with that name, one per worker. Each connection
   * goes to the first worker that accepts it. The workers close their descriptors; the socket
   * itself stays open.
   */
  List<Socket> share(String name, int count) throws IOException {
    List<Integer> found = descriptors.getOrDefault(name, List.of());
    if (found.size() != 1) {
      throw new IOException(
          (found.isEmpty() ? "no socket" : "more than one socket")
              + " of that name was passed to the process (available: "
              + (descriptors.isEmpty() ? "none" : String.join(", ", descriptors.keySet()))
              + ")");
    }
    Socket original = new Socket(found.get(0));
    try {
      if (original.getIntOpt(SOL_SOCKET, SO_TYPE) != SOCK_STREAM
          || original.getIntOpt(SOL_SOCKET, SO_ACCEPTCONN) == 0) {
        throw new IOException("it does not listen for connections");
      }
    } catch (IOException unusable) {
      throw new IOException(
          "descriptor " + found.get(0) + ": " + SocketFailure.words(unusable), unusable);
    }
    return duplicates(found.get(0), count);
  }

  /** Whether clients of {@code socket} have no address. */
  static boolean isUnix(Socket socket) {
    try {
      return socket.getIntOpt(SOL_SOCKET, SO_DOMAIN) == AF_UNIX;
    } catch (IOException gone) {
      return false;
    }
  }

  /**
   * Duplicates a descriptor by sending it to this process, which needs no native code. The
   * duplicate is non-blocking: a worker that loses the race for a connection must not wait for the
   * next one.
   */
  private static List<Socket> duplicates(int descriptor, int count) throws IOException {
    Path directory = Files.createTempDirectory("terminator");
    Path path = directory.resolve("s");
    List<Socket> duplicates = new ArrayList<>();
    Socket listening = Socket.newSocketDomain();
    Socket sender = Socket.newSocketDomain();
    Socket receiver = null;
    try {
      DomainSocketAddress address = new DomainSocketAddress(path.toString());
      listening.bind(address);
      listening.listen(1);
      sender.connect(address);
      receiver = new Socket(listening.accept(new byte[128]));
      for (int i = 0; i < count; i++) {
        sender.sendFd(descriptor);
        int received = receiver.recvFd();
        if (received <= 0) {
          throw new IOException("descriptor " + descriptor + " could not be duplicated");
        }
        duplicates.add(new Socket(received));
      }
      return List.copyOf(duplicates);
    } catch (IOException | RuntimeException failure) {
      for (Socket duplicate : duplicates) {
        duplicate.close();
      }
      throw failure;
    } finally {
      listening.close();
      sender.close();
      if (receiver != null) {
        receiver.close();
      }
      Files.deleteIfExists(path);
      Files.deleteIfExists(directory);
    }
  }
}
