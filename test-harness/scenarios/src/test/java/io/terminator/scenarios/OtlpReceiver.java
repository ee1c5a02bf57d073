package io.terminator.scenarios;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A small receiver of OTLP over HTTP, which reads the protobuf messages of a trace export by the
 * field numbers of opentelemetry-proto.
 */
final class OtlpReceiver implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Span> spans = new CopyOnWriteArrayList<>();
  private final List<Map<String, String>> resources = new CopyOnWriteArrayList<>();
  private final List<String> authorizations = new CopyOnWriteArrayList<>();
  private final AtomicInteger requests = new AtomicInteger();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile int status = 200;
  private volatile boolean silent;

  /** Ids are hexadecimal; {@code kind} and {@code statusCode} are the numbers of the protocol. */
  record Span(
      String trace,
      String id,
      String parent,
      String name,
      long kind,
      long start,
      long end,
      Map<String, String> attributes,
      List<String> events,
      long statusCode) {}

  private OtlpReceiver(HttpServer server) {
    this.server = server;
  }

  static OtlpReceiver start() {
    return start(null);
  }

  /** With TLS if there is a {@code context}. */
  static OtlpReceiver start(@Nullable SSLContext context) {
    try {
      InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      HttpServer server;
      if (context == null) {
        server = HttpServer.create(any, 0);
      } else {
        HttpsServer secure = HttpsServer.create(any, 0);
        secure.setHttpsConfigurator(new HttpsConfigurator(context));
        server = secure;
      }
      OtlpReceiver receiver = new OtlpReceiver(server);
      server.setExecutor(receiver.threads);
      server.createContext("/v1/traces", receiver::receive);
      server.start();
      return receiver;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  String endpoint() {
    return (server instanceof HttpsServer ? "https" : "http")
        + "://127.0.0.1:"
        + server.getAddress().getPort();
  }

  List<Span> spans() {
    return spans;
  }

  /** The attributes of the resource of each request. */
  List<Map<String, String>> resources() {
    return resources;
  }

  List<String> authorizations() {
    return authorizations;
  }

  int requests() {
    return requests.get();
  }

  /** Answers with {@code code} from now on. */
  void answer(int code) {
    status = code;
  }

  /** Accepts requests from now on and answers none until the end. */
  void beSilent() {
    silent = true;
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      requests.incrementAndGet();
      if (silent) {
        closed.await();
        return;
      }
      if (status == 200) {
        authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        read(body);
      }
      exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
      exchange.sendResponseHeaders(status, -1);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(byte[] body) {
    for (ByteBuffer resourceSpans : new Message(ByteBuffer.wrap(body)).all(1)) {
      Message ofResource = new Message(resourceSpans);
      ofResource
          .all(1)
          .forEach(resource -> resources.add(attributes(new Message(resource).all(1))));
      for (ByteBuffer scopeSpans : ofResource.all(2)) {
        new Message(scopeSpans).all(2).forEach(span -> spans.add(span(new Message(span))));
      }
    }
  }

  private static Span span(Message span) {
    List<String> events = new ArrayList<>();
    span.all(11).forEach(event -> events.add(new Message(event).text(2)));
    long statusCode = span.all(15).isEmpty() ? 0 : new Message(span.all(15).get(0)).number(3);
    return new Span(
        span.hex(1),
        span.hex(2),
        span.hex(4),
        span.text(5),
        span.number(6),
        span.number(7),
        span.number(8),
        attributes(span.all(9)),
        events,
        statusCode);
  }

  private static Map<String, String> attributes(List<ByteBuffer> all) {
    Map<String, String> attributes = new TreeMap<>();
    for (ByteBuffer each : all) {
      Message attribute = new Message(each);
      Message value = new Message(attribute.all(2).get(0));
      attributes.put(
          attribute.text(1),
          value.has(1)
              ? value.text(1)
              : value.has(2)
                  ? Boolean.toString(value.number(2) == 1)
                  : Long.toString(value.number(3)));
    }
    return attributes;
  }

  /** The fields of one message, in the wire format of protobuf. */
  private static final class Message {
    private final Map<Integer, List<ByteBuffer>> bytes = new TreeMap<>();
    private final Map<Integer, Long> numbers = new TreeMap<>();

    Message(ByteBuffer from) {
      ByteBuffer wire = from.duplicate().order(ByteOrder.LITTLE_ENDIAN);
      while (wire.hasRemaining()) {
        int tag = (int) varint(wire);
        int field = tag >>> 3;
        switch (tag & 7) {
          case 0 -> numbers.put(field, varint(wire));
          case 1 -> numbers.put(field, wire.getLong());
          case 2 -> {
            int length = (int) varint(wire);
            bytes
                .computeIfAbsent(field, key -> new ArrayList<>())
                .add(wire.slice(wire.position(), length));
            wire.position(wire.position() + length);
          }
          case 5 -> numbers.put(field, (long) wire.getInt());
          default -> throw new AssertionError("wire type of tag " + tag);
        }
      }
    }

    private static long varint(ByteBuffer wire) {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte next = wire.get();
        value |= (long) (next & 0x7f) << shift;
        if (next >= 0) {
          return value;
        }
      }
    }

    boolean has(int field) {
      return bytes.containsKey(field) || numbers.containsKey(field);
    }

    List<ByteBuffer> all(int field) {
      return bytes.getOrDefault(field, List.of());
    }

    long number(int field) {
      return numbers.getOrDefault(field, 0L);
    }

    String text(int field) {
      return all(field).isEmpty()
          ? ""
          : StandardCharsets.UTF_8.decode(all(field).get(0).duplicate()).toString();
    }

    String hex(int field) {
      if (all(field).isEmpty()) {
        return "";
      }
      byte[] raw = new byte[all(field).get(0).remaining()];
      all(field).get(0).duplicate().get(raw);
      return HexFormat.of().formatHex(raw);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
