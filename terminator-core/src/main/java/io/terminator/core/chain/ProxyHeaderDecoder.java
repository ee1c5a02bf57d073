package io.terminator.core.chain;

import io.terminator.core.chain.ProxiedClient.Tlv;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads the PROXY header before a client's first byte, versions 1 and 2 (proxy-protocol.txt of
 * HAProxy 3.0). Strict: input that is not exactly a header is refused, since its sender decides
 * which client address applies. One instance per header; any thread.
 */
public final class ProxyHeaderDecoder {
  /** More than any sender needs, even with a client certificate among the TLVs. */
  public static final int MOST = 16 * 1024;

  private static final byte[] SIGNATURE_1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SIGNATURE_2 = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };
  // Including CR and LF.
  private static final int LONGEST_LINE = 107;
  private static final int BEFORE_ADDRESSES = 16;
  private static final int LOCAL = 0x20;
  private static final int PROXY = 0x21;
  private static final int CHECKSUM = 0x03;
  private static final int NOTHING = 0x04;

  private ProxiedClient proxiedClient = ProxiedClient.NOTHING;
  private int length;
  private String problem = "";

  public enum Outcome {
    NEED_MORE,
    /** {@link #proxiedClient} and {@link #length} describe the header. */
    COMPLETE,
    /** {@link #problem} gives the reason. */
    REFUSED
  }

  /**
   * Examines {@code bytes[0, there)}, which start at the connection's first byte. Position and
   * limit are neither used nor changed.
   */
  public Outcome decode(ByteBuffer bytes, int there) {
    if (there == 0) {
      return Outcome.NEED_MORE;
    }
    if (startsWith(bytes, there, SIGNATURE_2)) {
      return version2(bytes, there);
    }
    return startsWith(bytes, there, SIGNATURE_1)
        ? version1(bytes, there)
        : refuse("the connection does not begin with a PROXY header");
  }

  /** Valid only after COMPLETE. */
  public ProxiedClient proxiedClient() {
    return proxiedClient;
  }

  /** The length of the header in bytes. Valid only after COMPLETE. */
  public int length() {
    return length;
  }

  /** A description of the error. Valid only after REFUSED. */
  public String problem() {
    return problem;
  }

  private static boolean startsWith(ByteBuffer bytes, int there, byte[] signature) {
    for (int i = 0; i < Math.min(there, signature.length); i++) {
      if (bytes.get(i) != signature[i]) {
        return false;
      }
    }
    return true;
  }

  private Outcome version1(ByteBuffer bytes, int there) {
    int end = SIGNATURE_1.length;
    int most = Math.min(there, LONGEST_LINE);
    while (end < most && bytes.get(end) != '\n') {
      end++;
    }
    if (end == LONGEST_LINE) {
      return refuse("version 1: no end of line within " + LONGEST_LINE + " bytes");
    }
    if (end >= there) {
      return Outcome.NEED_MORE;
    }
    if (bytes.get(end - 1) != '\r') {
      return refuse("version 1: LF without CR");
    }
    byte[] text = new byte[end - 1 - SIGNATURE_1.length];
    bytes.get(SIGNATURE_1.length, text);
    String line = new String(text, StandardCharsets.ISO_8859_1);
    length = end + 1;
    if (line.equals("UNKNOWN") || line.startsWith("UNKNOWN ")) {
      return Outcome.COMPLETE;
    }
    String[] words = line.split(" ", -1);
    int bytesOfAddress = words[0].equals("TCP4") ? 4 : words[0].equals("TCP6") ? 16 : 0;
    if (bytesOfAddress == 0 || words.length != 5) {
      return refuse("version 1: expected TCP4 or TCP6, two addresses and two ports");
    }
    InetAddress from = address(words[1], bytesOfAddress);
    InetAddress to = address(words[2], bytesOfAddress);
    int fromPort = port(words[3]);
    int toPort = port(words[4]);
    if (from == null || to == null || fromPort < 0 || toPort < 0) {
      return refuse("version 1: an address or a port is malformed");
    }
    proxiedClient =
        new ProxiedClient(
            new InetSocketAddress(from, fromPort), new InetSocketAddress(to, toPort), List.of());
    return Outcome.COMPLETE;
  }

  /** Null unless the text is a literal of the family; never queries DNS. */
  private static @Nullable InetAddress address(String text, int bytes) {
    if (bytes == 4) {
      String[] parts = text.split("\\.", -1);
      byte[] address = new byte[4];
      for (int i = 0; i < 4; i++) {
        int part = parts.length == 4 ? number(parts[i], 255) : -1;
        if (part < 0) {
          return null;
        }
        address[i] = (byte) part;
      }
      return of(address);
    }
    if (text.indexOf(':') < 0 || !text.matches("[0-9a-fA-F:.]{2,45}")) {
      return null;
    }
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException malformed) {
      return null;
    }
  }

  private static int port(String text) {
    return number(text, 65_535);
  }

  /** Decimal without leading zeros, which some parsers read as octal; -1 for anything else. */
  private static int number(String text, int most) {
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9 || (i > 0 && value == 0)) {
        return -1;
      }
      value = value * 10 + digit;
      if (value > most) {
        return -1;
      }
    }
    return text.isEmpty() ? -1 : value;
  }

  private Outcome version2(ByteBuffer bytes, int there) {
    if (there < BEFORE_ADDRESSES) {
      return Outcome.NEED_MORE;
    }
    int command = bytes.get(12) & 0xff;
    if (command >> 4 != 2) {
      return refuse("the signature of version 2 is followed by version " + (command >> 4));
    }
    if (command != LOCAL && command != PROXY) {
      return refuse("version 2: neither LOCAL nor PROXY");
    }
    int rest = bytes.getShort(14) & 0xffff;
    length = BEFORE_ADDRESSES + rest;
    if (length > MOST) {
      return refuse("version 2: longer than " + MOST + " bytes");
    }
    int family = bytes.get(13) & 0xff;
    int addresses = lengthOfAddresses(family);
    if (addresses < 0) {
      return refuse("version 2: an address family or transport that is not defined");
    }
    if (command == PROXY && addresses > rest) {
      return refuse("version 2: shorter than its addresses");
    }
    if (there < length) {
      return Outcome.NEED_MORE;
    }
    if (command == LOCAL) {
      return Outcome.COMPLETE;
    }
    List<Tlv> tlvs = tlvs(bytes, BEFORE_ADDRESSES + addresses, length);
    if (tlvs == null) {
      return Outcome.REFUSED;
    }
    boolean stream = (family & 0x0f) == 1;
    proxiedClient =
        stream && addresses == 12
            ? addressed(bytes, 4, tlvs)
            : stream && addresses == 36
                ? addressed(bytes, 16, tlvs)
                : new ProxiedClient(null, null, tlvs);
    return Outcome.COMPLETE;
  }

  /** The length of both addresses and their ports; -1 for an undefined combination. */
  private static int lengthOfAddresses(int family) {
    return switch (family) {
      case 0x00 -> 0;
      case 0x11, 0x12 -> 12;
      case 0x21, 0x22 -> 36;
      case 0x31, 0x32 -> 216;
      default -> -1;
    };
  }

  private static ProxiedClient addressed(ByteBuffer bytes, int size, List<Tlv> tlvs) {
    byte[] from = new byte[size];
    byte[] to = new byte[size];
    bytes.get(BEFORE_ADDRESSES, from);
    bytes.get(BEFORE_ADDRESSES + size, to);
    int ports = BEFORE_ADDRESSES + 2 * size;
    return new ProxiedClient(
        new InetSocketAddress(of(from), bytes.getShort(ports) & 0xffff),
        new InetSocketAddress(of(to), bytes.getShort(ports + 2) & 0xffff),
        tlvs);
  }

  private @Nullable List<Tlv> tlvs(ByteBuffer bytes, int start, int end) {
    List<Tlv> tlvs = new ArrayList<>();
    int at = start;
    boolean checked = false;
    while (at < end) {
      int size = end - at < 3 ? Integer.MAX_VALUE : bytes.getShort(at + 1) & 0xffff;
      if (size > end - at - 3) {
        refuse("version 2: a TLV is longer than the header");
        return null;
      }
      int type = bytes.get(at) & 0xff;
      at += 3;
      if (type == CHECKSUM) {
        if (checked || size != 4 || !isChecksum(bytes, at, end)) {
          refuse("version 2: the checksum (CRC32C) is wrong");
          return null;
        }
        checked = true;
      } else if (type != NOTHING) {
        byte[] value = new byte[size];
        bytes.get(at, value);
        tlvs.add(new Tlv(type, value));
      }
      at += size;
    }
    return tlvs;
  }

  /** Over the whole header, with four zero bytes in place of the checksum. */
  private static boolean isChecksum(ByteBuffer bytes, int at, int end) {
    byte[] header = new byte[end];
    bytes.get(0, header);
    header[at] = 0;
    header[at + 1] = 0;
    header[at + 2] = 0;
    header[at + 3] = 0;
    CRC32C checksum = new CRC32C();
    checksum.update(header);
    return (int) checksum.getValue() == bytes.getInt(at);
  }

  private static InetAddress of(byte[] address) {
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("an address of 4 or 16 bytes", impossible);
    }
  }

  private Outcome refuse(String why) {
    problem = why;
    return Outcome.REFUSED;
  }
}
