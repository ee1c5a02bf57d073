package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.unix.Socket;
import io.terminator.core.connect.BackendConnection;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The socket options in effect, as reported by the kernel, and the lifetime of connections. */
class TcpOptionsIT {
  private static final int SOL_SOCKET = 1;
  private static final int SO_KEEPALIVE = 9;
  private static final int TCP = 6;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_KEEPINTVL = 5;
  private static final int TCP_KEEPCNT = 6;
  private static final int TCP_USER_TIMEOUT = 18;
  private static final int TCP_NOTSENT_LOWAT = 25;

  private final EchoBackend backend = EchoBackend.start();

  @AfterEach
  void stopBackend() {
    backend.close();
  }

  /** Keepalive with its three numbers, the user timeout and the low-water mark. */
  record Options(int keepalive, int idle, int interval, int count, int timeout, int lowWater) {
    static Options of(Socket socket) {
      try {
        return new Options(
            socket.getIntOpt(SOL_SOCKET, SO_KEEPALIVE),
            socket.getIntOpt(TCP, TCP_KEEPIDLE),
            socket.getIntOpt(TCP, TCP_KEEPINTVL),
            socket.getIntOpt(TCP, TCP_KEEPCNT),
            socket.getIntOpt(TCP, TCP_USER_TIMEOUT),
            socket.getIntOpt(TCP, TCP_NOTSENT_LOWAT));
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }

  @Test
  void tellsTheKernelForBothSidesAndOnAReloadForWhoComesNext() throws Exception {
    String yaml =
        """
        workers: 1
        listeners:
          - name: web
            bind: "127.0.0.1:0"
            certificates: certs/
            backend: app
            tcp: { keepalive-idle: 61s, keepalive-interval: 7s, keepalive-count: 3, user-timeout: 20s, not-sent-low-water: 16KiB }
        backends:
          app:
            servers: ["127.0.0.1:%d"]
            tcp: { keepalive-idle: 62s, keepalive-interval: 8s, keepalive-count: 4, user-timeout: 21s, not-sent-low-water: 32KiB }
        """
            .formatted(backend.port());
    TestCa ca = TestCa.create();
    try (RunningTerminator terminator =
        RunningTerminator.start(ca, Map.of("localhost", ca.server("localhost")), yaml)) {
      try (TlsConnection client = echoing(terminator)) {
        assertThat(client.socket().isConnected()).isTrue();
        assertThat(options(terminator, true))
            .containsExactly(new Options(1, 61, 7, 3, 20_000, 16_384));
        assertThat(options(terminator, false))
            .containsExactly(new Options(1, 62, 8, 4, 21_000, 32_768));
        // While sent data is not acknowledged, another timer runs.
        await()
            .atMost(RunningTerminator.PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(timers(terminator))
                        .containsPattern("timer:\\(keepalive,(1min|\\d+sec)"));
      }
      terminator.awaitNoConnection();
      terminator.rewrite(yaml.replace("keepalive-idle: 61s", "keepalive-idle: 0"));
      assertThat(terminator.terminator().reload("test").problems()).isEmpty();
      try (TlsConnection client = echoing(terminator)) {
        assertThat(client.socket().isConnected()).isTrue();
        assertThat(options(terminator, true).get(0).keepalive()).isZero();
      }
    }
  }

  private static String timers(RunningTerminator terminator) {
    try (RunningProcess ss =
        Processes.start(
            Processes.assumeAvailable("ss").toString(),
            "-tnoH",
            "sport = :" + terminator.address().getPort())) {
      assertThat(ss.awaitExit(RunningTerminator.PATIENCE)).isZero();
      return ss.output();
    }
  }

  @Test
  void doesNotSeeConnectionsBeforeTheirFirstByteWhereThatIsDeferred() throws Exception {
    try (RunningTerminator terminator =
        RunningTerminator.before(backend.address(), "    tcp: { defer-accept: 30s }\n")) {
      try (TcpClient silent = TcpClient.connect(terminator.address());
          TlsConnection speaking = echoing(terminator)) {
        assertThat(speaking.socket().isConnected()).isTrue();
        // One queue: had it been accepted, it would have been before.
        assertThat(terminator.totals().count(WorkerCount.CONNECTIONS_TOTAL)).isEqualTo(1);
        silent.write(new byte[] {0x16});
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> terminator.totals().count(WorkerCount.CONNECTIONS_TOTAL) == 2);
      }
    }
  }

  @Test
  void endsConnectionsOfTheSameAgeAtDifferentTimes() throws Exception {
    int count = 12;
    try (RunningTerminator terminator =
        RunningTerminator.before(
            backend.address(), "    deadlines: { lifetime: 2s, lifetime-jitter: 50 }\n")) {
      List<TlsConnection> clients = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        clients.add(echoing(terminator));
      }
      terminator.awaitCloses(CloseReason.LIFETIME, count);
      for (TlsConnection client : clients) {
        client.close();
      }
      Pattern relayed = Pattern.compile("\"relay-ms\":(\\d+)");
      List<Long> lives =
          await()
              .atMost(RunningTerminator.PATIENCE)
              .until(
                  () -> {
                    Matcher found = relayed.matcher(terminator.accessLog());
                    return found.results().map(one -> Long.valueOf(one.group(1))).toList();
                  },
                  all -> all.size() == count);
      // A busy machine makes lives longer, nothing but the jitter makes them shorter.
      assertThat(lives).anyMatch(life -> life < 1800).allMatch(life -> life >= 950);
    }
  }

  private static TlsConnection echoing(RunningTerminator terminator) throws IOException {
    TlsConnection client = terminator.client().connect(terminator.address());
    client.write("here");
    assertThat(client.readExactly(4)).asString().isEqualTo("here");
    return client;
  }

  @Test
  void boundsWhatTheKernelKeepsOfAnUploadThatNobodyReads() throws Exception {
    int uploaded = 48 * 1024 * 1024;
    CompletableFuture<Void> done = new CompletableFuture<>();
    try (ScriptedBackend lazy =
            ScriptedBackend.start(
                peer -> {
                  // Auto-tuning enlarges the buffer for a fast reader; then reading stops.
                  peer.readExactly(uploaded);
                  done.get();
                });
        RunningTerminator terminator = RunningTerminator.before(lazy.address());
        TlsConnection client = terminator.client().connect(terminator.address())) {
      byte[] piece = new byte[1024 * 1024];
      for (int sent = 0; sent < uploaded; sent += piece.length) {
        client.write(piece);
      }
      int most = Integer.parseInt(Files.readString(Path.of("/proc/sys/net/core/rmem_max")).strip());
      List<Integer> buffers =
          terminator
              .terminator()
              .workers()
              .read(
                  connection -> {
                    try {
                      return connection.clientSocket().socket().getReceiveBufferSize();
                    } catch (IOException failure) {
                      throw new UncheckedIOException(failure);
                    }
                  });
      int configured = 4 * 1024 * 1024;
      assertThat(buffers).hasSize(1);
      assertThat(buffers.get(0) == 2 * configured).isEqualTo(most >= configured);
      done.complete(null);
    }
  }

  private static List<Options> options(RunningTerminator terminator, boolean ofClient) {
    return terminator
        .terminator()
        .workers()
        .read(
            connection -> {
              if (ofClient) {
                return Options.of(connection.clientSocket().socket());
              }
              List<Options> backends = new ArrayList<>();
              connection.forEachLeg(
                  leg -> {
                    if (leg.stage() instanceof BackendConnection open) {
                      backends.add(Options.of(open.stream().tcp().socket()));
                    }
                  });
              return backends.isEmpty() ? null : backends.get(0);
            });
  }
}
