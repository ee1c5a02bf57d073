package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TlsConnection;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * The heap allocation of the relay does not grow with the number of bytes relayed, and that of a
 * request of HTTP is bounded, as the JVM counts it for the worker thread.
 */
class AllocationIT {
  private static final int EXCHANGES = 2_000;
  private static final int VISITS = 400;
  private static final long MOST_PER_CONNECTION = 4_500;
  private static final String HTTP = "    http: {}\n";
  private static final String HEAD_END = "\r\n\r\n";
  private static final String REQUEST = "GET /small HTTP/1.1\r\nHost: localhost" + HEAD_END;
  private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 0" + HEAD_END;

  /** The exchange, its leg and the choice of a server. */
  private static final long MOST_PER_REQUEST = 1_000;

  /** Beside them the stream and what HPACK reads. */
  private static final long MOST_PER_STREAM = 2_200;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  void aRequestOnAKeptConnectionAllocatesNothing() throws Exception {
    assertThat(allocatedPerExchange(100)).isLessThan(4);
  }

  @Test
  void manyRecordsAllocateNothingEither() throws Exception {
    assertThat(allocatedPerExchange(200_000)).isLessThan(64);
  }

  @Test
  void aConnectionAllocatesWithinItsBound() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      visit(terminator, 100);
      long worker = worker();
      long before = THREADS.getThreadAllocatedBytes(worker);
      visit(terminator, VISITS);
      assertThat((THREADS.getThreadAllocatedBytes(worker) - before) / VISITS)
          .isLessThan(MOST_PER_CONNECTION);
    }
  }

  @Test
  void aRequestOfHttp1AllocatesWithinItsBound() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(AllocationIT::answerAll);
        RunningTerminator terminator = RunningTerminator.before(backend.address(), HTTP);
        TlsConnection client = terminator.client().alpn("http/1.1").connect(terminator.address())) {
      assertThat(
              allocatedPerRequest(
                  id -> {
                    client.write(REQUEST);
                    assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 200 ");
                  }))
          .isLessThan(MOST_PER_REQUEST);
    }
  }

  @Test
  void aRequestOfHttp2AllocatesWithinItsBound() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(AllocationIT::answerAll);
        RunningTerminator terminator = RunningTerminator.before(backend.address(), HTTP);
        H2Client client =
            H2Client.over(terminator.client().alpn("h2").connect(terminator.address())).begin()) {
      assertThat(
              allocatedPerRequest(
                  id -> {
                    client.get(2 * id + 1, "/small");
                    assertThat(client.response(2 * id + 1).status()).isEqualTo("200");
                  }))
          .isLessThan(MOST_PER_STREAM);
    }
  }

  /** The request with this number. */
  private interface Request {
    void run(int id) throws Exception;
  }

  private static long allocatedPerRequest(Request request) throws Exception {
    int id = 0;
    while (id < EXCHANGES) {
      request.run(id++);
    }
    long worker = worker();
    long before = THREADS.getThreadAllocatedBytes(worker);
    while (id < 2 * EXCHANGES) {
      request.run(id++);
    }
    return (THREADS.getThreadAllocatedBytes(worker) - before) / EXCHANGES;
  }

  private static void answerAll(SocketPeer client) throws Exception {
    while (!client.readUntil(HEAD_END).isEmpty()) {
      client.write(RESPONSE);
    }
  }

  /** A handshake, one request and the close. */
  private static void visit(RunningTerminator terminator, int times) throws Exception {
    byte[] words = Deterministic.bytes(11, 100);
    for (int i = 0; i < times; i++) {
      try (TlsConnection connection = terminator.client().connect(terminator.address())) {
        exchange(connection, words, 1);
      }
    }
  }

  /**
   * In bytes. Includes the worker's clock and the log flush, which depend on time and not on the
   * number of exchanges.
   */
  private static long allocatedPerExchange(int size) throws Exception {
    byte[] words = Deterministic.bytes(11, size);
    int exchanges = size < 1_000 ? EXCHANGES : EXCHANGES / 40;
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        TlsConnection connection = terminator.client().connect(terminator.address())) {
      exchange(connection, words, exchanges);
      long worker = worker();
      long before = THREADS.getThreadAllocatedBytes(worker);
      exchange(connection, words, exchanges);
      return (THREADS.getThreadAllocatedBytes(worker) - before) / exchanges;
    }
  }

  private static void exchange(TlsConnection connection, byte[] words, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      connection.write(words);
      assertThat(Arrays.equals(connection.readExactly(words.length), words)).isTrue();
    }
  }

  private static long worker() {
    return Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
        .filter(thread -> thread != null && thread.getThreadName().equals("worker-0"))
        .findFirst()
        .orElseThrow()
        .getThreadId();
  }
}
