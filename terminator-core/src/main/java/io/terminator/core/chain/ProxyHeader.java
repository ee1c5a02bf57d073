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
import java.util.ArrayList;
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
 * version 2 forwards them unless Terminator has its own value of that type. Addresses that are not
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
   * The binary form with the TLVs that {@code config} names. A TLV that exceeds the limit is left
   * out; a received one of its type does not replace it. LOCAL if there is no IP address: receivers
   * may refuse PROXY with AF_UNSPEC (HAProxy 2.6 does).
   */
  public byte[] toVersion2(ProxyTlvConfig config) {
    Ends ends = ends();
    if (ends == null) {
      return localVersion2();
    }
    Body body = new Body(ends, config.limit());
    if (config.prefer()) {
      body.pass(received);
    }
    for (ProxyTlvConfig.Own own : config.own()) {
      add(own, body);
    }
    if (config.pass() && !config.prefer()) {
      body.pass(received);
    }
    return body.toHeader();
  }

  private void add(ProxyTlvConfig.Own own, Body body) {
    ClientIdentity client = protection.client();
    switch (own) {
      case ALPN -> body.add(ALPN, bytes(protection.alpn()));
      case AUTHORITY -> body.add(AUTHORITY, bytes(protection.sni()));
      case UNIQUE_ID -> body.add(UNIQUE_ID, bytes(uniqueId));
      case SSL -> addSsl(body);
      case CLIENT_CERTIFICATE ->
          addToSsl(body, SSL_CLIENT_CERTIFICATE, client == null ? null : client.der());
      case GROUP -> addToSsl(body, SSL_GROUP, bytes(registered(protection.group())));
      case SIGNATURE -> addToSsl(body, SSL_SIGNATURE_SCHEME, bytes(protection.signature()));
      case CHECKSUM -> body.addChecksum();
    }
  }

  private void addSsl(Body body) {
    if (!protection.version().equals("none")) {
      body.addSsl(ssl());
    }
  }

  /** The list may name a part before the TLV that contains it. */
  private void addToSsl(Body body, int type, byte @Nullable [] value) {
    if (value != null) {
      addSsl(body);
      body.addToSsl(type, value);
    }
  }

  /**
   * A header of version 2 under construction. The bytes below the limit go to what is added first.
   */
  private static final class Body {
    private static final int TLV_HEAD = 3;
    private static final int CHECKSUM_BYTES = 4;

    private final Ends ends;
    private final int limit;
    private final List<Part> parts = new ArrayList<>();

    /** Including TLVs that did not fit: a value of another origin must not stand in for them. */
    private final Set<Integer> types = new HashSet<>();

    /**
     * The value of the TLV of that name, which grows: its parts have their own places in the list.
     */
    private @Nullable ByteArrayOutputStream ssl;

    private boolean checksum;
    private int length;

    private record Part(int type, ByteArrayOutputStream value) {}

    Body(Ends ends, int limit) {
      this.ends = ends;
      this.limit = limit;
      length = BEFORE_ADDRESSES + 2 * (ends.from.length + 2);
    }

    void pass(List<Tlv> received) {
      Set<Integer> before = Set.copyOf(types);
      for (Tlv tlv : received) {
        if (!before.contains(tlv.type())) {
          types.add(tlv.type());
          fit(tlv.type(), tlv.value());
        }
      }
    }

    void add(int type, byte @Nullable [] value) {
      if (value != null && types.add(type)) {
        fit(type, value);
      }
    }

    void addSsl(byte[] value) {
      if (types.add(SSL) && fit(SSL, value)) {
        ssl = parts.get(parts.size() - 1).value;
      }
    }

    void addToSsl(int type, byte[] value) {
      ByteArrayOutputStream whole = ssl;
      if (whole != null && claim(TLV_HEAD + value.length)) {
        put(whole, type, value);
      }
    }

    void addChecksum() {
      checksum = claim(TLV_HEAD + CHECKSUM_BYTES);
    }

    private boolean fit(int type, byte[] value) {
      boolean fits = claim(TLV_HEAD + value.length);
      if (fits) {
        ByteArrayOutputStream content = new ByteArrayOutputStream(value.length);
        content.writeBytes(value);
        parts.add(new Part(type, content));
      }
      return fits;
    }

    private boolean claim(int more) {
      boolean fits = length + more <= limit;
      if (fits) {
        length += more;
      }
      return fits;
    }

    byte[] toHeader() {
      ByteArrayOutputStream header = new ByteArrayOutputStream(length);
      header.writeBytes(SIGNATURE);
      header.write(VERSION_2_PROXY);
      header.write(ends.from.length == 4 ? TCP_4 : TCP_6);
      put16(header, length - BEFORE_ADDRESSES);
      header.writeBytes(ends.from);
      header.writeBytes(ends.to);
      put16(header, ends.fromPort);
      put16(header, ends.toPort);
      for (Part part : parts) {
        put(header, part.type, part.value.toByteArray());
      }
      if (checksum) {
        put(header, CHECKSUM, new byte[CHECKSUM_BYTES]);
      }
      byte[] whole = header.toByteArray();
      if (checksum) {
        CRC32C crc = new CRC32C();
        crc.update(whole);
        ByteBuffer.wrap(whole).putInt(whole.length - CHECKSUM_BYTES, (int) crc.getValue());
      }
      return whole;
    }
  }

  /** The value without the parts that have names of their own in the list. */
  private byte[] ssl() {
    ByteArrayOutputStream ssl = new ByteArrayOutputStream(64);
    ClientIdentity client = protection.client();
    ssl.write(client == null ? CLIENT_USED_TLS : CLIENT_USED_TLS | CLIENT_SHOWED_CERTIFICATE);
    // Zero: the client's certificate was verified.
    ssl.writeBytes(new byte[] {0, 0, 0, (byte) (client == null ? 1 : 0)});
    put(ssl, SSL_VERSION, bytes(protection.version()));
    put(ssl, SSL_CIPHER, bytes(protection.cipher()));
    put(ssl, SSL_COMMON_NAME, client == null ? null : bytes(client.commonName()));
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

  private static byte @Nullable [] bytes(@Nullable String value) {
    return value == null ? null : value.getBytes(StandardCharsets.UTF_8);
  }

  private static void put(ByteArrayOutputStream to, int type, byte @Nullable [] value) {
    if (value != null) {
      to.write(type);
      put16(to, value.length);
      to.writeBytes(value);
    }
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
