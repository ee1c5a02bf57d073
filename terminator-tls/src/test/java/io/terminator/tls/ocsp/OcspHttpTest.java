package io.terminator.tls.ocsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.testkit.Ports;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each failure of a responder has its own message. */
class OcspHttpTest {
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final OcspHttp http = new OcspHttp(Duration.ofSeconds(1), Duration.ofSeconds(2));

  @AfterEach
  void stop() {
    clock.shutdownNow();
  }

  @Test
  void aResponseThatIsTooLargeOrStallsIsNotCalledUnreachable() throws Exception {
    refused(
        peer -> {
          peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
          peer.write("x".repeat(100_000));
          peer.readToEnd();
        },
        "more than 64 KiB");
    refused(peer -> peer.readToEnd(), "does not respond within 1 s");
    refused(
        peer -> {
          peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
          peer.readToEnd();
        },
        "does not complete its response within 2 s");
    assertThatThrownBy(() -> ask(URI.create("http://127.0.0.1:" + Ports.refused().getPort())))
        .isInstanceOf(StapleException.class)
        .hasMessageContaining("cannot be reached");
  }

  @Test
  void httpOneZeroAndAMovedResponderAreUnderstood() throws Exception {
    try (ScriptedBackend old =
            ScriptedBackend.start(
                peer -> answer(peer, "HTTP/1.0 200 OK\r\nContent-type: x\r\n\r\nBODY"));
        ScriptedBackend moved =
            ScriptedBackend.start(
                peer ->
                    answer(
                        peer,
                        "HTTP/1.1 307 Moved\r\nLocation: "
                            + uri(old)
                            + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))) {
      assertThat(new String(ask(uri(old)), StandardCharsets.US_ASCII)).isEqualTo("BODY");
      assertThat(new String(ask(uri(moved)), StandardCharsets.US_ASCII)).isEqualTo("BODY");
    }
  }

  private static void answer(SocketPeer peer, String text) throws IOException {
    peer.write(text);
    peer.finishOutput();
    // A close with unread input would be a reset.
    peer.readToEnd();
  }

  private void refused(Script script, String words) throws Exception {
    try (ScriptedBackend responder = ScriptedBackend.start(script::run)) {
      assertThatThrownBy(() -> ask(uri(responder)))
          .isInstanceOf(StapleException.class)
          .hasMessageContaining(words)
          .hasMessageContaining(uri(responder).toString());
    }
  }

  private interface Script {
    void run(SocketPeer peer) throws IOException;
  }

  private static URI uri(ScriptedBackend backend) {
    return URI.create("http://127.0.0.1:" + backend.address().getPort() + "/");
  }

  private byte[] ask(URI responder) throws Exception {
    HttpResponse<byte[]> response = null;
    Throwable failure = null;
    try {
      response = http.ask(responder, new byte[] {1}, false, clock).get(60, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      failure = failed.getCause();
    } catch (java.util.concurrent.CancellationException cancelled) {
      failure = cancelled;
    }
    return http.answer(responder, response, failure);
  }
}
