package io.terminator.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A tiny HTTP/1.1 server with keep-alive, enough to carry a test and no more.
 *
 * <ul>
 *   <li>{@code /bytes/N}: the first N bytes of the stream of {@link #SEED}
 *   <li>{@code /echo}: the body that was sent, by {@code Content-Length}
 *   <li>{@code /head}: the head of the request, as text
 *   <li>{@code /413-early}: 413 before the body is read, then FIN: the answer overtakes the request
 *   <li>{@code /health}: the status set by {@link #health}, at first 200
 *   <li>anything else: 404
 * </ul>
 */
public final class HttpBackend implements Backend {

  /** Determines the bytes of {@code /bytes/N}. */
  public static final long SEED = 42;

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicInteger health = new AtomicInteger(200);
  private final ScriptedBackend server;

  private HttpBackend(int port) {
    this.server = ScriptedBackend.startOn(port, this::serve);
  }

  public static HttpBackend start() {
    return new HttpBackend(0);
  }

  /** On a given port: to bring a backend back where one was before. */
  public static HttpBackend startOn(int port) {
    return new HttpBackend(port);
  }

  /** The status of {@code /health} from now on. */
  public void health(int status) {
    health.set(status);
  }

  /** The request lines so far, in order of arrival. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** Problems of the server itself: malformed requests, broken connections. */
  public List<Throwable> failures() {
    return server.failures();
  }

  @Override
  public InetSocketAddress address() {
    return server.address();
  }

  @Override
  public int accepted() {
    return server.accepted();
  }

  @Override
  public int active() {
    return server.active();
  }

  @Override
  public void close() {
    server.close();
  }

  private void serve(SocketPeer client) throws IOException {
    while (true) {
      String head;
      try {
        head = client.readUntil("\r\n\r\n");
      } catch (EOFException e) {
        return;
      }
      String line = head.substring(0, head.indexOf("\r\n"));
      requests.add(line);
      String[] words = line.split(" ");
      if (words.length != 3) {
        throw new IOException("request line \"" + line + "\": expected METHOD PATH VERSION");
      }
      boolean last = head.toLowerCase(Locale.ROOT).contains("\r\nconnection: close\r\n");
      if (words[1].equals("/413-early")) {
        answer(client, 413, new byte[0], true);
        client.finishOutput();
        client.awaitEnd();
        return;
      }
      byte[] body = client.readExactly(contentLength(head));
      respond(client, words[1], head, body, last);
      if (last) {
        client.finishOutput();
        client.awaitEnd();
        return;
      }
    }
  }

  private void respond(SocketPeer client, String path, String head, byte[] body, boolean last)
      throws IOException {
    if (path.matches("/bytes/\\d{1,9}")) {
      byte[] bytes = Deterministic.bytes(SEED, Integer.parseInt(path.substring(7)));
      answer(client, 200, bytes, last);
    } else if (path.equals("/echo")) {
      answer(client, 200, body, last);
    } else if (path.equals("/head")) {
      answer(client, 200, head.getBytes(StandardCharsets.ISO_8859_1), last);
    } else if (path.equals("/health")) {
      answer(client, health.get(), new byte[0], last);
    } else {
      answer(client, 404, new byte[0], last);
    }
  }

  private static int contentLength(String head) {
    return Arrays.stream(head.split("\r\n"))
        .map(line -> line.toLowerCase(Locale.ROOT))
        .filter(line -> line.startsWith("content-length:"))
        .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
        .findFirst()
        .orElse(0);
  }

  private static void answer(SocketPeer client, int status, byte[] body, boolean last)
      throws IOException {
    String head =
        "HTTP/1.1 %d Status\r\nContent-Length: %d\r\n%s\r\n"
            .formatted(status, body.length, last ? "Connection: close\r\n" : "");
    byte[] start = head.getBytes(StandardCharsets.ISO_8859_1);
    byte[] whole = Arrays.copyOf(start, start.length + body.length);
    System.arraycopy(body, 0, whole, start.length, body.length);
    client.write(whole);
  }
}
