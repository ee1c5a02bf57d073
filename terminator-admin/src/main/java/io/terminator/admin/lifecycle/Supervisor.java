package io.terminator.admin.lifecycle;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how the appliance stands, by datagrams to the socket in {@code NOTIFY_SOCKET} (sd_notify(3)); says nothing
 * where that is not set. A message that cannot be sent is a warning, never an end. Any thread; native sockets must be loaded.
 */
public final class Supervisor {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

  private final @Nullable String path;

  private Supervisor(@Nullable String path) {
    this.path = path;
  }

  /** The one that started this process, if any did. */
  public static Supervisor of(Map<String, String> environment) {
    String path = environment.get("NOTIFY_SOCKET");
    if (path == null || path.isEmpty()) {
      return new Supervisor(null);
    }
    if (!path.startsWith("/")) {
      LOG.warn(
          "NOTIFY_SOCKET: \"{}\" is not used. Expected an absolute path; with Type=notify the unit will not be seen"
              + " as started",
          path);
      return new Supervisor(null);
    }
    return new Supervisor(path);
  }

  public void ready(String status) {
    tell("READY=1\nSTATUS=" + status + "\n");
  }

  /** To be followed by {@link #ready}, whatever came of it. */
  void reloading() {
    // systemd tells this reload from an earlier one by the time, of the clock that nanoTime is on
    // Linux.
    long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
    tell("RELOADING=1\nMONOTONIC_USEC=" + micros + "\n");
  }

  void stopping(String status) {
    tell("STOPPING=1\nSTATUS=" + status + "\n");
  }

  private void tell(String message) {
    if (path == null) {
      return;
    }
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    // Native code reads it: a heap buffer has no address.
    ByteBuffer datagram = ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
    try {
      Socket socket = Socket.newSocketDomainDgram();
      try {
        int sent =
            socket.sendToDomainSocket(
                datagram, 0, bytes.length, path.getBytes(StandardCharsets.UTF_8));
        if (sent != bytes.length) {
          LOG.warn("NOTIFY_SOCKET: {} takes no messages now", path);
        }
      } finally {
        socket.close();
      }
    } catch (IOException failure) {
      LOG.warn("NOTIFY_SOCKET: {} cannot be told: {}", path, failure.toString());
    }
  }
}
