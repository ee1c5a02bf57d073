package io.terminator.scenarios;

import io.terminator.testkit.SocketPeer;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** HTTP/1.1 over one connection, exchange after exchange. It repairs nothing. */
final class H1Wire implements Wire {
  private enum Expected {
    HEAD,
    LENGTH,
    CHUNK,
    UNTIL_CLOSE,
    NOTHING
  }

  private final SocketPeer peer;
  private final byte[] buffer = new byte[1 << 16];
  private int at;
  private int to;
  private Expected expected = Expected.HEAD;
  private long left;
  private boolean chunked;

  /** The methods of the requests that are not answered, oldest first. */
  private final ArrayDeque<String> asked = new ArrayDeque<>();

  /** Whether any byte was received since the last request was sent. */
  private volatile boolean heard;

  private volatile boolean last;

  H1Wire(SocketPeer peer) {
    this.peer = peer;
  }

  SocketPeer peer() {
    return peer;
  }

  /** Whether the peer has said that it closes after this exchange. */
  boolean isLast() {
    return last;
  }

  boolean hasHeard() {
    return heard;
  }

  @Override
  public void request(String method, String path, List<String> fields, long length)
      throws IOException {
    heard = false;
    asked.add(method);
    head(method + " " + path + " HTTP/1.1", "Host: localhost", fields, length, length == 0);
  }

  @Override
  public void respond(int status, List<String> fields, long length, boolean bodiless)
      throws IOException {
    head("HTTP/1.1 " + status + " Said", "", fields, length, false);
  }

  private void head(String line, String first, List<String> fields, long length, boolean bodiless)
      throws IOException {
    StringBuilder head = new StringBuilder(line).append("\r\n");
    if (!first.isEmpty()) {
      head.append(first).append("\r\n");
    }
    fields.forEach(field -> head.append(field).append("\r\n"));
    chunked = length == UNKNOWN;
    if (chunked) {
      head.append("Transfer-Encoding: chunked\r\n");
    } else if (length >= 0 && !bodiless) {
      head.append("Content-Length: ").append(length).append("\r\n");
    }
    peer.write(head.append("\r\n").toString());
  }

  @Override
  public void interim(int status, List<String> fields) throws IOException {
    head("HTTP/1.1 " + status + " Wait", "", fields, UNTIL_CLOSE, true);
  }

  @Override
  public void send(byte[] bytes, int length) throws IOException {
    if (length == 0) {
      return;
    }
    if (!chunked) {
      peer.write(bytes, length);
      return;
    }
    byte[] size = (Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    byte[] chunk = Arrays.copyOf(size, size.length + length + 2);
    System.arraycopy(bytes, 0, chunk, size.length, length);
    chunk[chunk.length - 2] = '\r';
    chunk[chunk.length - 1] = '\n';
    peer.write(chunk);
  }

  @Override
  public void end(List<String> trailers) throws IOException {
    if (chunked) {
      StringBuilder end = new StringBuilder("0\r\n");
      trailers.forEach(field -> end.append(field).append("\r\n"));
      peer.write(end.append("\r\n").toString());
    }
  }

  @Override
  public void cut(boolean withReset) throws IOException {
    if (withReset) {
      peer.reset();
    } else {
      peer.close();
    }
  }

  @Override
  public Piece read() throws IOException {
    try {
      return switch (expected) {
        case HEAD -> readHead();
        case LENGTH -> left == 0 ? ended() : data();
        case CHUNK -> chunk();
        case UNTIL_CLOSE -> at < to || fill() ? data() : ended();
        case NOTHING -> throw new IllegalStateException("nothing follows");
      };
    } catch (SocketTimeoutException late) {
      throw new IllegalStateException("no answer: " + late.getMessage(), late);
    } catch (IOException broken) {
      expected = Expected.NOTHING;
      return Piece.broken(String.valueOf(broken.getMessage()));
    }
  }

  private Piece ended() {
    expected = Expected.HEAD;
    return Piece.end();
  }

  private Piece readHead() throws IOException {
    String line = line();
    Map<String, String> fields = fields();
    last |= fields.getOrDefault("connection", "").equalsIgnoreCase("close");
    String length = fields.get("content-length");
    boolean isChunked = fields.getOrDefault("transfer-encoding", "").equals("chunked");
    if (length != null && isChunked) {
      throw new IllegalStateException("a length beside chunks: " + line + fields);
    }
    boolean response = line.startsWith("HTTP/1.1 ");
    int status = response ? Integer.parseInt(line.substring(9, 12)) : 0;
    if (response) {
      fields.put(":status", Integer.toString(status));
    } else {
      String[] words = line.split(" ");
      fields.put(":method", words[0]);
      fields.put(":path", words[1]);
    }
    if (response && status < 200) {
      return Piece.of(Kind.INTERIM, fields);
    }
    boolean bodiless = response && "HEAD".equals(asked.poll()) || status == 204 || status == 304;
    left = length == null || bodiless ? 0 : Long.parseLong(length);
    expected =
        bodiless || length != null
            ? Expected.LENGTH
            : isChunked ? Expected.CHUNK : response ? Expected.UNTIL_CLOSE : Expected.LENGTH;
    return Piece.of(response ? Kind.RESPONSE : Kind.REQUEST, fields);
  }

  private Map<String, String> fields() throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      fields.merge(
          line.substring(0, colon).toLowerCase(Locale.ROOT),
          line.substring(colon + 1).strip(),
          (first, second) -> first + ", " + second);
    }
    return fields;
  }

  private Piece data() throws IOException {
    if (at == to && !fill()) {
      throw new EOFException("the end with " + left + " bytes of the body missing");
    }
    int length = to - at;
    if (expected != Expected.UNTIL_CLOSE) {
      length = (int) Math.min(length, left);
      left -= length;
    }
    byte[] piece = Arrays.copyOfRange(buffer, at, at + length);
    at += length;
    return Piece.data(piece);
  }

  private Piece chunk() throws IOException {
    if (left > 0) {
      Piece piece = data();
      if (left == 0) {
        crlf();
      }
      return piece;
    }
    left = Long.parseLong(line(), 16);
    if (left > 0) {
      return chunk();
    }
    Map<String, String> trailers = fields();
    left = 0;
    expected = Expected.LENGTH;
    return trailers.isEmpty() ? ended() : Piece.of(Kind.TRAILERS, trailers);
  }

  private void crlf() throws IOException {
    if (!line().isEmpty()) {
      throw new IllegalStateException("a chunk is longer than its size");
    }
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      if (at == to && !fill()) {
        throw new EOFException("the end after \"" + line + "\"");
      }
      byte next = buffer[at++];
      if (next == '\n') {
        String text = line.toString(StandardCharsets.ISO_8859_1);
        if (!text.endsWith("\r")) {
          throw new IllegalStateException("a bare LF after \"" + text + "\"");
        }
        return text.substring(0, text.length() - 1);
      }
      line.write(next);
    }
  }

  private boolean fill() throws IOException {
    int read = peer.read(buffer);
    heard |= read > 0;
    at = 0;
    to = Math.max(0, read);
    return read > 0;
  }

  @Override
  public boolean isHttp2() {
    return false;
  }
}
