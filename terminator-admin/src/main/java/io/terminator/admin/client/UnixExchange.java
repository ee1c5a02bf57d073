package io.terminator.admin.client;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One request over a unix socket, with the subset of HTTP/1.1 that the admin server uses. */
final class UnixExchange {
  private static final int STATUS_AT = 9;

  private final Path socket;
  private final Duration patience;

  UnixExchange(Path socket, Duration patience) {
    this.socket = socket;
    this.patience = patience;
  }

  /**
   * Fails if no data arrives for {@code patience}, or if the response exceeds {@code most} bytes.
   */
  AdminClient.Answer get(String path, Map<String, String> headers, int most) throws IOException {
    StringBuilder request = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n");
    headers.forEach((name, value) -> request.append(name + ": " + value + "\r\n"));
    request.append("Connection: close\r\n\r\n");
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      ByteBuffer bytes = StandardCharsets.US_ASCII.encode(request.toString());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      return parse(readToEnd(channel, most));
    }
  }

  private byte[] readToEnd(SocketChannel channel, int most) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
    channel.configureBlocking(false);
    try (Selector selector = Selector.open()) {
      channel.register(selector, SelectionKey.OP_READ);
      while (true) {
        int read = channel.read(buffer.clear());
        if (read < 0) {
          return all.toByteArray();
        }
        all.write(buffer.array(), 0, read);
        if (all.size() > most) {
          throw new IOException("the answer is longer than " + most + " bytes");
        }
        if (read == 0 && selector.select(patience.toMillis()) == 0) {
          throw new SocketTimeoutException("no answer within " + patience.toSeconds() + "s");
        }
        selector.selectedKeys().clear();
      }
    }
  }

  private static AdminClient.Answer parse(byte[] all) throws IOException {
    String text = new String(all, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0 || !text.matches("(?s)HTTP/1\\.1 \\d{3} .*")) {
      throw new EOFException("the response is not HTTP/1.1 or is truncated");
    }
    int status = Integer.parseInt(text.substring(STATUS_AT, STATUS_AT + 3));
    int from = end + 4;
    Integer length = contentLength(text.substring(0, end));
    if (length == null || all.length - from < length) {
      throw new EOFException("the response is truncated");
    }
    byte[] body = new byte[length];
    System.arraycopy(all, from, body, 0, length);
    return new AdminClient.Answer(status, body);
  }

  private static @Nullable Integer contentLength(String head) {
    for (String line : head.split("\r\n")) {
      if (line.toLowerCase(Locale.ROOT).matches("content-length: *\\d{1,9}")) {
        return Integer.valueOf(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    return null;
  }
}
