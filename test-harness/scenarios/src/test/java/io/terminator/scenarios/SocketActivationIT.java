package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Listening sockets that systemd opened before the appliance started. */
class SocketActivationIT {
  /** Up to three JVMs start one after the other, possibly next to ten others on this machine. */
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private final TestCa ca = TestCa.create();
  private final EchoBackend backend = EchoBackend.start();
  private final InetSocketAddress address = new InetSocketAddress("127.0.0.1", Ports.free());

  @TempDir Path directory;

  @BeforeEach
  void writeCertificate() throws IOException {
    ca.server("localhost", "127.0.0.1")
        .writeTo(Files.createDirectory(directory.resolve("certs")), "localhost");
  }

  @AfterEach
  void stop() {
    backend.close();
  }

  @Test
  void everyWorkerAcceptsFromTheSocketThatCameWithTheProcess() throws Exception {
    String activate = Processes.assumeAvailable("systemd-socket-activate").toString();
    try (RunningProcess process =
        Processes.start(
            command(
                List.of(activate, "--fdname=web", "--listen=127.0.0.1:" + address.getPort()),
                "systemd:web"))) {
      // The first client comes before there is anybody: it waits in the socket.
      List<TlsConnection> open = new ArrayList<>();
      try (TcpClient first = dial()) {
        process.awaitLine(".*Ready: web on 127.0.0.1:" + address.getPort() + ".*", PATIENCE);
        for (int i = 0; i < 40; i++) {
          open.add(client().connect(address));
        }
        assertEcho(open);
        // A descriptor that blocked would hold a worker in accept, with all that is on it.
        String inherited = Files.readString(Path.of("/proc/" + process.pid() + "/fdinfo/3"));
        int flags = Integer.parseInt(inherited.replaceAll("(?s).*flags:\\s*(\\d+).*", "$1"), 8);
        assertThat(flags & 04000).as(inherited).isEqualTo(04000);
        process.signal("HUP");
        process.awaitLine(".*reload by=SIGHUP: .*", PATIENCE);
        open.add(client().connect(address));
        assertEcho(open);
      } finally {
        for (TlsConnection connection : open) {
          connection.close();
        }
      }
      process.terminate();
      assertThat(process.awaitExit(PATIENCE)).isZero();
    }
  }

  @Test
  void aSocketThatDidNotComeIsOneClearError() throws Exception {
    try (RunningProcess process = Processes.start(command(List.of(), "systemd:web"))) {
      assertThat(process.awaitExit(PATIENCE)).isEqualTo(1);
      assertThat(process.output())
          .contains(
              "listener \"web\" cannot listen on systemd:web: no socket of that name was passed to the process"
                  + " (available: none)",
              "FileDescriptorName=web");
    }
    String activate = Processes.assumeAvailable("systemd-socket-activate").toString();
    for (List<String> options : List.of(List.of("--fdname=web:web"), List.of("--fdname=a:b"))) {
      List<String> prefix = new ArrayList<>(List.of(activate));
      prefix.addAll(options);
      prefix.add("--listen=127.0.0.1:" + address.getPort());
      prefix.add("--listen=127.0.0.1:" + Ports.free());
      try (RunningProcess process = Processes.start(command(prefix, "systemd:web"))) {
        try (TcpClient first = dial()) {
          assertThat(process.awaitExit(PATIENCE)).as(process.output()).isEqualTo(1);
        }
        assertThat(process.output())
            .containsPattern(
                "(more than one socket|no socket) of that name.*available: (web|a, b)");
      }
    }
  }

  @Test
  void aUnixSocketMayComeTheSameWay() throws Exception {
    String activate = Processes.assumeAvailable("systemd-socket-activate").toString();
    String socat = Processes.assumeAvailable("socat").toString();
    Path socket = directory.resolve("web.sock");
    try (RunningProcess process =
            Processes.start(
                command(List.of(activate, "--fdname=web", "--listen=" + socket), "systemd:web"));
        RunningProcess relay =
            Processes.start(
                socat,
                "TCP-LISTEN:" + address.getPort() + ",bind=127.0.0.1,fork,reuseaddr",
                "UNIX-CONNECT:" + socket)) {
      await().atMost(PATIENCE).until(() -> Files.exists(socket));
      try (TcpClient first = dial()) {
        process.awaitLine(".*Ready: web on .*", PATIENCE);
      }
      try (TlsConnection connection = client().connect(address)) {
        assertEcho(List.of(connection));
      }
      assertThat(relay.isRunning()).isTrue();
      process.terminate();
      assertThat(process.awaitExit(PATIENCE)).isZero();
    }
  }

  @Test
  void aRestartRefusesNobodyWhoComesWhileThereIsNoProcess() throws Exception {
    String activate = Processes.assumeAvailable("systemd-socket-activate").toString();
    Path go = directory.resolve("go");
    // A shell keeps the socket between two processes, as systemd does.
    String twice =
        "sh -c 'export LISTEN_PID=$$; exec \"$@\"' sh \"$@\" & echo first $!; wait $!; echo between $?;"
            + " while [ ! -e '"
            + go
            + "' ]; do sleep 0.05; done; export LISTEN_PID=$$; exec \"$@\"";
    String listen = "--listen=127.0.0.1:" + address.getPort();
    List<String> prefix = List.of(activate, "--fdname=web", listen, "sh", "-c", twice, "sh");
    try (RunningProcess process = Processes.start(command(prefix, "systemd:web"))) {
      try (TcpClient awakening = dial()) {
        String pid = process.awaitLine("^first (\\d+)$", PATIENCE).group(1);
        process.awaitLine(".*Ready: web on .*", PATIENCE);
        try (TlsConnection connection = client().connect(address)) {
          assertEcho(List.of(connection));
        }
        ProcessHandle.of(Long.parseLong(pid)).orElseThrow().destroy();
      }
      process.awaitLine("^between 0$", PATIENCE);
      try (TcpClient early = TcpClient.connect(address)) {
        Files.createFile(go);
        try (RawTlsClient waited = client().raw(early).handshake()) {
          waited.write("ping".getBytes(StandardCharsets.US_ASCII));
          assertThat(waited.readExactly(4)).asString().isEqualTo("ping");
        }
      }
      process.terminate();
      assertThat(process.awaitExit(PATIENCE)).isZero();
    }
  }

  private TcpClient dial() {
    return await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> TcpClient.connect(address), client -> true);
  }

  private TlsClient client() {
    return TlsClient.trusting(ca).serverName("localhost");
  }

  private static void assertEcho(List<TlsConnection> open) throws IOException {
    for (TlsConnection connection : open) {
      connection.write("ping");
      assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
    }
  }

  private String[] command(List<String> prefix, String bind) throws IOException {
    Path config =
        Files.writeString(
            directory.resolve("terminator.yaml"),
            "workers: 2\ndrain: { accept-grace: 0, window: 1s }\n"
                + "listeners:\n  - { name: web, bind: \""
                + bind
                + "\", certificates: certs/, backend: app }\n"
                + "backends: { app: { servers: [\"127.0.0.1:"
                + backend.address().getPort()
                + "\"] } }\n"
                + "admin: { bind: \"127.0.0.1:0\" }\nlog: { access: ./access.log }\n");
    return ApplianceProcess.command(prefix, config).toArray(new String[0]);
  }
}
