package io.terminator.core.setting;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * A block of addresses of one family: {@code 10.0.0.0/8}, {@code 2001:db8::/32}; a single address
 * is a block of one. An IPv4 address is the same with or without the IPv6 mapping of a dual-stack
 * socket. Immutable, any thread.
 */
public final class Cidr {
  private final byte[] network;
  private final int bits;

  private Cidr(byte[] network, int bits) {
    this.network = network;
    this.bits = bits;
  }

  /** Parses these formats, literals only. The exception's message states the expected format. */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    byte[] address = literal(text, slash < 0 ? text : text.substring(0, slash));
    int bits = address.length * 8;
    if (slash >= 0) {
      String length = text.substring(slash + 1);
      if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > bits) {
        throw unfit(text, "has no prefix length from 0 to " + bits);
      }
      bits = Integer.parseInt(length);
    }
    for (int bit = bits; bit < address.length * 8; bit++) {
      if ((address[bit / 8] & (0x80 >> bit % 8)) != 0) {
        throw unfit(text, "has bits set beyond its prefix of " + bits);
      }
    }
    return new Cidr(address, bits);
  }

  private static byte[] literal(String text, String host) {
    // Text that matches neither family would cause a DNS query.
    boolean four = host.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    if (!four && !(host.indexOf(':') >= 0 && host.matches("[0-9a-fA-F:.]+"))) {
      throw unfit(text, "is not an address with a prefix length");
    }
    // Other programs read 010 as the octal number 8.
    if (four && host.matches("(.*\\.)?0\\d.*")) {
      throw unfit(text, "has a number with a leading zero");
    }
    try {
      return InetAddress.getByName(host).getAddress();
    } catch (UnknownHostException malformed) {
      throw unfit(text, "is not an address with a prefix length");
    }
  }

  private static IllegalArgumentException unfit(String text, String how) {
    return new IllegalArgumentException(
        "\"" + text + "\" " + how + " (expected: such as 10.0.0.0/8 or 2001:db8::/32)");
  }

  public boolean contains(InetAddress address) {
    byte[] given = address.getAddress();
    int from = 0;
    if (given.length != network.length) {
      if (network.length != 4 || !isMapped(given)) {
        return false;
      }
      from = 12;
    }
    int whole = bits / 8;
    if (!Arrays.equals(given, from, from + whole, network, 0, whole)) {
      return false;
    }
    int rest = bits % 8;
    return rest == 0 || ((given[from + whole] ^ network[whole]) & 0xff) >> (8 - rest) == 0;
  }

  boolean isOfIpv4() {
    return network.length == 4;
  }

  /** The first address as 16 bytes, with IPv4 mapped into IPv6. */
  byte[] first() {
    return mapped(network);
  }

  /** The last address, in the same form. */
  byte[] last() {
    byte[] last = network.clone();
    for (int bit = bits; bit < last.length * 8; bit++) {
      last[bit / 8] |= (byte) (0x80 >> bit % 8);
    }
    return mapped(last);
  }

  static byte[] mapped(byte[] address) {
    if (address.length == 16) {
      return address;
    }
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    System.arraycopy(address, 0, mapped, 12, 4);
    return mapped;
  }

  static boolean isMapped(byte[] given) {
    for (int i = 0; i < 10; i++) {
      if (given[i] != 0) {
        return false;
      }
    }
    return given[10] == -1 && given[11] == -1;
  }

  /** Whether this block contains every address of {@code other}. */
  public boolean covers(Cidr other) {
    if (other.network.length != network.length || other.bits < bits) {
      return false;
    }
    try {
      return contains(InetAddress.getByAddress(other.network));
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("an address of 4 or 16 bytes", impossible);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Cidr cidr && cidr.bits == bits && Arrays.equals(cidr.network, network);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(network) + bits;
  }

  @Override
  public String toString() {
    try {
      return InetAddress.getByAddress(network).getHostAddress() + "/" + bits;
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("an address of 4 or 16 bytes", impossible);
    }
  }
}
