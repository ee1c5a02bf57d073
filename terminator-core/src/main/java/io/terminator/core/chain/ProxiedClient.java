package io.terminator.core.chain;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The content of a received PROXY header: the client and the address that it connected to, null if
 * the sender did not give them (LOCAL, UNKNOWN, a family other than IP), and the TLVs of version 2,
 * unchanged.
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
