package io.terminator.tls.ticket;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Seals and opens session tickets (RFC 5077 section 4): 16 bytes each of name, HMAC-SHA256 key and
 * AES-128 key.
 */
public final class TicketKey {
  /** The size of the key material in bytes. */
  public static final int SIZE = 48;

  private final byte[] material;
  private final String id;

  private TicketKey(byte[] material) {
    this.material = material;
    this.id = HexFormat.of().formatHex(material, 0, 8);
  }

  /** {@code material} is copied; its first third is the public name. */
  public static TicketKey of(byte[] material) {
    if (material.length != SIZE) {
      throw new IllegalArgumentException(
          "a ticket key has " + SIZE + " bytes, not " + material.length);
    }
    return new TicketKey(material.clone());
  }

  public static TicketKey random(SecureRandom random) {
    byte[] material = new byte[SIZE];
    random.nextBytes(material);
    return new TicketKey(material);
  }

  public byte[] name() {
    return Arrays.copyOfRange(material, 0, 16);
  }

  /** The name for operators: its first eight bytes in lower-case hex, as in each ticket. */
  public String id() {
    return id;
  }

  public byte[] hmacKey() {
    return Arrays.copyOfRange(material, 16, 32);
  }

  public byte[] aesKey() {
    return Arrays.copyOfRange(material, 32, 48);
  }

  @Override
  public String toString() {
    return "TicketKey[redacted]";
  }
}
