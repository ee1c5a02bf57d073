package io.terminator.core.chain;

import java.util.List;

/**
 * The TLVs of an outgoing PROXY header of version 2. {@code own} lists Terminator's TLVs in order
 * of importance; a repetition has no effect. {@code pass} forwards the TLVs that arrived with the
 * client, and {@code prefer} gives them precedence over Terminator's TLVs of the same type. A TLV
 * that would make the header longer than {@code limit} bytes is left out, the last of the list
 * first.
 */
public record ProxyTlvConfig(List<Own> own, boolean pass, boolean prefer, int limit) {
  /** At most 64 KiB, because of the header's length field and the worker's scratch memory. */
  public static final int NO_LIMIT = 60 * 1024;

  /** A TLV that describes the client. */
  public enum Own {
    UNIQUE_ID,
    AUTHORITY,
    ALPN,
    SSL,
    /** Part of the SSL TLV. */
    CLIENT_CERTIFICATE,
    /** CRC32C over the header. */
    CHECKSUM,
    /** The key exchange group, part of the SSL TLV. */
    GROUP,
    /** The algorithm that signed the handshake, part of the SSL TLV. */
    SIGNATURE
  }

  /** Without the TLVs that few receivers read. */
  public static final ProxyTlvConfig DEFAULT =
      new ProxyTlvConfig(
          List.of(
              Own.UNIQUE_ID,
              Own.AUTHORITY,
              Own.ALPN,
              Own.SSL,
              Own.CLIENT_CERTIFICATE,
              Own.CHECKSUM),
          false,
          false,
          NO_LIMIT);

  public ProxyTlvConfig {
    own = own.stream().distinct().toList();
  }
}
