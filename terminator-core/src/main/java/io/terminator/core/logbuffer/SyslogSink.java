package io.terminator.core.logbuffer;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One datagram a line to a syslog daemon on this machine, in the format of RFC 3164 as daemons expect it on their local
 * socket: no host name. Facility local0, severity informational.
 */
public final class SyslogSink implements LogSink {
  private static final int PRIORITY = 16 * 8 + 6;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("MMM d HH:mm:ss", Locale.ROOT);
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  // More than the longest line with its header.
  private static final int LONGEST = 16 * 1024;

  private final byte[] path;
  private final String tag = " terminator[" + ProcessHandle.current().pid() + "]: ";
  private final ByteBuffer datagram = ByteBuffer.allocateDirect(LONGEST);
  private volatile boolean closed;
  private volatile boolean reopen;
  private @Nullable Socket socket;

  public SyslogSink(Path path) {
    // Loads the native library, which a process without workers has not.
    Epoll.ensureAvailability();
    this.path = path.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void write(ByteBuffer lines) throws IOException {
    if (reopen) {
      reopen = false;
      disconnect();
    }
    byte[] header = header();
    int start = lines.position();
    for (int i = start; i < lines.limit(); i++) {
      if (lines.get(i) == '\n') {
        fill(header, lines, start, i);
        send();
        start = i + 1;
        lines.position(start);
      }
    }
  }

  private byte[] header() {
    String time = ZonedDateTime.now(ZoneId.systemDefault()).format(TIME);
    // RFC 3164, 4.1.2: a day of one digit has a space before it.
    String padded = time.charAt(5) == ' ' ? time.substring(0, 4) + " " + time.substring(4) : time;
    return ("<" + PRIORITY + ">" + padded + tag).getBytes(StandardCharsets.US_ASCII);
  }

  private void fill(byte[] header, ByteBuffer lines, int start, int end) {
    datagram.clear();
    datagram.put(header).put(lines.slice(start, Math.min(end - start, datagram.remaining())));
    datagram.flip();
  }

  private void send() throws IOException {
    Socket to = socket;
    if (to == null) {
      to = Socket.newSocketDomainDgram();
      socket = to;
    }
    try {
      // 0 while the daemon's queue is full: this thread may wait, and lines that find no room
      // meanwhile are counted.
      while (to.sendToDomainSocket(datagram, 0, datagram.limit(), path) == 0) {
        if (closed) {
          throw new IOException("the syslog daemon does not read its socket");
        }
        LockSupport.parkNanos(RETRY_NANOS);
      }
    } catch (IOException gone) {
      disconnect();
      throw gone;
    }
  }

  private void disconnect() {
    Socket old = socket;
    socket = null;
    if (old != null) {
      try {
        old.close();
      } catch (IOException alreadyGone) {
        // The descriptor is released either way (close(2)).
      }
    }
  }

  @Override
  public void requestReopen() {
    reopen = true;
  }

  @Override
  public void close() {
    closed = true;
    disconnect();
  }
}
