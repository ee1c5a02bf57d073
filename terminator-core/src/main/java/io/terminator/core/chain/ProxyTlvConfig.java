package io.terminator.core.chain;

import java.util.List;

/**
 * The TLVs of a PROXY header of version 2 that is sent: {@code own}, in order of importance; those that came with the client
 * where {@code pass}, which replace ones of our own of the same type where {@code prefer}. A TLV that would make the header
 * longer than {@code limit} bytes is left out.
 */
public record ProxyTlvConfig(List<Own> own, boolean pass, boolean prefer, int limit) {
  /** Within 64 KiB, which a header's length field and a worker's scratch memory allow. */
  public static final int NO_LIMIT = 60 * 1024;

  /** What we know of the client. */
  public enum Own {
    UNIQUE_ID,
    AUTHORITY,
    ALPN,
    SSL,
    /** Within SSL. */
    CLIENT_CERTIFICATE,
    /** CRC32C over the header. */
    CHECKSUM
  }

  public static final ProxyTlvConfig DEFAULT =
      new ProxyTlvConfig(List.of(Own.values()), false, false, NO_LIMIT);

  public ProxyTlvConfig {
    own = List.copyOf(own);
  }
}
