package io.terminator.core.chain;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a received PROXY header says: the client and the address it connected to, null where the sender did not say (LOCAL,
 * UNKNOWN, a family other than IP), and the TLVs of version 2, unchanged.
 */
public record ProxiedClient(
    @Nullable InetSocketAddress source, @Nullable InetSocketAddress destination, List<Tlv> tlvs) {
  /** The header names no client: LOCAL or UNKNOWN. */
  public static final ProxiedClient NOTHING = new ProxiedClient(null, null, List.of());

  public ProxiedClient {
    tlvs = List.copyOf(tlvs);
  }

  /** A type-length-value field of version 2; {@code value} must not be modified. */
  public record Tlv(int type, byte[] value) {}
}
