package io.terminator.core.logbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyslogSinkTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;

  @Test
  void everyLineIsADatagramThatALocalDaemonUnderstands() throws IOException {
    Path path = directory.resolve("log");
    try (Daemon daemon = new Daemon(path);
        SyslogSink sink = new SyslogSink(path)) {
      sink.write(lines("{\"a\":1}\n{\"b\":2}\n"));
      String header =
          "<134>[A-Z][a-z]{2} [ 1-3][0-9] \\d\\d:\\d\\d:\\d\\d terminator\\["
              + ProcessHandle.current().pid()
              + "]: ";
      assertThat(daemon.read()).matches(header + "\\{\"a\":1}");
      assertThat(daemon.read()).matches(header + "\\{\"b\":2}");
    }
  }

  @Test
  void aDaemonThatIsGoneCostsTheLinesAndOneThatComesBackGetsTheNext() throws IOException {
    Path path = directory.resolve("log");
    try (SyslogSink sink = new SyslogSink(path)) {
      ByteBuffer lost = lines("one\ntwo\n");
      assertThatThrownBy(() -> sink.write(lost))
          .isInstanceOf(IOException.class)
          .hasMessage(
              "syslog:"
                  + path
                  + ": no such socket. Expected a syslog daemon that listens on it; start the daemon or change log.access");
      assertThat(lost.remaining()).isEqualTo(8);
      try (Daemon daemon = new Daemon(path)) {
        sink.write(lines("three\n"));
        assertThat(daemon.read()).endsWith("]: three");
      }
    }
  }

  @Test
  void aDaemonThatDoesNotReadCostsCountedDropsAndThenGetsWhatWaited() throws IOException {
    Path path = directory.resolve("log");
    String line = "x".repeat(500) + "\n";
    try (Daemon daemon = new Daemon(path);
        LogFlusher flusher =
            new LogFlusher(new SyslogSink(path), Duration.ofMillis(10), 64 * 1024)) {
      LogBuffer buffer = flusher.newBuffer();
      byte[] bytes = line.getBytes(StandardCharsets.US_ASCII);
      while (flusher.dropped() == 0) {
        buffer.append(bytes, bytes.length);
      }
      long appended = flusher.entries();
      for (int i = 0; i < appended; i++) {
        assertThat(daemon.read()).endsWith(line.strip());
      }
      await().atMost(PATIENCE).until(() -> flusher.waiting() == 0);
      assertThat(flusher.failures()).isZero();
    }
  }

  @Test
  void aSocketThatNobodyListensOnIsNamedAsSuch() throws IOException {
    Path path = directory.resolve("log");
    Epoll.ensureAvailability();
    Socket left = Socket.newSocketDomainDgram();
    left.bind(new DomainSocketAddress(path.toString()));
    left.close();
    assertThat(path).exists();
    try (SyslogSink sink = new SyslogSink(path)) {
      assertThatThrownBy(() -> sink.write(lines("one\n")))
          .hasMessageContaining("connection refused, no daemon listens. Expected a syslog daemon");
    }
  }

  @Test
  void aStreamSocketGetsEveryLineAlsoAfterItsDaemonCameBack() throws IOException {
    Path path = directory.resolve("log");
    try (SyslogSink sink = new SyslogSink(path)) {
      try (ServerSocketChannel daemon = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        daemon.bind(UnixDomainSocketAddress.of(path));
        sink.write(lines("{\"a\":1}\n{\"b\":2}\n"));
        try (SocketChannel connection = daemon.accept()) {
          BufferedReader received = reader(connection);
          assertThat(received.readLine()).startsWith("<134>").endsWith("]: {\"a\":1}");
          assertThat(received.readLine()).startsWith("<134>").endsWith("]: {\"b\":2}");
        }
      }
      Files.delete(path);
      assertThatThrownBy(() -> sink.write(lines("lost\n"))).hasMessageContaining("no such socket");
      try (ServerSocketChannel daemon = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        daemon.bind(UnixDomainSocketAddress.of(path));
        sink.write(lines("three\n"));
        try (SocketChannel connection = daemon.accept()) {
          assertThat(reader(connection).readLine()).endsWith("]: three");
        }
        // This connection is gone too, but the daemon listens: no line is lost.
        sink.write(lines("four\n"));
        try (SocketChannel connection = daemon.accept()) {
          assertThat(reader(connection).readLine()).endsWith("]: four");
        }
      }
    }
  }

  private static BufferedReader reader(SocketChannel connection) {
    return new BufferedReader(
        new InputStreamReader(Channels.newInputStream(connection), StandardCharsets.US_ASCII));
  }

  private static ByteBuffer lines(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length);
    return direct.put(bytes).flip();
  }

  /** Listens as rsyslog or journald do on /dev/log. */
  private static final class Daemon implements AutoCloseable {
    private final Path path;
    private final Socket socket;
    private final ByteBuffer datagram = ByteBuffer.allocateDirect(64 * 1024);

    Daemon(Path path) throws IOException {
      this.path = path;
      Epoll.ensureAvailability();
      socket = Socket.newSocketDomainDgram();
      socket.bind(new DomainSocketAddress(path.toString()));
    }

    String read() {
      datagram.clear();
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> socket.recv(datagram, 0, datagram.capacity()) > 0);
      int length = 0;
      while (length < datagram.capacity() && datagram.get(length) != 0) {
        length++;
      }
      byte[] bytes = new byte[length];
      datagram.get(0, bytes);
      datagram.put(0, new byte[length]);
      return new String(bytes, StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
      socket.close();
      Files.deleteIfExists(path);
    }
  }
}
