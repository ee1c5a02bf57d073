package io.terminator.core.chain;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a PROXY header that we received says: who connected to whom, null where its sender did not say (LOCAL, UNKNOWN, a
 * family other than IP), and what it added in version 2, as it came.
 */
public record Conveyed(
    @Nullable InetSocketAddress source,
    @Nullable InetSocketAddress destination,
    List<Addition> additions) {
  /** The sender speaks for itself, or knows nothing. */
  public static final Conveyed NOTHING = new Conveyed(null, null, List.of());

  public Conveyed {
    additions = List.copyOf(additions);
  }

  /** A type, length, value of version 2; {@code value} is nobody's to change. */
  public record Addition(int type, byte[] value) {}
}
