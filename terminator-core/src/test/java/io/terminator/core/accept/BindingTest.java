package io.terminator.core.accept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import io.terminator.core.chain.TcpConfig;
import io.terminator.core.observe.Diagnostics;
import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.Endpoint;
import io.terminator.testkit.Ports;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The state of listening sockets as the kernel reports it. */
class BindingTest {
  private static final int ROUNDS = 500;
  private static final int TCP = 6;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_DEFER_ACCEPT = 9;
  private static final int TCP_USER_TIMEOUT = 18;
  private static final int TCP_FASTOPEN = 23;

  @BeforeAll
  static void loadTheNativeLibrary() {
    Epoll.ensureAvailability();
  }

  @Test
  void setsWhatIsConfiguredAndTakesItBack() throws IOException {
    ListenerConfig tuned =
        listener(
            new ListeningConfig(
                new TcpConfig(
                    Duration.ofMillis(61_500),
                    Duration.ofSeconds(7),
                    3,
                    Duration.ofSeconds(20),
                    DataSize.ofKiB(16)),
                Duration.ofSeconds(3),
                99,
                DataSize.ofKiB(96)));
    Binding binding = Binding.bind(tuned, 2, false, InheritedSockets.NONE, new Diagnostics());
    try {
      for (Socket socket : binding.sockets()) {
        assertThat(socket.isKeepAlive()).isTrue();
        assertThat(socket.getReceiveBufferSize()).isEqualTo(2 * 96 * 1024);
        assertThat(socket.getIntOpt(TCP, TCP_KEEPIDLE)).isEqualTo(62);
        assertThat(socket.getIntOpt(TCP, TCP_USER_TIMEOUT)).isEqualTo(20_000);
        assertThat(socket.getIntOpt(TCP, TCP_DEFER_ACCEPT)).isBetween(3, 15);
        assertThat(socket.getIntOpt(TCP, TCP_FASTOPEN)).isEqualTo(99);
        Binding.adapt(socket, listener(ListeningConfig.DEFAULT), new Diagnostics());
        assertThat(socket.isKeepAlive()).isFalse();
        assertThat(socket.getIntOpt(TCP, TCP_USER_TIMEOUT)).isZero();
        assertThat(socket.getIntOpt(TCP, TCP_DEFER_ACCEPT)).isZero();
        assertThat(socket.getIntOpt(TCP, TCP_FASTOPEN)).isZero();
      }
    } finally {
      binding.close();
    }
  }

  /**
   * A client that connects without pause: every connection that the kernel completes must be
   * accepted.
   */
  @Test
  void letsNobodyInBeforeItListensForGood() throws Exception {
    // Not an ephemeral port: the client could connect to itself.
    int port = Ports.free();
    AtomicInteger letIn = new AtomicInteger();
    AtomicBoolean done = new AtomicBoolean();
    Thread impatient =
        new Thread(
            () -> {
              while (!done.get()) {
                try (java.net.Socket client = new java.net.Socket("127.0.0.1", port)) {
                  letIn.incrementAndGet();
                  client.getInputStream().read();
                } catch (IOException refusedOrReset) {
                  // It tries again.
                }
              }
            });
    impatient.start();
    try {
      for (int round = 0; round < ROUNDS; round++) {
        Binding binding =
            Binding.bind(
                listener(ListeningConfig.DEFAULT, port),
                1,
                false,
                InheritedSockets.NONE,
                new Diagnostics());
        int accepted = -1;
        while (accepted < 0) {
          accepted = binding.sockets().get(0).accept(new byte[26]);
        }
        binding.close();
        new Socket(accepted).close();
      }
    } finally {
      done.set(true);
      impatient.join();
    }
    // One per round, which waits until it is closed: every further one connected to a socket
    // without an accepting process.
    assertThat(letIn).hasValue(ROUNDS);
  }

  @Test
  void aHostThatDoesNotResolveIsToldWithItsSetting() {
    ListenerConfig lost =
        new ListenerConfig(
            "web",
            new Endpoint.Inet("nohost.invalid", 1),
            16,
            AdmissionConfig.upTo(0),
            false,
            ListeningConfig.DEFAULT,
            null);
    assertThatThrownBy(() -> Binding.bind(lost, 1, false, InheritedSockets.NONE, new Diagnostics()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(
            "listener \"web\" cannot listen on nohost.invalid:1: the host does not resolve")
        .hasMessageContaining("listeners[].bind");
  }

  private static ListenerConfig listener(ListeningConfig listening) {
    return listener(listening, 0);
  }

  private static ListenerConfig listener(ListeningConfig listening, int port) {
    return new ListenerConfig(
        "web",
        new Endpoint.Inet("127.0.0.1", port),
        16,
        AdmissionConfig.upTo(0),
        false,
        listening,
        null);
  }
}
