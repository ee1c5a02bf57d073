package io.terminator.core.setting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.1.2, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "192.168.4.0/22, 192.168.7.255, true",
    "192.168.4.0/22, 192.168.8.0, false",
    "127.0.0.1, 127.0.0.1, true",
    "127.0.0.1, 127.0.0.2, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, ::1, false",
    "::/0, 2001:db8::1, true",
    "::/0, 10.0.0.1, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false"
  })
  void containsWhatSharesItsPrefix(String block, String address, boolean inside)
      throws UnknownHostException {
    assertThat(Cidr.parse(block).contains(InetAddress.getByName(address))).isEqualTo(inside);
  }

  @Test
  void seesAMappedAddressAsTheOneItMaps() throws UnknownHostException {
    byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, 1, 2, 3};
    InetAddress address = Inet6Address.getByAddress(null, mapped, -1);
    assertThat(address).isInstanceOf(Inet6Address.class);
    assertThat(Cidr.parse("10.1.0.0/16").contains(address)).isTrue();
    assertThat(Cidr.parse("10.2.0.0/16").contains(address)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/",
        "10.0.0/8",
        "256.0.0.0/8",
        "010.0.0.1",
        "10.0.0.00/8",
        "10.08.0.0/16",
        "2001:db8::1/64",
        "::/129",
        "1::2::3/64",
        "10.0.0.0/8/8",
        "*"
      })
  void refusesWhatIsNoBlock(String text) {
    assertThatThrownBy(() -> Cidr.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(expected: such as 10.0.0.0/8 or 2001:db8::/32)");
  }

  @Test
  void coversSmallerBlocksOfItsFamilyOnly() {
    Cidr block = Cidr.parse("10.0.0.0/8");
    assertThat(block.covers(block)).isTrue();
    assertThat(block.covers(Cidr.parse("10.9.0.0/16"))).isTrue();
    assertThat(block.covers(Cidr.parse("0.0.0.0/0"))).isFalse();
    assertThat(Cidr.parse("::/0").covers(block)).isFalse();
  }
}
