package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Alone;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TlsConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The system calls of a worker, traced by strace: a request costs one receive and one send per
 * direction, and no other call.
 */
@Alone("a worker that has to wait for a core does more in one call")
class SystemCallsIT {
  private static final int REQUESTS = 500;
  private static final int VISITS = 200;
  private static final String BODY = "x".repeat(1000);
  private static final double MOST_CALLS = 24;
  private static final Set<String> JVM =
      Set.of("futex", "mprotect", "pread64", "madvise", "mmap", "sched_yield", "rt_sigreturn");

  @TempDir Path directory;

  @Test
  void aSmallRequestCostsOneReceiveAndOneSendEachWay() throws Exception {
    Processes.assumeAvailable("strace");
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance = ApplianceProcess.before(backend.address(), List.of(), "");
        TlsConnection connection = appliance.client().connect(appliance.address())) {
      ping(connection, 50);
      Path trace = directory.resolve("trace");
      List<String> calls;
      try (RunningProcess strace =
          Processes.start(
              "strace",
              "-o",
              trace.toString(),
              "-p",
              Long.toString(appliance.threadId("worker-0")))) {
        strace.awaitLine(".*attached.*", Duration.ofSeconds(20));
        ping(connection, REQUESTS);
        strace.signal("INT");
        strace.awaitExit(Duration.ofSeconds(20));
        calls = Files.readAllLines(trace);
      }
      assertThat(count(calls, "sendto")).isEqualTo(2L * REQUESTS);
      assertThat(count(calls, "recvfrom")).isBetween(2L * REQUESTS, 2L * REQUESTS + 10);
      assertThat(count(calls, "epoll_ctl")).as("interest changes").isZero();
      assertThat(count(calls, "writev")).as("nothing had to wait").isZero();
      assertThat(count(calls, "write")).as("no file, no log, no wake-up").isZero();
      assertThat(count(calls, "epoll_pwait2?")).isLessThan(2L * REQUESTS + 400);
    }
  }

  /**
   * Head, framing and body leave in one piece, whatever was added to the head or removed from it.
   */
  @Test
  void anHttpRequestWithABodyCostsOneReceiveAndOneSendEachWay() throws Exception {
    Processes.assumeAvailable("strace");
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                server -> {
                  while (true) {
                    server.readUntil("\r\n\r\n");
                    server.readExactly(BODY.length());
                    server.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + BODY);
                  }
                });
        ApplianceProcess appliance =
            ApplianceProcess.before(
                backend.address(),
                List.of(),
                "",
                ", http: { response-headers: { set: { X-Added: \"${tls.version}\" } } }");
        TlsConnection connection =
            appliance.client().alpn("http/1.1").connect(appliance.address())) {
      post(connection, 50);
      Path trace = directory.resolve("trace");
      List<String> calls;
      try (RunningProcess strace =
          Processes.start(
              "strace",
              "-o",
              trace.toString(),
              "-p",
              Long.toString(appliance.threadId("worker-0")))) {
        strace.awaitLine(".*attached.*", Duration.ofSeconds(20));
        post(connection, REQUESTS);
        strace.signal("INT");
        strace.awaitExit(Duration.ofSeconds(20));
        calls = Files.readAllLines(trace);
      }
      assertThat(count(calls, "sendto")).isEqualTo(2L * REQUESTS);
      assertThat(count(calls, "recvfrom")).isBetween(2L * REQUESTS, 2L * REQUESTS + 10);
      assertThat(count(calls, "epoll_ctl")).as("interest changes").isZero();
      assertThat(count(calls, "writev")).as("nothing had to wait").isZero();
      assertThat(count(calls, "connect")).as("the connection to the server is kept").isZero();
    }
  }

  private static void post(TlsConnection connection, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      connection.write(
          "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Length: 1000\r\n\r\n"
              + BODY);
      assertThat(connection.readUntil("\r\n\r\n")).contains("X-Added: TLSv1.3\r\n");
      connection.readExactly(BODY.length());
    }
  }

  /** A full handshake, one request and the client's close. */
  @Test
  void aConnectionMakesNoCallBeyondItsBound() throws Exception {
    Processes.assumeAvailable("strace");
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance = ApplianceProcess.before(backend.address(), List.of(), "")) {
      visit(appliance, 20);
      Path trace = directory.resolve("trace");
      List<String> calls;
      try (RunningProcess strace =
          Processes.start(
              "strace",
              "-o",
              trace.toString(),
              "-p",
              Long.toString(appliance.threadId("worker-0")))) {
        strace.awaitLine(".*attached.*", Duration.ofSeconds(20));
        visit(appliance, VISITS);
        strace.signal("INT");
        strace.awaitExit(Duration.ofSeconds(20));
        calls = Files.readAllLines(trace);
      }
      Map<String, Double> each = perVisit(calls);
      // A registration of each socket, and no change of interest.
      assertThat(each.get("epoll_ctl")).as("%s", each).isBetween(1.95, 2.05);
      assertThat(each.get("close")).as("%s", each).isBetween(1.95, 2.05);
      assertThat(each.get("sendto")).as("%s", each).isLessThan(4.1);
      // The first receive comes with the accept, before the ClientHello has arrived or after.
      assertThat(each.get("recvfrom")).as("%s", each).isLessThan(7.6);
      each.keySet().removeIf(name -> name.startsWith("epoll_") && !name.equals("epoll_ctl"));
      assertThat(each.values().stream().mapToDouble(count -> count).sum())
          .as("calls except waits: %s", each)
          .isLessThan(MOST_CALLS);
    }
  }

  /** Calls of one visit by name, without those of the JVM itself. */
  private static Map<String, Double> perVisit(List<String> calls) {
    Map<String, Double> each = new TreeMap<>();
    for (String call : calls) {
      int name = call.indexOf('(');
      if (name > 0 && !JVM.contains(call.substring(0, name))) {
        each.merge(call.substring(0, name), 1.0 / VISITS, Double::sum);
      }
    }
    return each;
  }

  @Test
  void whatWaitsInFramesLeavesInOneGatheringWrite() throws Exception {
    Processes.assumeAvailable("strace");
    try (io.terminator.testkit.SourceBackend backend =
            io.terminator.testkit.SourceBackend.start(3, 8_000_000);
        ApplianceProcess appliance = ApplianceProcess.before(backend.address(), List.of(), "")) {
      Path trace = directory.resolve("trace");
      try (RunningProcess strace =
              Processes.start(
                  "strace",
                  "-e",
                  "trace=writev,epoll_ctl",
                  "-o",
                  trace.toString(),
                  "-p",
                  Long.toString(appliance.threadId("worker-0")));
          io.terminator.testkit.RawTlsClient client =
              appliance
                  .client()
                  .raw(io.terminator.testkit.TcpClient.connect(appliance.address(), 4096))) {
        strace.awaitLine(".*attached.*", Duration.ofSeconds(20));
        client.handshake();
        // Reads only once something had to wait: otherwise every write might be a direct one.
        await()
            .atMost(Duration.ofSeconds(30))
            .until(
                () ->
                    appliance.metric("terminator_outbound_buffer_bytes{direction=\"out\",}")
                        > 100_000);
        client.countToEnd();
        strace.signal("INT");
        strace.awaitExit(Duration.ofSeconds(20));
      }
      List<String> gathered =
          Files.readAllLines(trace).stream().filter(line -> line.startsWith("writev(")).toList();
      assertThat(gathered).isNotEmpty();
      // Several frames in one call: at least one of them had more than two.
      assertThat(gathered.stream().filter(line -> iovecs(line) > 2)).isNotEmpty();
    }
  }

  /** The number of vectors, which strace prints after the array. */
  private static int iovecs(String line) {
    var matcher = Pattern.compile(", (\\d+)\\)\\s+= ").matcher(line);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  private static void visit(ApplianceProcess appliance, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      try (TlsConnection connection = appliance.client().connect(appliance.address())) {
        ping(connection, 1);
      }
    }
  }

  private static void ping(TlsConnection connection, int times) throws Exception {
    byte[] ping = new byte[100];
    for (int i = 0; i < times; i++) {
      connection.write(ping);
      connection.readExactly(ping.length);
    }
  }

  private static long count(List<String> calls, String name) {
    Pattern call = Pattern.compile("^" + name + "\\(.*");
    Stream<String> matching = calls.stream().filter(line -> call.matcher(line).matches());
    return matching.count();
  }
}
