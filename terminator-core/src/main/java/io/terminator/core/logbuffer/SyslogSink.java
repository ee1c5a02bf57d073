package io.terminator.core.logbuffer;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.channel.unix.Socket;
import io.terminator.core.chain.SocketFailure;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
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
 * Sends lines to a syslog daemon on this machine, in the format of RFC 3164 that daemons expect on
 * their local socket: no host name; facility local0, severity informational. One datagram per line.
 * If the daemon's socket is a stream socket, a line feed ends each message (RFC 6587, section
 * 3.4.2).
 */
public final class SyslogSink implements LogSink {
  private static final int PRIORITY = 16 * 8 + 6;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("MMM d HH:mm:ss", Locale.ROOT);
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  // The value on Linux, on every supported architecture (errno(3)).
  private static final int EACCES = 13;
  private static final int EPROTOTYPE = 91;
  private static final int ECONNREFUSED = 111;

  // Larger than the longest line with its header.
  private static final int LONGEST = 16 * 1024;

  private final Path socketPath;
  private final byte[] path;
  private final String tag = " terminator[" + ProcessHandle.current().pid() + "]: ";
  private final ByteBuffer message = ByteBuffer.allocateDirect(LONGEST);
  private volatile boolean closed;
  private volatile @Nullable Socket datagrams;
  private volatile @Nullable SocketChannel stream;

  public SyslogSink(Path path) {
    // Loads the native library, which a process without workers has not loaded.
    Epoll.ensureAvailability();
    this.socketPath = path;
    this.path = path.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void write(ByteBuffer lines) throws IOException {
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
    // RFC 3164, section 4.1.2: a one-digit day is preceded by a space.
    String padded = time.charAt(5) == ' ' ? time.substring(0, 4) + " " + time.substring(4) : time;
    return ("<" + PRIORITY + ">" + padded + tag).getBytes(StandardCharsets.US_ASCII);
  }

  private void fill(byte[] header, ByteBuffer lines, int start, int end) {
    message.clear();
    // Room for the line feed of a stream socket.
    message
        .put(header)
        .put(lines.slice(start, Math.min(end - start, message.remaining() - 1)))
        .flip();
  }

  private void send() throws IOException {
    boolean wasStream = stream != null;
    try {
      sendOnce();
    } catch (IOException gone) {
      disconnect();
      if (!wasStream || closed) {
        throw explained(gone);
      }
      // The daemon has restarted and the old connection is gone; the new daemon may take the line.
      try {
        sendOnce();
      } catch (IOException stillGone) {
        disconnect();
        throw explained(stillGone);
      }
    }
  }

  private void sendOnce() throws IOException {
    SocketChannel connected = stream;
    if (connected == null) {
      try {
        sendDatagram();
        return;
      } catch (NativeIoException refused) {
        if (refused.expectedErr() != -EPROTOTYPE) {
          throw refused;
        }
      }
      connected = SocketChannel.open(StandardProtocolFamily.UNIX);
      stream = connected;
      connected.connect(UnixDomainSocketAddress.of(socketPath));
    }
    int end = message.limit();
    message.limit(end + 1).put(end, (byte) '\n').position(0);
    try {
      while (message.hasRemaining()) {
        connected.write(message);
      }
    } finally {
      // A second attempt sends it whole.
      message.position(0).limit(end);
    }
  }

  private void sendDatagram() throws IOException {
    Socket to = datagrams;
    if (to == null) {
      to = Socket.newSocketDomainDgram();
      datagrams = to;
    }
    // 0 while the daemon's queue is full: this thread may wait, and lines that find the buffer full
    // meanwhile are counted.
    while (to.sendToDomainSocket(message, 0, message.limit(), path) == 0) {
      if (closed) {
        throw new IOException("the daemon does not read");
      }
      LockSupport.parkNanos(RETRY_NANOS);
    }
  }

  private IOException explained(IOException failure) {
    return new IOException(
        "syslog:"
            + socketPath
            + ": "
            + cause(failure)
            + ". Expected a syslog daemon that listens on it; start the daemon or change log.access",
        failure);
  }

  private static String cause(IOException failure) {
    if (failure instanceof FileNotFoundException) {
      return "no such socket";
    }
    int errno = failure instanceof NativeIoException named ? -named.expectedErr() : 0;
    if (errno == ECONNREFUSED || failure instanceof ConnectException) {
      return "connection refused, no daemon listens";
    }
    if (errno == EACCES) {
      return "permission denied";
    }
    return SocketFailure.words(failure);
  }

  private void disconnect() {
    Socket oldDatagrams = datagrams;
    SocketChannel oldStream = stream;
    datagrams = null;
    stream = null;
    try {
      if (oldDatagrams != null) {
        oldDatagrams.close();
      }
      if (oldStream != null) {
        oldStream.close();
      }
    } catch (IOException alreadyGone) {
      // close(2) releases the descriptor even if it fails.
    }
  }

  /** The next line connects again. */
  @Override
  public void reopen() {
    disconnect();
  }

  @Override
  public void close() {
    closed = true;
    disconnect();
  }
}
