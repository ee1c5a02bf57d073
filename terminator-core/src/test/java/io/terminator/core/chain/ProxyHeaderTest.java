package io.terminator.core.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Bytes as the specification lays them out. */
class ProxyHeaderTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
  private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 0x1234);
  private static final InetSocketAddress LISTENER = new InetSocketAddress("198.51.100.2", 443);

  @Test
  void saysAddressesInTextAsVersion1() throws UnknownHostException {
    assertThat(line(CLIENT, LISTENER)).isEqualTo("PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n");
    assertThat(
            line(new InetSocketAddress("2001:db8::1", 1), new InetSocketAddress("2001:db8::2", 2)))
        .isEqualTo("PROXY TCP6 2001:db8:0:0:0:0:0:1 2001:db8:0:0:0:0:0:2 1 2\r\n");
    assertThat(line(UnixDomainSocketAddress.of("/x"), LISTENER)).isEqualTo("PROXY UNKNOWN\r\n");
    assertThat(line(new InetSocketAddress("2001:db8::1", 1), LISTENER))
        .isEqualTo("PROXY TCP6 2001:db8:0:0:0:0:0:1 0:0:0:0:0:ffff:c633:6402 1 443\r\n");
    byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, (byte) 192, 0, 2, 1};
    assertThat(
            line(
                new InetSocketAddress(Inet6Address.getByAddress(null, mapped, -1), 4660), LISTENER))
        .isEqualTo("PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n");
  }

  @Test
  void saysWhatIsKnownOfTlsAsVersion2() {
    Protection protection =
        new Protection(
            "TLSv1.3", "AES", "X25519", false, "a.example", "h2", List.of("h2"), null, null);
    byte[] header = new ProxyHeader(CLIENT, LISTENER, protection, "2a", List.of()).toVersion2();
    String hex = HexFormat.of().formatHex(header);
    String withoutChecksum =
        SIGNATURE
            + "21110041"
            + "c0000201c6336402123401bb"
            + "0100026832"
            + "020009612e6578616d706c65"
            + "0500023261"
            + "200015"
            + "0100000001"
            + "210007544c5376312e33"
            + "230003414553"
            + "030004";
    assertThat(hex.substring(0, hex.length() - 8)).isEqualTo(withoutChecksum);
    assertThat(header).hasSize(16 + 0x41);

    CRC32C checksum = new CRC32C();
    checksum.update(header, 0, header.length - 4);
    checksum.update(new byte[4]);
    assertThat(hex).endsWith("%08x".formatted(checksum.getValue()));
  }

  @Test
  void leavesOutWhatIsUnknownAsVersion2() {
    byte[] header =
        new ProxyHeader(
                UnixDomainSocketAddress.of("/x"), LISTENER, Protection.NONE, "2a", List.of())
            .toVersion2();
    assertThat(HexFormat.of().formatHex(header)).startsWith(SIGNATURE + "2100000c" + "0500023261");
    assertThat(header).hasSize(16 + 12);
  }

  private static String line(SocketAddress from, SocketAddress to) {
    return new String(
        new ProxyHeader(from, to, Protection.NONE, "2a", List.of()).toVersion1(),
        StandardCharsets.US_ASCII);
  }
}
