package io.terminator.core.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class LocalAddressesTest {
  private final LocalAddresses addresses = new LocalAddresses();

  @Test
  void connectionsToTheSameAddressShareOneObject() throws Exception {
    InetSocketAddress first = address(1, 443);
    assertThat(addresses.shared(first)).isSameAs(first);
    assertThat(addresses.shared(address(1, 443))).isSameAs(first);
  }

  @Test
  void manyAddressesStayThemselves() throws Exception {
    for (int round = 0; round < 2; round++) {
      for (int host = 1; host < 100; host++) {
        for (int port : new int[] {80, 443, 8443}) {
          InetSocketAddress asked = address(host, port);
          assertThat(addresses.shared(asked)).isEqualTo(asked);
        }
      }
    }
  }

  private static InetSocketAddress address(int host, int port) throws UnknownHostException {
    return new InetSocketAddress(
        InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) host}), port);
  }
}
