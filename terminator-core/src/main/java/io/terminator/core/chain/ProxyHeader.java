package io.terminator.core.chain;

import io.netty.util.NetUtil;
import io.terminator.core.chain.ProxiedClient.Tlv;
import java.io.ByteArrayOutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The content of a PROXY header to send (proxy-protocol.txt of HAProxy 3.0). {@code source}
 * connected to {@code destination} under {@code protection}; {@code uniqueId} identifies the
 * connection in Terminator's log. {@code received} holds the TLVs that arrived with the client;
 * version 2 forwards them unless Terminator sends its own TLV of that type. Addresses that are not
 * IP addresses become "unknown".
 */
public record ProxyHeader(
    SocketAddress source,
    SocketAddress destination,
    Protection protection,
    String uniqueId,
    List<Tlv> received) {
  private static final byte[] SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };
  private static final byte VERSION_2_LOCAL = 0x20;
  private static final int VERSION_2_PROXY = 0x21;
  private static final int TCP_4 = 0x11;
  private static final int TCP_6 = 0x21;
  private static final int BEFORE_ADDRESSES = 16;

  private static final int ALPN = 0x01;
  private static final int AUTHORITY = 0x02;
  private static final int CHECKSUM = 0x03;
  private static final int UNIQUE_ID = 0x05;
  private static final int SSL = 0x20;
  private static final int SSL_VERSION = 0x21;
  private static final int SSL_COMMON_NAME = 0x22;
  private static final int SSL_CIPHER = 0x23;
  private static final int SSL_GROUP = 0x26;
  private static final int SSL_SIGNATURE_SCHEME = 0x27;
  private static final int SSL_CLIENT_CERTIFICATE = 0x28;
  private static final int CLIENT_USED_TLS = 0x01;

  /**
   * Set for both the connection and the session: there is no resumption with client certificates.
   */
  private static final int CLIENT_SHOWED_CERTIFICATE = 0x02 | 0x04;

  /** LOCAL of version 2, for a connection without a client. */
  public static byte[] localVersion2() {
    byte[] header = Arrays.copyOf(SIGNATURE, BEFORE_ADDRESSES);
    header[12] = VERSION_2_LOCAL;
    return header;
  }

  /** The line of version 1, at most 107 bytes. */
  public byte[] toVersion1() {
    Ends ends = ends();
    String line =
        ends == null
            ? "PROXY UNKNOWN\r\n"
            : "PROXY %s %s %s %d %d\r\n"
                .formatted(
                    ends.from.length == 4 ? "TCP4" : "TCP6",
                    text(ends.from),
                    text(ends.to),
                    ends.fromPort,
                    ends.toPort);
    return line.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The binary form with the TLVs that {@code config} names, in its order; a TLV that exceeds the
   * limit is left out. LOCAL if there is no IP address: receivers may refuse PROXY with AF_UNSPEC
   * (HAProxy 2.6 does).
   */
  public byte[] toVersion2(ProxyTlvConfig config) {
    Ends ends = ends();
    if (ends == null) {
      return localVersion2();
    }
    Body body = new Body(ends, config);
    if (config.prefer()) {
      received.forEach(tlv -> body.put(tlv.type(), tlv.value()));
    }
    Set<Integer> preferred = Set.copyOf(body.types);
    for (ProxyTlvConfig.Own own : config.own()) {
      switch (own) {
        case ALPN -> body.put(ALPN, protection.alpn(), preferred);
        case AUTHORITY -> body.put(AUTHORITY, protection.sni(), preferred);
        case UNIQUE_ID -> body.put(UNIQUE_ID, uniqueId, preferred);
        case SSL -> putSsl(body, config, preferred);
        case CLIENT_CERTIFICATE, CHECKSUM, GROUP, SIGNATURE -> {
          // The checksum is added at the end, the others are part of SSL.
        }
      }
    }
    if (config.pass() && !config.prefer()) {
      Set<Integer> ours = Set.copyOf(body.types);
      for (Tlv tlv : received) {
        if (!ours.contains(tlv.type())) {
          body.put(tlv.type(), tlv.value());
        }
      }
    }
    return body.toHeader();
  }

  private void putSsl(Body body, ProxyTlvConfig config, Set<Integer> except) {
    if (protection.version().equals("none") || except.contains(SSL)) {
      return;
    }
    boolean certificate = config.own().contains(ProxyTlvConfig.Own.CLIENT_CERTIFICATE);
    if (!body.put(SSL, ssl(config, certificate)) && certificate) {
      body.put(SSL, ssl(config, false));
    }
  }

  /** A header of version 2 under construction. */
  private static final class Body {
    private static final int TLV_HEAD = 3;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    private final Set<Integer> types = new HashSet<>();
    private final int family;
    private final boolean checksum;
    private final int limit;

    Body(Ends ends, ProxyTlvConfig config) {
      family = ends.from.length == 4 ? TCP_4 : TCP_6;
      bytes.writeBytes(ends.from);
      bytes.writeBytes(ends.to);
      put16(bytes, ends.fromPort);
      put16(bytes, ends.toPort);
      checksum = config.own().contains(ProxyTlvConfig.Own.CHECKSUM);
      limit = config.limit() - BEFORE_ADDRESSES - (checksum ? TLV_HEAD + 4 : 0);
    }

    void put(int type, @Nullable String value, Set<Integer> except) {
      if (value != null && !except.contains(type)) {
        put(type, value.getBytes(StandardCharsets.UTF_8));
      }
    }

    boolean put(int type, byte[] value) {
      if (bytes.size() + TLV_HEAD + value.length > limit) {
        return false;
      }
      ProxyHeader.put(bytes, type, value);
      types.add(type);
      return true;
    }

    byte[] toHeader() {
      int checksumAt = BEFORE_ADDRESSES + bytes.size() + TLV_HEAD;
      if (checksum) {
        ProxyHeader.put(bytes, CHECKSUM, new byte[4]);
      }
      ByteArrayOutputStream header = new ByteArrayOutputStream(BEFORE_ADDRESSES + bytes.size());
      header.writeBytes(SIGNATURE);
      header.write(VERSION_2_PROXY);
      header.write(family);
      put16(header, bytes.size());
      header.writeBytes(bytes.toByteArray());
      byte[] whole = header.toByteArray();
      if (checksum) {
        CRC32C crc = new CRC32C();
        crc.update(whole);
        ByteBuffer.wrap(whole).putInt(checksumAt, (int) crc.getValue());
      }
      return whole;
    }
  }

  private byte[] ssl(ProxyTlvConfig config, boolean certificate) {
    ByteArrayOutputStream ssl = new ByteArrayOutputStream(64);
    ClientIdentity client = protection.client();
    ssl.write(client == null ? CLIENT_USED_TLS : CLIENT_USED_TLS | CLIENT_SHOWED_CERTIFICATE);
    // Zero: the client's certificate was verified.
    ssl.writeBytes(new byte[] {0, 0, 0, (byte) (client == null ? 1 : 0)});
    put(ssl, SSL_VERSION, protection.version());
    put(ssl, SSL_CIPHER, protection.cipher());
    if (config.own().contains(ProxyTlvConfig.Own.GROUP)) {
      put(ssl, SSL_GROUP, registered(protection.group()));
    }
    if (config.own().contains(ProxyTlvConfig.Own.SIGNATURE)) {
      put(ssl, SSL_SIGNATURE_SCHEME, protection.signature());
    }
    if (client != null) {
      put(ssl, SSL_COMMON_NAME, client.commonName());
      if (certificate) {
        put(ssl, SSL_CLIENT_CERTIFICATE, client.der());
      }
    }
    return ssl.toByteArray();
  }

  /** The registered name of a group (RFC 8446 section 4.2.7); null without a key exchange. */
  private static @Nullable String registered(String group) {
    return switch (group) {
      case "none" -> null;
      case "X25519" -> "x25519";
      case "P-256" -> "secp256r1";
      case "P-384" -> "secp384r1";
      case "P-521" -> "secp521r1";
      default -> group;
    };
  }

  private static void put(ByteArrayOutputStream to, int type, @Nullable String value) {
    if (value != null) {
      put(to, type, value.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static void put(ByteArrayOutputStream to, int type, byte[] value) {
    to.write(type);
    put16(to, value.length);
    to.writeBytes(value);
  }

  private static void put16(ByteArrayOutputStream to, int value) {
    to.write(value >>> 8);
    to.write(value);
  }

  /** Both addresses in the same family. */
  private record Ends(byte[] from, int fromPort, byte[] to, int toPort) {}

  private @Nullable Ends ends() {
    if (!(source instanceof InetSocketAddress from)
        || !(destination instanceof InetSocketAddress to)) {
      return null;
    }
    byte[] fromBytes = unmapped(from.getAddress());
    byte[] toBytes = unmapped(to.getAddress());
    boolean same = fromBytes.length == toBytes.length;
    return new Ends(
        same ? fromBytes : mapped(fromBytes),
        from.getPort(),
        same ? toBytes : mapped(toBytes),
        to.getPort());
  }

  /** Maps IPv4 to ::ffff:a.b.c.d when the other address is IPv6: a header has one family. */
  private static byte[] mapped(byte[] address) {
    if (address.length == 16) {
      return address;
    }
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    System.arraycopy(address, 0, mapped, 12, 4);
    return mapped;
  }

  /** A dual-stack socket shows IPv4 as ::ffff:a.b.c.d; the backend receives a.b.c.d. */
  private static byte[] unmapped(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean mapped = bytes.length == 16 && bytes[10] == -1 && bytes[11] == -1;
    for (int i = 0; mapped && i < 10; i++) {
      mapped = bytes[i] == 0;
    }
    return mapped ? Arrays.copyOfRange(bytes, 12, 16) : bytes;
  }

  /** In the format of RFC 5952; a mapped address stays an IPv6 address. */
  private static String text(byte[] address) {
    try {
      return NetUtil.toAddressString(
          address.length == 16
              ? Inet6Address.getByAddress(null, address, -1)
              : InetAddress.getByAddress(address),
          true);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("an address of 4 or 16 bytes", impossible);
    }
  }
}
