package io.terminator.core.chain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of the handshake as plain text, for routing, headers, logs and metrics. {@code
 * version}, {@code cipher} and {@code group} come from closed sets; {@code sni}, {@code alpn} and
 * {@code offeredAlpn} are supplied by the client. {@code client} is the identity in a verified
 * certificate, null without one. {@code policyReport} is what a policy in report mode would do with
 * the client, from a closed set; null without one. {@code signature} is the registered name of the
 * algorithm that signed the handshake, null if none did. {@code isUnknownName}: no certificate
 * covers {@code sni}. {@code basis} is null without a completed handshake.
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
    @Nullable ClientIdentity client,
    @Nullable String policyReport,
    boolean isUnknownName,
    @Nullable String signature,
    @Nullable Basis basis) {

  /** Without a client certificate and without a policy in report mode. */
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

  /** Without a policy in report mode. */
  public Protection(
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
    this(
        version,
        cipher,
        group,
        resumed,
        sni,
        alpn,
        offeredAlpn,
        ja4,
        certificate,
        client,
        null,
        false,
        null,
        null);
  }

  /** A connection without TLS. */
  public static final Protection NONE =
      new Protection("none", "none", "none", false, null, null, List.of(), null, null);

  /** A copy without the protocols that were offered but not selected, which only routing needs. */
  public Protection withoutOffers() {
    return offeredAlpn.isEmpty()
        ? this
        : new Protection(
            version,
            cipher,
            group,
            resumed,
            sni,
            alpn,
            List.of(),
            ja4,
            certificate,
            client,
            policyReport,
            isUnknownName,
            signature,
            basis);
  }
}
