package io.terminator.core.accept;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import io.terminator.core.chain.TcpConfig;
import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.Endpoint;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the kernel says of listening sockets. */
class BindingTest {
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
                99));
    Binding binding = Binding.bind(tuned, 2, false, InheritedSockets.NONE);
    try {
      for (Socket socket : binding.sockets()) {
        assertThat(socket.isKeepAlive()).isTrue();
        assertThat(socket.getIntOpt(TCP, TCP_KEEPIDLE)).isEqualTo(62);
        assertThat(socket.getIntOpt(TCP, TCP_USER_TIMEOUT)).isEqualTo(20_000);
        assertThat(socket.getIntOpt(TCP, TCP_DEFER_ACCEPT)).isBetween(3, 15);
        assertThat(socket.getIntOpt(TCP, TCP_FASTOPEN)).isEqualTo(99);
        Binding.adapt(socket, listener(ListeningConfig.DEFAULT));
        assertThat(socket.isKeepAlive()).isFalse();
        assertThat(socket.getIntOpt(TCP, TCP_USER_TIMEOUT)).isZero();
        assertThat(socket.getIntOpt(TCP, TCP_DEFER_ACCEPT)).isZero();
        assertThat(socket.getIntOpt(TCP, TCP_FASTOPEN)).isZero();
      }
    } finally {
      binding.close();
    }
  }

  private static ListenerConfig listener(ListeningConfig listening) {
    return new ListenerConfig(
        "web",
        new Endpoint.Inet("127.0.0.1", 0),
        16,
        AdmissionConfig.upTo(0),
        false,
        listening,
        null);
  }
}
