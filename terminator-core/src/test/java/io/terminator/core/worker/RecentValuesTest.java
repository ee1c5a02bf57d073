package io.terminator.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class RecentValuesTest {
  private final RecentValues values = new RecentValues();

  @Test
  void equalValuesBecomeOneObject() throws Exception {
    InetSocketAddress address = address(1, 443);
    String cipher = new StringBuilder("TLS_AES_128").append("_GCM_SHA256").toString();
    assertThat(values.shared(address)).isSameAs(address);
    assertThat(values.shared(cipher)).isSameAs(cipher);
    assertThat(values.shared(address(1, 443))).isSameAs(address);
    assertThat(values.shared("TLS_AES_128_GCM_SHA256")).isSameAs(cipher);
  }

  @Test
  void moreValuesThanThereIsRoomForStayThemselves() throws Exception {
    for (int round = 0; round < 2; round++) {
      for (int host = 1; host < 200; host++) {
        for (int port : new int[] {80, 443, 8443}) {
          InetSocketAddress asked = address(host, port);
          assertThat(values.shared(asked)).isEqualTo(asked);
          assertThat(values.shared(asked.toString())).isEqualTo(asked.toString());
        }
      }
    }
  }

  private static InetSocketAddress address(int host, int port) throws UnknownHostException {
    return new InetSocketAddress(
        InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) host}), port);
  }
}
