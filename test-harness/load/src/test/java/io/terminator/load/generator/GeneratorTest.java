package io.terminator.load.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.load.backend.LoadBackend;
import io.terminator.load.generator.ClientContext.Suite;
import io.terminator.load.wire.Exchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class GeneratorTest {
  private static final Exchange SMALL = Exchange.small(100, 100);
  private static final Exchange DOWN = Exchange.small(100, 1_000_000);
  private static final Exchange UP = new Exchange(1_000_000, 100);

  private LoadBackend backend;
  private Generator generator;

  @BeforeEach
  void start() throws IOException {
    backend = LoadBackend.start();
    generator = new Generator("load-test", 42);
  }

  @AfterEach
  void stop() {
    generator.close();
    backend.close();
  }

  @Test
  void countsEveryVisitAndEveryByte() throws IOException {
    try (TlsRelay relay = new TlsRelay(backend.port(), TlsRelay.Damage.NONE, TlsRelay.Damage.NONE);
        ClientContext context = new ClientContext(Suite.TLS13_AES128, false)) {
      Outcome outcome = generator.churn(relay.dial(context), SMALL, 4, Limit.of(20));

      assertThat(outcome.problems()).isEmpty();
      assertThat(outcome.exchanges()).isEqualTo(20);
      assertThat(outcome.handshakes()).isEqualTo(20);
      assertThat(outcome.resumed()).isZero();
      assertThat(outcome.bytesChecked()).isEqualTo(20 * 100);
      assertThat(outcome.latencies().count()).isEqualTo(20);
      assertThat(outcome.latencies().max()).isBetween(1L, (long) (outcome.seconds() * 1e9));
    }
  }

  @Test
  void tellsWhatWasNegotiated() throws IOException {
    try (TlsRelay relay =
        new TlsRelay(backend.port(), TlsRelay.Damage.NONE, TlsRelay.Damage.NONE)) {
      for (Suite suite : Suite.values()) {
        try (ClientContext context = new ClientContext(suite, false)) {
          Negotiated agreed = generator.probe(relay.dial(context), SMALL);
          assertThat(agreed.version()).isEqualTo(suite.version());
          assertThat(agreed.certificate()).isNotEmpty();
          if (suite != Suite.TLS13_AES128) {
            assertThat(agreed.cipher()).isEqualTo(suite.cipher());
          }
        }
      }
    }
  }

  @Test
  void movesBulkBothWaysOnKeptConnections() throws IOException {
    try (TlsRelay relay = new TlsRelay(backend.port(), TlsRelay.Damage.NONE, TlsRelay.Damage.NONE);
        ClientContext context = new ClientContext(Suite.TLS13_AES128, false);
        Crowd crowd = generator.open(relay.dial(context), 3, SMALL)) {
      Outcome down = crowd.exchange(DOWN, Limit.of(7));
      Outcome up = crowd.exchange(UP, Limit.of(7));

      assertThat(down.problems()).isEmpty();
      assertThat(down.bytesChecked()).isEqualTo(7 * 1_000_000L);
      assertThat(up.problems()).isEmpty();
      assertThat(up.exchanges()).isEqualTo(7);
      assertThat(crowd.isWhole()).isTrue();
    }
  }

  @Test
  void resumesInBothVersionsOnceItHasASession() throws IOException {
    for (Suite suite : new Suite[] {Suite.TLS13_AES128, Suite.TLS12_AES128}) {
      try (TlsRelay relay =
              new TlsRelay(backend.port(), TlsRelay.Damage.NONE, TlsRelay.Damage.NONE);
          ClientContext context = new ClientContext(suite, true)) {
        Outcome first = generator.churn(relay.dial(context), SMALL, 1, Limit.of(1));
        assertThat(context.hasSession()).as(suite.version()).isTrue();
        Outcome later = generator.churn(relay.dial(context), SMALL, 2, Limit.of(10));

        assertThat(first.resumed()).isZero();
        assertThat(later.problems()).isEmpty();
        assertThat(later.resumed()).as(suite.version()).isEqualTo(10);
      }
    }
  }

  @Test
  void aFlippedBitInAnAnswerIsAProblem() throws IOException {
    assertProblem(TlsRelay.Damage.NONE, flippingAt(777_777), DOWN, "wrong bytes");
  }

  @Test
  void aFlippedBitInAnUploadIsAProblem() throws IOException {
    assertProblem(flippingAt(777_777), TlsRelay.Damage.NONE, UP, "");
  }

  @Test
  void aLostBlockIsAProblem() throws IOException {
    TlsRelay.Damage losing =
        (bytes, length, position) -> position > 100_000 && position < 130_000 ? 0 : length;
    assertProblem(TlsRelay.Damage.NONE, losing, DOWN, "wrong bytes");
  }

  @Test
  void anEarlyEndIsAProblem() throws IOException {
    TlsRelay.Damage cutting = (bytes, length, position) -> position > 500_000 ? -1 : length;
    assertProblem(TlsRelay.Damage.NONE, cutting, DOWN, "close_notify after");
  }

  @Test
  void oneByteTooManyIsAProblem() throws IOException {
    AtomicBoolean added = new AtomicBoolean();
    TlsRelay.Damage adding =
        (bytes, length, position) ->
            length < bytes.length && added.compareAndSet(false, true) ? length + 1 : length;
    assertProblem(TlsRelay.Damage.NONE, adding, SMALL, "nobody asked for");
  }

  private void assertProblem(
      TlsRelay.Damage in, TlsRelay.Damage out, Exchange exchange, String expected)
      throws IOException {
    try (TlsRelay relay = new TlsRelay(backend.port(), in, out);
        ClientContext context = new ClientContext(Suite.TLS13_AES128, false)) {
      Outcome outcome = generator.churn(relay.dial(context), exchange, 1, Limit.of(1));

      assertThat(outcome.problems()).hasSize(1);
      assertThat(outcome.problems().get(0)).contains(expected);
      assertThat(outcome.exchanges()).isZero();
    }
  }

  private static TlsRelay.Damage flippingAt(long place) {
    return (bytes, length, position) -> {
      if (position <= place && place < position + length) {
        bytes[(int) (place - position)] ^= 1;
      }
      return length;
    };
  }

  @Test
  void aPlainRelayMaySeeAClientHelloFirst() {
    generator.useHelloAsPreamble("bench.test");
    try (Crowd crowd = generator.open(backendItself(), 2, SMALL)) {
      assertThat(crowd.exchange(UP, Limit.of(4)).problems()).isEmpty();
    }
  }

  @Test
  void keepsThePaceWhateverAnAnswerTakes() {
    try (Crowd crowd = generator.open(backendItself(), 5, SMALL)) {
      Outcome outcome = crowd.pace(SMALL, Duration.ofMillis(1), Duration.ofMillis(200));

      assertThat(outcome.problems()).isEmpty();
      assertThat(outcome.exchanges()).isEqualTo(200);
    }
  }

  @Test
  void nobodyListeningIsAProblemAndNotAHang() throws IOException {
    try (ClientContext context = new ClientContext(Suite.TLS13_AES128, false);
        TlsRelay relay = new TlsRelay(1, TlsRelay.Damage.NONE, TlsRelay.Damage.NONE)) {
      Dial dial = relay.dial(context);
      assertThat(generator.churn(dial, SMALL, 2, Limit.of(4)).problems()).isNotEmpty();
      assertThatThrownBy(() -> generator.open(dial, 3, SMALL))
          .hasMessageContaining("of 3 connections");
      assertThatThrownBy(() -> generator.probe(dial, SMALL)).hasMessageContaining("127.0.0.1");
    }
  }

  private Dial backendItself() {
    return new Dial(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), backend.port()),
        "bench.test",
        null);
  }
}
