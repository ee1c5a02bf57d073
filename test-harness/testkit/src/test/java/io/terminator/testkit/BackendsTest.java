package io.terminator.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

class BackendsTest {

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Test
  void echoSendsEverythingBackAndEndsAfterTheClient() throws IOException {
    byte[] sent = Deterministic.random().next(100_000);
    try (EchoBackend echo = EchoBackend.start();
        SocketPeer client = SocketPeer.connect(echo.address())) {
      client.write(sent);
      client.finishOutput();
      Received received = client.readToEnd();
      assertThat(received.bytes()).isEqualTo(sent);
      assertThat(received.ending()).isEqualTo(Ending.FIN);
      assertThat(echo.bytes()).isEqualTo(100_000);
      assertThat(echo.accepted()).isEqualTo(1);
      assertThat(echo.endings()).containsExactly(Ending.FIN);
    }
  }

  @Test
  void sinkTellsWhatItGotAndHowItEnded() throws IOException {
    byte[] sent = Deterministic.random().next(50_000);
    try (SinkBackend sink = SinkBackend.start()) {
      try (SocketPeer client = SocketPeer.connect(sink.address())) {
        client.write(sent);
        client.finishOutput();
        assertThat(client.readToEnd().bytes()).isEmpty();
      }
      assertThat(sink.finished()).containsExactly(new Counted(50_000, Sha256.of(sent), Ending.FIN));
      try (SocketPeer client = SocketPeer.connect(sink.address())) {
        client.reset();
      }
      Awaitility.await().until(() -> sink.finished().size() == 2);
      assertThat(sink.finished().get(1).ending()).isEqualTo(Ending.RESET);
    }
  }

  @Test
  void sourcePoursTheBytesItPromised() throws IOException {
    try (SourceBackend source = SourceBackend.start(7, 300_001);
        SocketPeer client = SocketPeer.connect(source.address())) {
      assertThat(client.countToEnd()).isEqualTo(new Counted(300_001, source.sha256(), Ending.FIN));
      assertThat(source.written()).isEqualTo(300_001);
    }
  }

  @Test
  void scriptMayResetAndItsFailureIsKept() throws IOException {
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                client -> {
                  client.readExactly(1);
                  client.reset();
                  throw new IllegalStateException("told so");
                });
        SocketPeer client = SocketPeer.connect(backend.address())) {
      client.write("x");
      assertThat(client.awaitEnd()).isEqualTo(Ending.RESET);
      Awaitility.await().until(() -> backend.active() == 0);
      assertThat(backend.failures())
          .singleElement()
          .hasToString("java.lang.IllegalStateException: told so");
    }
  }

  @Test
  void closedBackendRefusesAndComesBackOnItsPort() throws IOException {
    EchoBackend first = EchoBackend.start();
    InetSocketAddress address = first.address();
    SocketPeer client = SocketPeer.connect(address);
    client.write("x");
    client.readExactly(1);
    first.close();
    assertThat(client.awaitEnd()).isIn(Ending.FIN, Ending.RESET);
    client.close();
    assertThatThrownBy(() -> SocketPeer.connect(address)).isInstanceOf(ConnectException.class);
    try (EchoBackend second = EchoBackend.startOn(address.getPort());
        SocketPeer again = SocketPeer.connect(second.address())) {
      again.write("y");
      assertThat(again.readExactly(1)).isEqualTo("y".getBytes(UTF_8));
    }
  }

  @Test
  void refusedPortRefuses() {
    assertThatThrownBy(() -> SocketPeer.connect(Ports.refused()))
        .isInstanceOf(ConnectException.class);
  }

  @Test
  void httpAnswersOnKeptConnections() throws Exception {
    try (HttpBackend backend = HttpBackend.start()) {
      assertThat(get(backend, "/bytes/100000").body())
          .isEqualTo(Deterministic.bytes(HttpBackend.SEED, 100_000));
      assertThat(get(backend, "/nothing").statusCode()).isEqualTo(404);
      backend.health(503);
      assertThat(get(backend, "/health").statusCode()).isEqualTo(503);
      HttpRequest echo =
          HttpRequest.newBuilder(uri(backend, "/echo"))
              .POST(BodyPublishers.ofString("to and fro"))
              .build();
      assertThat(http.send(echo, BodyHandlers.ofString()).body()).isEqualTo("to and fro");
      assertThat(backend.accepted()).as("connections for four requests").isEqualTo(1);
      assertThat(backend.requests()).last().isEqualTo("POST /echo HTTP/1.1");
      assertThat(backend.failures()).isEmpty();
    }
  }

  @Test
  void httpRefusesABodyBeforeItCame() throws IOException {
    try (HttpBackend backend = HttpBackend.start();
        SocketPeer client = SocketPeer.connect(backend.address())) {
      client.write("POST /413-early HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
      assertThat(client.readToEnd().text()).startsWith("HTTP/1.1 413 ");
    }
  }

  @Test
  void nginxServesItsFile() throws Exception {
    try (NginxBackend nginx = NginxBackend.start(3, 200_000)) {
      URI uri = URI.create("http://127.0.0.1:" + nginx.address().getPort() + "/random");
      byte[] body =
          http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofByteArray()).body();
      assertThat(Sha256.of(body)).isEqualTo(nginx.sha256());
      assertThat(nginx.process().isRunning()).isTrue();
    }
  }

  @Test
  void processTellsItsLinesAndItsEnd() {
    try (RunningProcess process =
        Processes.start("sh", "-c", "echo port 4711; trap 'echo bye; exit 3' TERM; read line")) {
      assertThat(process.awaitLine("port (\\d+)", Duration.ofSeconds(20)).group(1))
          .isEqualTo("4711");
      process.signal("TERM");
      assertThat(process.awaitExit(Duration.ofSeconds(20))).isIn(3, 143);
      assertThatThrownBy(() -> process.awaitLine("never", Duration.ofSeconds(20)))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("port 4711");
    }
  }

  @Test
  void missingProgramSkipsExceptInCi() {
    boolean ci = "true".equals(System.getenv("CI"));
    assertThatThrownBy(() -> Processes.assumeAvailable("no-such-program"))
        .isInstanceOf(ci ? AssertionFailedError.class : TestAbortedException.class)
        .hasMessageContaining("no-such-program: not found on PATH");
  }

  @Test
  void deterministicStreamDoesNotDependOnPieces() {
    Deterministic pieces = new Deterministic(5);
    byte[] whole = Deterministic.bytes(5, 100);
    assertThat(pieces.next(3)).isEqualTo(java.util.Arrays.copyOf(whole, 3));
    assertThat(pieces.next(97)).isEqualTo(java.util.Arrays.copyOfRange(whole, 3, 100));
    assertThat(pieces.sha256()).isEqualTo(Sha256.of(whole)).isEqualTo(Deterministic.sha256(5, 100));
    assertThat(Deterministic.bytes(6, 100)).isNotEqualTo(whole);
  }

  private HttpResponse<byte[]> get(HttpBackend backend, String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(uri(backend, path)).build(), BodyHandlers.ofByteArray());
  }

  private static URI uri(HttpBackend backend, String path) {
    return URI.create("http://" + backend.hostAndPort() + path);
  }
}
