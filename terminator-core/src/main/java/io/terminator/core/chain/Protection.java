package io.terminator.core.chain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the handshake agreed on, in plain text, for routing, headers, logs and metrics. {@code version}, {@code cipher} and
 * {@code group} come from closed sets; {@code sni}, {@code alpn} and {@code offeredAlpn} are the client's words. {@code client} is who a
 * verified certificate says it is, null without one.
 */
public record Protection(
    String version,
    String cipher,
    String group,
    boolean resumed,
    @Nullable String sni,
    @Nullable String alpn,
    List<String> offeredAlpn,
    @Nullable String ja4,
    @Nullable String certificate,
    @Nullable ClientIdentity client) {

  /** Without a client certificate. */
  public Protection(
      String version,
      String cipher,
      String group,
      boolean resumed,
      @Nullable String sni,
      @Nullable String alpn,
      List<String> offeredAlpn,
      @Nullable String ja4,
      @Nullable String certificate) {
    this(version, cipher, group, resumed, sni, alpn, offeredAlpn, ja4, certificate, null);
  }

  /** A connection without TLS. */
  public static final Protection NONE =
      new Protection("none", "none", "none", false, null, null, List.of(), null, null);

  /** The same without what was offered and not agreed on, which only routing asks for. */
  public Protection withoutOffers() {
    return offeredAlpn.isEmpty()
        ? this
        : new Protection(
            version, cipher, group, resumed, sni, alpn, List.of(), ja4, certificate, client);
  }
}
