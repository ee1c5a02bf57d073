package io.terminator.core.chain;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.chain.ProxiedClient.Tlv;
import io.terminator.core.chain.ProxyHeaderDecoder.Outcome;
import io.terminator.core.chain.ProxyTlvConfig.Own;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Bytes as the specification defines them. */
class ProxyHeaderTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
  private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 0x1234);
  private static final InetSocketAddress LISTENER = new InetSocketAddress("198.51.100.2", 443);

  @Test
  void saysAddressesInTextAsVersion1() throws UnknownHostException {
    assertThat(line(CLIENT, LISTENER)).isEqualTo("PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n");
    assertThat(
            line(new InetSocketAddress("2001:db8::1", 1), new InetSocketAddress("2001:db8::2", 2)))
        .isEqualTo("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n");
    assertThat(line(UnixDomainSocketAddress.of("/x"), LISTENER)).isEqualTo("PROXY UNKNOWN\r\n");
    assertThat(line(new InetSocketAddress("2001:db8::1", 1), LISTENER))
        .isEqualTo("PROXY TCP6 2001:db8::1 ::ffff:198.51.100.2 1 443\r\n");
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
    byte[] header =
        new ProxyHeader(CLIENT, LISTENER, protection, "2a", List.of())
            .toVersion2(ProxyTlvConfig.DEFAULT);
    String hex = HexFormat.of().formatHex(header);
    String withoutChecksum =
        SIGNATURE
            + "21110041"
            + "c0000201c6336402123401bb"
            + "0500023261"
            + "020009612e6578616d706c65"
            + "0100026832"
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
  void saysLocalWhereThereIsNoAddressOfIp() {
    byte[] header =
        new ProxyHeader(
                UnixDomainSocketAddress.of("/x"), LISTENER, Protection.NONE, "2a", List.of())
            .toVersion2(ProxyTlvConfig.DEFAULT);
    assertThat(HexFormat.of().formatHex(header)).isEqualTo(SIGNATURE + "20000000");
  }

  @Test
  void leavesOutWhatIsNotAskedForOrDoesNotFit() {
    ClientIdentity client =
        new ClientIdentity("CN=robot", "robot", List.of(), "00", new byte[1000]);
    Protection protection =
        new Protection(
            "TLSv1.3",
            "AES",
            "X25519",
            false,
            "a.example",
            "h2",
            List.of("h2"),
            null,
            null,
            client);
    ProxyHeader header = new ProxyHeader(CLIENT, LISTENER, protection, "2a", List.of());
    assertThat(types(header.toVersion2(only(ProxyTlvConfig.NO_LIMIT)))).isEmpty();
    assertThat(
            types(
                header.toVersion2(
                    only(ProxyTlvConfig.NO_LIMIT, Own.ALPN, Own.UNIQUE_ID, Own.CHECKSUM))))
        .containsExactly(0x01, 0x05);
    byte[] whole = header.toVersion2(ProxyTlvConfig.DEFAULT);
    assertThat(whole).hasSizeGreaterThan(1000);
    for (int limit = 64; limit <= whole.length; limit++) {
      byte[] some =
          header.toVersion2(new ProxyTlvConfig(ProxyTlvConfig.DEFAULT.own(), false, false, limit));
      assertThat(some).hasSizeLessThanOrEqualTo(limit);
      assertThat(types(some)).startsWith(0x05, 0x02);
      // Without the certificate's 1,003 bytes and the checksum the rest of the TLS TLV still fits.
      assertThat(types(some).contains(0x20)).isEqualTo(limit >= whole.length - 1003 - 7);
    }
  }

  @Test
  void writesGroupAndSignatureSchemeByTheirRegisteredNamesWhereAsked() {
    ProxyHeader header = new ProxyHeader(CLIENT, LISTENER, signed(null), "2a", List.of());
    byte[] full = with(header, ProxyTlvConfig.NO_LIMIT, Own.SSL, Own.GROUP, Own.SIGNATURE);
    assertThat(HexFormat.of().formatHex(full))
        .contains("260009" + HexFormat.of().formatHex("secp256r1".getBytes(US_ASCII)))
        .contains("270013" + HexFormat.of().formatHex("rsa_pss_rsae_sha256".getBytes(US_ASCII)));
    assertThat(full).hasSize(size(header, Own.SSL) + 2 * 3 + 9 + 19);
  }

  @Test
  void keepsWhatTheProxyInFrontSawWherePreferred() {
    Protection protection =
        new Protection("TLSv1.3", "AES", "X25519", false, null, "h2", List.of(), null, null);
    List<Tlv> received =
        List.of(
            new Tlv(0x20, new byte[] {7, 0, 0, 0, 0}),
            new Tlv(0x05, new byte[] {9}),
            new Tlv(0x02, new byte[] {'x'}));
    ProxyHeader header = new ProxyHeader(CLIENT, LISTENER, protection, "2a", received);
    List<Tlv> passed =
        tlvs(
            header.toVersion2(
                new ProxyTlvConfig(
                    ProxyTlvConfig.DEFAULT.own(), true, true, ProxyTlvConfig.NO_LIMIT)));
    assertThat(passed.stream().map(Tlv::type)).containsExactly(0x20, 0x05, 0x02, 0x01);
    assertThat(passed.get(0).value()).startsWith(7);
    assertThat(passed.get(1).value()).containsExactly(9);
    assertThat(
            types(
                header.toVersion2(
                    new ProxyTlvConfig(
                        ProxyTlvConfig.DEFAULT.own(), true, false, ProxyTlvConfig.NO_LIMIT))))
        .containsExactly(0x05, 0x01, 0x20, 0x02);
  }

  @Test
  void omitsTheLastOfTheListFirst() {
    ProxyHeader header = new ProxyHeader(CLIENT, LISTENER, signed(null), "2a", List.of());
    int bare = 28;
    int ssl = size(header, Own.SSL);
    int checksum = size(header, Own.CHECKSUM) - bare;
    int group = size(header, Own.SSL, Own.GROUP) - ssl;
    int signature = size(header, Own.SSL, Own.SIGNATURE) - ssl;

    // The checksum does not displace what the list names before it.
    assertThat(with(header, ssl + checksum - 1, Own.SSL, Own.CHECKSUM))
        .isEqualTo(with(header, ProxyTlvConfig.NO_LIMIT, Own.SSL));
    assertThat(with(header, ssl + checksum - 1, Own.CHECKSUM, Own.SSL))
        .isEqualTo(with(header, ProxyTlvConfig.NO_LIMIT, Own.CHECKSUM));
    assertThat(with(header, ssl + checksum, Own.SSL, Own.CHECKSUM)).hasSize(ssl + checksum);

    // Neither does a part of the TLS TLV displace the rest of it.
    int all = ssl + group + signature;
    assertThat(with(header, all, Own.SSL, Own.GROUP, Own.SIGNATURE)).hasSize(all);
    assertThat(with(header, all - 1, Own.SSL, Own.GROUP, Own.SIGNATURE))
        .isEqualTo(with(header, ProxyTlvConfig.NO_LIMIT, Own.SSL, Own.GROUP));
    assertThat(with(header, all - 1, Own.SSL, Own.SIGNATURE, Own.GROUP))
        .isEqualTo(with(header, ProxyTlvConfig.NO_LIMIT, Own.SSL, Own.SIGNATURE));
    assertThat(with(header, ssl, Own.SSL, Own.GROUP, Own.SIGNATURE)).hasSize(ssl);
    assertThat(with(header, ssl - 1, Own.SSL, Own.GROUP, Own.SIGNATURE)).hasSize(bare);

    // A part has a place of its own, and may precede the TLV.
    assertThat(types(with(header, ssl + 7, Own.SSL, Own.UNIQUE_ID, Own.GROUP, Own.CHECKSUM)))
        .containsExactly(0x20, 0x05);
    assertThat(with(header, ssl + group, Own.GROUP, Own.UNIQUE_ID, Own.SSL))
        .isEqualTo(with(header, ProxyTlvConfig.NO_LIMIT, Own.SSL, Own.GROUP));
  }

  @Test
  void writesARepeatedNameOnce() {
    ProxyHeader header = new ProxyHeader(CLIENT, LISTENER, signed("a.example"), "2a", List.of());
    Own[] once = {Own.SSL, Own.GROUP, Own.AUTHORITY, Own.CHECKSUM};
    Own[] twice = {
      Own.SSL,
      Own.SSL,
      Own.GROUP,
      Own.GROUP,
      Own.AUTHORITY,
      Own.AUTHORITY,
      Own.CHECKSUM,
      Own.CHECKSUM
    };
    assertThat(with(header, ProxyTlvConfig.NO_LIMIT, twice))
        .isEqualTo(with(header, ProxyTlvConfig.NO_LIMIT, once));
  }

  @Test
  void neverReplacesATlvThatDoesNotFitByOneOfTheOtherOrigin() {
    List<Tlv> received =
        List.of(
            new Tlv(0x20, new byte[] {7, 0, 0, 0, 0}),
            new Tlv(0x02, new byte[] {'x'}),
            new Tlv(0x05, new byte[] {9}),
            new Tlv(0xea, new byte[] {1}));
    ProxyHeader header = new ProxyHeader(CLIENT, LISTENER, signed("a".repeat(86)), "2a", received);
    ProxyTlvConfig tight =
        new ProxyTlvConfig(List.of(Own.AUTHORITY, Own.SSL), true, false, size(header, Own.SSL) - 1);
    assertThat(types(header.toVersion2(tight))).containsExactly(0x05, 0xea);

    // Without a value of its own Terminator owns no type.
    ProxyHeader plain = new ProxyHeader(CLIENT, LISTENER, Protection.NONE, "2a", received);
    assertThat(types(plain.toVersion2(tight))).containsExactly(0x20, 0x02, 0x05, 0xea);

    List<Tlv> large = List.of(new Tlv(0x20, new byte[500]), new Tlv(0x02, new byte[500]));
    assertThat(
            types(
                new ProxyHeader(CLIENT, LISTENER, signed("a.example"), "2a", large)
                    .toVersion2(new ProxyTlvConfig(ProxyTlvConfig.DEFAULT.own(), true, true, 232))))
        .containsExactly(0x05);
  }

  /** By TLS 1.3, with a group and a signature. */
  private static Protection signed(@Nullable String sni) {
    return new Protection(
        "TLSv1.3",
        "AES",
        "P-256",
        false,
        sni,
        null,
        List.of(),
        null,
        null,
        null,
        null,
        false,
        "rsa_pss_rsae_sha256",
        null);
  }

  private static byte[] with(ProxyHeader header, int limit, Own... own) {
    return header.toVersion2(only(limit, own));
  }

  private static int size(ProxyHeader header, Own... own) {
    return with(header, ProxyTlvConfig.NO_LIMIT, own).length;
  }

  private static ProxyTlvConfig only(int limit, Own... own) {
    return new ProxyTlvConfig(List.of(own), false, false, limit);
  }

  private static List<Integer> types(byte[] header) {
    return tlvs(header).stream().map(Tlv::type).toList();
  }

  private static List<Tlv> tlvs(byte[] header) {
    ProxyHeaderDecoder decoder = new ProxyHeaderDecoder();
    assertThat(decoder.decode(ByteBuffer.wrap(header), header.length)).isEqualTo(Outcome.COMPLETE);
    return decoder.proxiedClient().tlvs();
  }

  private static String line(SocketAddress from, SocketAddress to) {
    return new String(
        new ProxyHeader(from, to, Protection.NONE, "2a", List.of()).toVersion1(),
        StandardCharsets.US_ASCII);
  }
}
