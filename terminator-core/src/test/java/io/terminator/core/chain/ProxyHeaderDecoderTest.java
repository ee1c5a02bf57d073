package io.terminator.core.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.chain.ProxiedClient.Tlv;
import io.terminator.core.chain.ProxyHeaderDecoder.Outcome;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers as the specification defines them, and input that only resembles a header. */
class ProxyHeaderDecoderTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
  private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 4660);
  private static final InetSocketAddress SERVER = new InetSocketAddress("198.51.100.2", 443);

  @Test
  void readsVersion1() {
    assertThat(text("PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n"))
        .isEqualTo(new ProxiedClient(CLIENT, SERVER, List.of()));
    assertThat(text("PROXY TCP6 2001:db8::1 ::1 1 65535\r\n"))
        .isEqualTo(
            new ProxiedClient(
                new InetSocketAddress("2001:db8::1", 1),
                new InetSocketAddress("::1", 65_535),
                List.of()));
    assertThat(text("PROXY UNKNOWN\r\n")).isEqualTo(ProxiedClient.NOTHING);
    assertThat(text("PROXY UNKNOWN ff:: ff:: 65535 65535\r\n")).isEqualTo(ProxiedClient.NOTHING);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n",
        "PROXY\tTCP4 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
        "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
        "PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3.04 1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n",
        "PROXY TCP4 a.example 1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4  2\r\n",
        "PROXY TCP4 ::1 ::1 1 2\r\n",
        "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP6 ::1::2 ::1 1 2\r\n",
        "PROXY TCP6 fe80::1%lo ::1 1 2\r\n",
        "PROXY TCP7 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY UNKNOWNS\r\n",
        "PROXY UNKNOWN 12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345\r\n"
      })
  void refusesWhatOnlyResemblesVersion1(String line) {
    byte[] bytes = line.getBytes(StandardCharsets.US_ASCII);
    assertRefused(bytes);
  }

  @Test
  void readsWhatWeWriteAndTellsWhatFollowsApart() {
    Protection protection =
        new Protection("TLSv1.3", "AES", "X25519", false, "a.example", "h2", List.of(), null, null);
    List<Tlv> received = List.of(new Tlv(0xea, new byte[] {1, 2}), new Tlv(0x01, new byte[] {9}));
    byte[] header =
        new ProxyHeader(CLIENT, SERVER, protection, "2a", received)
            .toVersion2(
                new ProxyTlvConfig(
                    ProxyTlvConfig.DEFAULT.own(), true, false, ProxyTlvConfig.NO_LIMIT));
    byte[] more = java.util.Arrays.copyOf(header, header.length + 3);
    ProxyHeaderDecoder decoder = new ProxyHeaderDecoder();
    assertThat(decoder.decode(ByteBuffer.wrap(more), more.length)).isEqualTo(Outcome.COMPLETE);
    assertThat(decoder.length()).isEqualTo(header.length);
    ProxiedClient proxiedClient = decoder.proxiedClient();
    assertThat(proxiedClient.source()).isEqualTo(CLIENT);
    assertThat(proxiedClient.destination()).isEqualTo(SERVER);
    assertThat(proxiedClient.tlvs().stream().map(Tlv::type))
        .as("ours replaces what is of the same type")
        .containsExactly(0x05, 0x02, 0x01, 0x20, 0xea);
    assertThat(proxiedClient.tlvs().get(2).value()).asString().isEqualTo("h2");
    assertThat(proxiedClient.tlvs().get(4).value()).containsExactly(1, 2);
  }

  @Test
  void noticesEveryBitThatFlippedUnderTheChecksum() {
    byte[] header =
        new ProxyHeader(CLIENT, SERVER, Protection.NONE, "2a", List.of())
            .toVersion2(ProxyTlvConfig.DEFAULT);
    for (int bit = 16 * 8; bit < header.length * 8; bit++) {
      byte[] flipped = header.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      ProxyHeaderDecoder decoder = new ProxyHeaderDecoder();
      // A flipped type turns the checksum itself into another TLV.
      boolean type = bit / 8 == header.length - 7;
      assertThat(decoder.decode(ByteBuffer.wrap(flipped), flipped.length))
          .as("bit " + bit)
          .isEqualTo(type ? Outcome.COMPLETE : Outcome.REFUSED);
    }
  }

  @Test
  void takesWhatHasNoAddressForNothing() {
    assertThat(hex("20000000")).as("LOCAL").isEqualTo(ProxiedClient.NOTHING);
    assertThat(hex("2011000cffffffffffffffffffffffff"))
        .as("LOCAL")
        .isEqualTo(ProxiedClient.NOTHING);
    assertThat(hex("21000000")).as("UNSPEC").isEqualTo(ProxiedClient.NOTHING);
    assertThat(hex("213100d8" + "2f".repeat(216))).as("unix").isEqualTo(ProxiedClient.NOTHING);
    assertThat(hex("2112000c" + "00".repeat(12))).as("UDP").isEqualTo(ProxiedClient.NOTHING);
    assertThat(hex("21210024" + "00".repeat(15) + "01" + "00".repeat(15) + "02" + "00010002"))
        .isEqualTo(
            new ProxiedClient(
                new InetSocketAddress("::1", 1), new InetSocketAddress("::2", 2), List.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1111000c",
        "3111000c",
        "22110000",
        "2f110000",
        "2113000c",
        "2141000c",
        "21ff000c",
        "2110000c",
        "2101000c",
        "2111000b",
        "21210023",
        "213100d7",
        "21114001",
        "2011ffff",
        "21000002ea00",
        "21000003ea0001",
        "21000007030003000000",
        "210000070300040000",
        "2100000703000400000000"
      })
  void refusesWhatOnlyResemblesVersion2(String rest) {
    byte[] start = HexFormat.of().parseHex(SIGNATURE + rest);
    assertRefused(java.util.Arrays.copyOf(start, Math.max(start.length, 300)));
  }

  @Test
  void namesAnotherVersion() {
    byte[] header = java.util.Arrays.copyOf(HexFormat.of().parseHex(SIGNATURE + "1111000c"), 28);
    ProxyHeaderDecoder decoder = new ProxyHeaderDecoder();
    assertThat(decoder.decode(ByteBuffer.wrap(header), header.length)).isEqualTo(Outcome.REFUSED);
    assertThat(decoder.problem()).isEqualTo("the signature of version 2 is followed by version 1");
  }

  private static void assertRefused(byte[] bytes) {
    ProxyHeaderDecoder decoder = new ProxyHeaderDecoder();
    assertThat(decoder.decode(ByteBuffer.wrap(bytes), bytes.length)).isEqualTo(Outcome.REFUSED);
    assertThat(decoder.problem()).isNotBlank();
  }

  private static ProxiedClient text(String line) {
    return decode(line.getBytes(StandardCharsets.US_ASCII));
  }

  private static ProxiedClient hex(String rest) {
    return decode(HexFormat.of().parseHex(SIGNATURE + rest));
  }

  /** Byte by byte: no prefix of a header is refused, and none is taken for the whole header. */
  private static ProxiedClient decode(byte[] bytes) {
    ProxyHeaderDecoder decoder = new ProxyHeaderDecoder();
    for (int there = 0; there < bytes.length; there++) {
      assertThat(decoder.decode(ByteBuffer.wrap(bytes), there))
          .as("after " + there)
          .isEqualTo(Outcome.NEED_MORE);
    }
    assertThat(decoder.decode(ByteBuffer.wrap(bytes), bytes.length)).isEqualTo(Outcome.COMPLETE);
    assertThat(decoder.length()).isEqualTo(bytes.length);
    return decoder.proxiedClient();
  }
}
