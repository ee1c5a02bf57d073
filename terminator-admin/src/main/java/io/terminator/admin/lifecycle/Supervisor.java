package io.terminator.admin.lifecycle;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import io.terminator.core.chain.SocketFailure;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the state of this process to the service manager, with datagrams to the socket in {@code
 * NOTIFY_SOCKET} (sd_notify(3)); does nothing if the variable is not set. A message that cannot be
 * sent is logged as a warning. Any thread.
 */
public final class Supervisor {
  /** Without a service manager. */
  public static final Supervisor NONE = new Supervisor(null);

  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

  /** The length of sun_path (unix(7)) minus the first byte of an abstract name. */
  private static final int LONGEST = 107;

  private final @Nullable String name;

  private Supervisor(@Nullable String name) {
    this.name = name;
  }

  /** The service manager that started this process; {@link #NONE} if there is none. */
  public static Supervisor of(Map<String, String> environment) {
    String name = environment.get("NOTIFY_SOCKET");
    if (name == null || name.isEmpty()) {
      return NONE;
    }
    boolean isPath = name.startsWith("/");
    boolean isAbstract = name.startsWith("@") && name.length() > 1;
    if (!(isPath || isAbstract) || name.length() > LONGEST) {
      LOG.warn(
          "NOTIFY_SOCKET: \"{}\" is not used. Expected an absolute path or @name, up to {} characters; with Type=notify"
              + " the unit will not be seen as started",
          name,
          LONGEST);
      return NONE;
    }
    // Loads the native library, which a process without a worker has not loaded yet.
    Epoll.ensureAvailability();
    return new Supervisor(name);
  }

  /** Also ends a {@link #reloading}, whatever its result. */
  public void ready(String status) {
    tell("READY=1\nSTATUS=" + line(status) + "\n");
  }

  /** Follow this with {@link #ready}, unless a stop intervenes. */
  public void reloading() {
    // systemd distinguishes reloads by their time, on the monotonic
    // clock, which nanoTime uses on Linux.
    long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
    tell("RELOADING=1\nMONOTONIC_USEC=" + micros + "\nSTATUS=Reloading\n");
  }

  public void stopping(String status) {
    tell("STOPPING=1\nSTATUS=" + line(status) + "\n");
  }

  /** Changes only what {@code systemctl status} shows. */
  public void status(String status) {
    tell("STATUS=" + line(status) + "\n");
  }

  /** A line break in a file name would start another assignment. */
  private static String line(String status) {
    return status.replaceAll("\\p{Cntrl}", " ");
  }

  private void tell(String message) {
    String to = name;
    if (to == null) {
      return;
    }
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    // Native code reads the buffer: a heap buffer has no fixed address.
    ByteBuffer datagram = ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
    try {
      Socket socket = Socket.newSocketDomainDgram();
      try {
        int sent =
            socket.sendToDomainSocket(
                datagram, 0, bytes.length, kernelName(to).getBytes(StandardCharsets.UTF_8));
        if (sent != bytes.length) {
          LOG.warn("NOTIFY_SOCKET: {} does not accept messages", to);
        }
      } finally {
        socket.close();
      }
    } catch (IOException failure) {
      LOG.warn("NOTIFY_SOCKET: {} cannot be notified: {}", to, reason(failure));
    }
  }

  /** Netty reports ENOENT as an exception of the JDK whose message is a system call. */
  private static String reason(IOException failure) {
    if (failure instanceof FileNotFoundException) {
      return "the socket does not exist";
    }
    String message = failure.getMessage();
    if (failure instanceof ConnectException || message != null && message.contains("refused")) {
      return "no process receives from it, or it is not a socket";
    }
    return message == null ? "sending failed" : SocketFailure.words(failure);
  }

  private static String kernelName(String name) {
    return name.startsWith("@") ? "\0" + name.substring(1) : name;
  }
}
