package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Deterministic;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Workers are replaced one after the other while clients connect all the time, so that the
 * descriptors of an ending worker are taken at once by connections of another one. Every byte of
 * every connection is compared: one that was meant for another connection is found.
 */
class RestartStormIT {
  private static final int CLIENTS = 8;
  private static final int LARGEST_BODY = 3000;
  private static final List<String> ROUTES = List.of("tls", "plain");

  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger whole = new AtomicInteger();
  private volatile boolean over;

  @Test
  void noConnectionReceivesBytesOfAWorkerThatEnds() throws Exception {
    long seed = Long.getLong("storm.seed", new Random().nextLong());
    int restarts = Integer.getInteger("storm.restarts", 30);
    System.out.printf("RestartStormIT: -Dstorm.seed=%d -Dstorm.restarts=%d%n", seed, restarts);
    TestCa ca = TestCa.create();
    Path directory = Files.createTempDirectory("terminator-storm");
    Path authorities = Files.writeString(directory.resolve("ca.pem"), ca.rootPem());
    try (ScriptedBackend tls =
            ScriptedBackend.startTls(
                ca.serverContext(ca.server("localhost", "127.0.0.1")), this::serve);
        ScriptedBackend plain = ScriptedBackend.start(this::serve);
        ApplianceProcess appliance =
            ApplianceProcess.with(
                ca,
                directory,
                """
                workers: 2
                drain: { accept-grace: 0, window: 100s }
                listeners:
                  - name: web
                    bind: "127.0.0.1:0"
                    certificates: certs/
                    http: {}
                    routes:
                      - { path: /tls, backend: tls }
                      - { path: /plain, backend: plain }
                backends:
                  tls: { servers: ["127.0.0.1:%d"], connect: { timeout: 1m }, tls: { ca: "%s", name: localhost } }
                  plain: { servers: ["127.0.0.1:%d"], connect: { timeout: 1m } }
                admin: { bind: "127.0.0.1:0" }
                log: { access: ./access.log }
                """
                    .formatted(tls.address().getPort(), authorities, plain.address().getPort()))) {
      TlsClient client = appliance.client().alpn("http/1.1");
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Random random = new Random(seed + i);
        clients.add(begin(() -> visit(client, appliance.address(), random)));
      }
      HttpClient admin = HttpClient.newHttpClient();
      for (int i = 0; i < restarts && failures.isEmpty(); i++) {
        int before = whole.get();
        restart(admin, appliance, i % 2);
        // Its kept connections are what a worker ends with.
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> whole.get() > before + 10 || !failures.isEmpty());
      }
      over = true;
      for (Thread visitor : clients) {
        visitor.join(60_000);
      }
      assertThat(failures).as("after %d requests", whole.get()).isEmpty();
      assertThat(clients).noneMatch(Thread::isAlive);
      assertThat(appliance.metric("terminator_http_reused_connections_total")).isPositive();
      assertThat(appliance.metric("terminator_internal_errors_total")).isZero();
    }
  }

  private Thread begin(Visit visit) {
    Thread thread =
        new Thread(
            () -> {
              try {
                visit.run();
              } catch (Throwable failure) {
                failures.add(failure);
              }
            },
            "storm-client");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private interface Visit {
    void run() throws Exception;
  }

  private static void restart(HttpClient admin, ApplianceProcess appliance, int worker)
      throws Exception {
    URI uri =
        URI.create(
            "http://127.0.0.1:%d/v1/workers/%d:restart"
                .formatted(appliance.admin().getPort(), worker));
    HttpResponse<String> answer =
        admin.send(
            HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.noBody()).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private void visit(TlsClient client, InetSocketAddress address, Random random)
      throws IOException {
    while (!over) {
      try (SocketPeer peer = client.connect(address)) {
        H1Wire wire = new H1Wire(peer);
        for (int left = 1 + random.nextInt(3); left > 0 && !wire.isLast(); left--) {
          String route = ROUTES.get(random.nextInt(ROUTES.size()));
          if (!exchange(wire, route, random.nextLong() >>> 1)) {
            break;
          }
          whole.incrementAndGet();
        }
      }
    }
  }

  /** False if the drain has closed the connection before the request was read. */
  private static boolean exchange(H1Wire wire, String route, long seed) throws IOException {
    try {
      wire.request("GET", "/" + route + "/" + seed, List.of(), 0);
    } catch (IOException closed) {
      return false;
    }
    Wire.Piece head = wire.read();
    if (head.kind() == Wire.Kind.BROKEN && !wire.hasHeard()) {
      return false;
    }
    assertThat(head.kind()).as("%s", head).isEqualTo(Wire.Kind.RESPONSE);
    assertThat(head.fields()).containsEntry(":status", "200");
    byte[] expected = body(seed);
    byte[] received = new byte[expected.length];
    int at = 0;
    for (Wire.Piece piece = wire.read(); piece.kind() != Wire.Kind.END; piece = wire.read()) {
      assertThat(piece.kind()).as("%s", piece).isEqualTo(Wire.Kind.DATA);
      System.arraycopy(piece.data(), 0, received, at, piece.data().length);
      at += piece.data().length;
    }
    assertThat(received).isEqualTo(expected);
    return true;
  }

  private static byte[] body(long seed) {
    return Deterministic.bytes(seed, 1 + (int) (seed % LARGEST_BODY));
  }

  private void serve(SocketPeer peer) throws IOException {
    peer.socket().setSoTimeout(0);
    H1Wire wire = new H1Wire(peer);
    for (Wire.Piece request = wire.read();
        request.kind() == Wire.Kind.REQUEST;
        request = wire.read()) {
      String path = request.fields().getOrDefault(":path", "");
      if (wire.read().kind() != Wire.Kind.END) {
        failures.add(new AssertionError("a request with a body: " + request));
        return;
      }
      byte[] body = body(Long.parseLong(path.substring(path.lastIndexOf('/') + 1)));
      wire.respond(200, List.of(), body.length, false);
      wire.send(body, body.length);
      wire.end(List.of());
    }
  }
}
