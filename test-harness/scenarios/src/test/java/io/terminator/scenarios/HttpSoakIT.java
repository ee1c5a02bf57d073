package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.scenarios.HttpEpisode.Outcome;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random requests of HTTP/1.1 and h2 clients to servers of HTTP/1.1, with and without TLS, and h2c,
 * during reloads and worker restarts, for any length of time. Every byte is compared; each request
 * has to end as its seed says; nothing may be left. In the build it runs for a few seconds: see
 * docs/reliability.md for a real run.
 */
class HttpSoakIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final int PATIENCE_MILLIS = 90_000;
  private static final int H2_WINDOW = 65_535;

  private final Map<Outcome, AtomicInteger> outcomes = new EnumMap<>(Outcome.class);
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "http-soak");
            thread.setDaemon(true);
            return thread;
          });
  private volatile boolean over;

  /** Connections may be closed to free memory. */
  private boolean scarce;

  /** The routes, each to one backend. */
  private enum Route {
    ONE("/one/"),
    /** Closes kept connections without a word. */
    CLOSING("/closing/"),
    TLS("/tls/"),
    H2C("/h2c/");

    private final String prefix;

    Route(String prefix) {
      this.prefix = prefix;
    }

    static Route any(Random random) {
      return values()[random.nextInt(values().length)];
    }
  }

  @Test
  void everyByteArrivesUnderMixedLoad() throws Exception {
    long seconds = Long.getLong("soak.seconds", 6);
    long seed = Long.getLong("soak.seed", new Random().nextLong());
    int workers = Integer.getInteger("soak.workers", 2);
    String frames = System.getProperty("soak.frames", "64MiB");
    scarce = !frames.equals("64MiB");
    System.out.printf(
        "HttpSoakIT: -Dsoak.seconds=%d -Dsoak.seed=%d -Dsoak.workers=%d -Dsoak.frames=%s%n",
        seconds, seed, workers, frames);
    for (Outcome outcome : Outcome.values()) {
      outcomes.put(outcome, new AtomicInteger());
    }
    TestCa ca = TestCa.create();
    Path directory = Files.createTempDirectory("terminator-http-soak");
    Path authorities = Files.writeString(directory.resolve("ca.pem"), ca.rootPem());
    try (ScriptedBackend one = ScriptedBackend.start(peer -> serve(peer, true));
        ScriptedBackend closing = ScriptedBackend.start(peer -> serve(peer, false));
        ScriptedBackend tls =
            ScriptedBackend.startTls(
                ca.serverContext(ca.server("localhost", "127.0.0.1")), peer -> serve(peer, true));
        ScriptedBackend h2c = ScriptedBackend.start(this::serveH2);
        ApplianceProcess appliance =
            ApplianceProcess.with(
                ca,
                directory,
                """
                workers: %d
                memory: { frames: %s }
                drain: { accept-grace: 0, window: 100s }
                listeners:
                  - name: web
                    bind: "127.0.0.1:0"
                    certificates: certs/
                    http: { deadlines: { body: 80s } }
                    routes:
                      - { path: /one, backend: one }
                      - { path: /closing, backend: closing }
                      - { path: /tls, backend: tls }
                      - { path: /h2c, backend: h2c }
                backends:
                  one: { servers: ["127.0.0.1:%d"], kept: { idle: 3s } }
                  closing: { servers: ["127.0.0.1:%d"], kept: { idle: 3s } }
                  tls: { servers: ["127.0.0.1:%d"], kept: { idle: 3s }, tls: { ca: "%s", name: localhost } }
                  h2c: { servers: ["127.0.0.1:%d"], kept: { idle: 3s }, protocol: h2c }
                admin: { bind: "127.0.0.1:0" }
                log: { access: ./access.log }
                """
                    .formatted(
                        workers,
                        frames,
                        one.address().getPort(),
                        closing.address().getPort(),
                        tls.address().getPort(),
                        authorities,
                        h2c.address().getPort()))) {
      long descriptors = appliance.process().descriptors();
      double contexts = appliance.metric("terminator_tls_contexts_live");
      List<Thread> load = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Random random = new Random(seed + i);
        load.add(begin(() -> visitOverHttp1(appliance, random)));
      }
      for (int i = 0; i < 2; i++) {
        Random random = new Random(seed - 1 - i);
        load.add(begin(() -> visitOverHttp2(appliance, random)));
      }
      long start = System.nanoTime();
      int restarts = 0;
      for (int second = 0; second < seconds && failures.isEmpty(); second++) {
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
        if (second % 7 == 3) {
          appliance.process().signal("HUP");
        }
        if (second % 20 == 2) {
          restart(appliance, restarts++ % workers);
        }
        if (second % 60 == 0) {
          report(appliance, start);
        }
      }
      over = true;
      for (Thread client : load) {
        client.join(TimeUnit.SECONDS.toMillis(200));
        if (client.isAlive()) {
          failures.add(new AssertionError("a client still waits"));
        }
      }
      report(appliance, start);
      assertNoFailure(appliance);
      double shed = appliance.metric("terminator_close_total{reason=\"overload\",}");
      assertThat(shed > 0 || counter(Outcome.SHED).get() == 0).as("SHED without overload").isTrue();
      for (String gauge :
          List.of(
              "terminator_connections_active",
              "terminator_requests_in_flight",
              "terminator_backend_connections_active",
              "terminator_frames{state=\"used\",}",
              "terminator_outbound_buffer_bytes",
              "terminator_tls_streams_live")) {
        await()
            .atMost(Duration.ofSeconds(120))
            .untilAsserted(() -> assertThat(appliance.metric(gauge)).as(gauge).isZero());
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(appliance.process().descriptors())
                      .isLessThanOrEqualTo(descriptors + 12));
      assertThat(appliance.metric("terminator_tls_contexts_live"))
          .isLessThanOrEqualTo(contexts + 2);
      assertThat(appliance.metric("terminator_internal_errors_total")).isZero();
      assertThat(appliance.process().lines().stream().filter(line -> line.contains("ERROR")))
          .isEmpty();
    }
  }

  private void assertNoFailure(ApplianceProcess appliance) {
    Throwable first = failures.peek();
    if (first != null) {
      throw new AssertionError(
          failures.size()
              + " failures, the first of them: "
              + first
              + "\n"
              + String.join("\n", appliance.process().lines()),
          first);
    }
  }

  private Thread begin(Load load) {
    Thread thread =
        new Thread(
            () -> {
              try {
                load.run();
              } catch (Throwable failure) {
                failures.add(failure);
              }
            },
            "http-client");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private interface Load {
    void run() throws Exception;
  }

  private void report(ApplianceProcess appliance, long start) throws IOException {
    System.out.printf(
        "HttpSoakIT: %d s, %s, kept %.0f, sent again %.0f, resident %d MiB, frames %.0f%n",
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start),
        outcomes,
        appliance.metric("terminator_http_reused_connections_total"),
        appliance.metric("terminator_http_retries_total"),
        appliance.process().residentBytes() >> 20,
        appliance.metric("terminator_frames{state=\"used\",}"));
  }

  private static void restart(ApplianceProcess appliance, int worker) throws Exception {
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:%d/v1/workers/%d:restart"
                            .formatted(appliance.admin().getPort(), worker)))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.ofString());
    // 409: the one before still drains.
    assertThat(answer.statusCode()).as(answer.body()).isIn(200, 409);
  }

  // Clients.

  private TlsClient client(ApplianceProcess appliance, String protocol) {
    return appliance.client().alpn(protocol);
  }

  private SocketPeer connect(ApplianceProcess appliance, String protocol) throws IOException {
    SocketPeer peer = client(appliance, protocol).connect(appliance.address());
    peer.socket().setSoTimeout(PATIENCE_MILLIS);
    return peer;
  }

  private void visitOverHttp1(ApplianceProcess appliance, Random random) throws IOException {
    while (!over) {
      int most = random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(30);
      try (SocketPeer peer = connect(appliance, "http/1.1")) {
        H1Wire wire = new H1Wire(peer);
        for (int i = 0; i < most && !over && !wire.isLast(); ) {
          List<HttpEpisode> episodes = ahead(random);
          i += episodes.size();
          if (!visitAll(wire, episodes, random, i > episodes.size())) {
            break;
          }
        }
      }
    }
  }

  /** One request, or several that do not wait for each other's response. */
  private static List<HttpEpisode> ahead(Random random) {
    List<HttpEpisode> episodes = new ArrayList<>();
    do {
      episodes.add(new HttpEpisode(random.nextLong() >>> 1));
    } while (episodes.size() < 5
        && episodes.get(episodes.size() - 1).isSimple()
        && random.nextInt(3) == 0);
    return episodes;
  }

  /** False: the connection is of no further use. */
  private boolean visitAll(H1Wire wire, List<HttpEpisode> episodes, Random random, boolean kept)
      throws IOException {
    List<Route> routes = new ArrayList<>();
    try {
      for (HttpEpisode episode : episodes) {
        Route route = Route.any(random);
        routes.add(route);
        episode.ask(wire, route.prefix, route == Route.TLS);
      }
    } catch (IOException closed) {
      // The responses say what was accepted.
    }
    for (int i = 0; i < routes.size(); i++) {
      Outcome outcome = episodes.get(i).visit(wire, threads);
      if (outcome == Outcome.NOT_ACCEPTED
          && !scarce
          && (wire.hasHeard() && !wire.isLast() && i == 0 || !kept && i == 0)) {
        throw new IllegalStateException(episodes.get(i) + ": the connection ended");
      }
      count(episodes.get(i), routes.get(i), outcome);
      if (outcome != Outcome.WHOLE
          && outcome != Outcome.ANSWERED_502_AS_PLANNED
          && outcome != Outcome.RACED) {
        return false;
      }
    }
    return !wire.isLast();
  }

  private void count(HttpEpisode episode, Route route, Outcome outcome) {
    counter(outcome).incrementAndGet();
    if (outcome == Outcome.RACED && route != Route.CLOSING) {
      throw new IllegalStateException(route + " " + episode + ": 502");
    }
    if (outcome == Outcome.SHED && !scarce) {
      throw new IllegalStateException(route + " " + episode);
    }
  }

  private AtomicInteger counter(Outcome outcome) {
    AtomicInteger counter = outcomes.get(outcome);
    if (counter == null) {
      throw new IllegalStateException(outcome.name());
    }
    return counter;
  }

  private void visitOverHttp2(ApplianceProcess appliance, Random random) throws Exception {
    while (!over) {
      int most = 1 + random.nextInt(200);
      int concurrent = 1 + random.nextInt(12);
      boolean abrupt = random.nextInt(4) == 0;
      AtomicInteger left = new AtomicInteger(most);
      List<Thread> streams = new ArrayList<>();
      H2Wire wire =
          new H2Wire(connect(appliance, "h2"), true, 1 + random.nextInt(H2_WINDOW), stream -> {});
      try (wire) {
        // The time between two requests is not limited here.
        wire.start(0);
        for (int i = 0; i < concurrent; i++) {
          Random own = new Random(random.nextLong());
          streams.add(begin(() -> visitStreams(wire, own, left, abrupt)));
        }
        while (abrupt && left.get() > 0 && !wire.isOver() && !over) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        if (!abrupt) {
          join(streams);
        }
      }
      join(streams);
    }
  }

  private static void join(List<Thread> streams) throws InterruptedException {
    for (Thread stream : streams) {
      stream.join();
    }
  }

  /** {@code abrupt}: the connection may be closed here meanwhile. */
  private void visitStreams(H2Wire wire, Random random, AtomicInteger left, boolean abrupt)
      throws IOException {
    while (!over && left.getAndDecrement() > 0) {
      H2Wire.@Nullable Stream stream = wire.open();
      if (stream == null) {
        return;
      }
      HttpEpisode episode = new HttpEpisode(random.nextLong() >>> 1);
      Route route = Route.any(random);
      try {
        episode.ask(stream, route.prefix, route == Route.TLS);
        Outcome outcome = episode.visit(stream, threads);
        if (wire.isClosedHere()) {
          return;
        }
        if (outcome == Outcome.NOT_ACCEPTED && !stream.isRefused() && !scarce) {
          throw new IllegalStateException(episode + ": the stream was not answered");
        }
        stream.abandon();
        count(episode, route, outcome);
      } catch (IOException | IllegalStateException failure) {
        if (wire.isClosedHere()) {
          return;
        }
        if (failure instanceof IllegalStateException || !wire.isOver()) {
          throw failure;
        }
      }
    }
  }

  // Servers.

  private void serve(SocketPeer peer, boolean announcing) throws IOException {
    peer.socket().setSoTimeout(0);
    H1Wire wire = new H1Wire(peer);
    try {
      while (true) {
        Wire.Piece request = wire.read();
        if (request.kind() != Wire.Kind.REQUEST) {
          return;
        }
        HttpEpisode episode = new HttpEpisode(HttpEpisode.seedOf(request));
        if (!episode.serve(wire, request, announcing)) {
          // Input that is not read would make a reset of the end.
          peer.finishOutput();
          peer.awaitEnd();
          return;
        }
      }
    } catch (IOException broken) {
      // The client, or the episode, ended the connection.
    } catch (RuntimeException wrong) {
      failures.add(wrong);
    }
  }

  private void serveH2(SocketPeer peer) throws IOException {
    peer.socket().setSoTimeout(0);
    Random random = new Random(peer.remoteAddress().getPort());
    AtomicInteger most = new AtomicInteger(20 + random.nextInt(400));
    Object[] self = new Object[1];
    H2Wire wire =
        new H2Wire(
            peer,
            false,
            1 + random.nextInt(H2_WINDOW),
            stream -> {
              threads.execute(() -> serveStream(stream));
              if (most.decrementAndGet() == 0 && self[0] instanceof H2Wire own) {
                own.drain();
              }
            });
    self[0] = wire;
    try (wire) {
      wire.start(1 + random.nextInt(100));
      wire.awaitEnd();
    }
  }

  private void serveStream(H2Wire.Stream stream) {
    try {
      Wire.Piece request = stream.read();
      new HttpEpisode(HttpEpisode.seedOf(request)).serve(stream, request, true);
      stream.abandon();
    } catch (IOException broken) {
      // The client, or the episode, ended the stream.
    } catch (RuntimeException wrong) {
      failures.add(wrong);
    }
  }
}
