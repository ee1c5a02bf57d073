package io.terminator.tls.challenge;

import io.netty.util.NetUtil;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.managed.SelfSigned;
import io.terminator.tls.certificate.source.ManagedCertificate;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * The self-signed certificate that answers a TLS-ALPN-01 challenge (RFC 8737 section 3). {@code
 * serverName} is what the authority sends as server name: the name, or the reverse mapping of an
 * address (RFC 8738 section 6). PEM; the arrays must not be modified.
 */
public record ChallengeCertificate(String serverName, byte[] chainPem, byte[] keyPem) {
  /** The only protocol that such a handshake offers. */
  public static final String PROTOCOL = "acme-tls/1";

  private static final Duration LIFETIME = Duration.ofDays(7);
  private static final int IPV4 = 4;

  /**
   * The certificate that answers a challenge for {@code name}, a DNS name or an IP address, with
   * this key authorization (RFC 8555 section 8.1).
   */
  public static ChallengeCertificate of(String name, String keyAuthorization, Instant now) {
    SelfSigned made =
        SelfSigned.make(
            "acme.invalid",
            List.of(name),
            now,
            LIFETIME,
            Credential.sha256(keyAuthorization.getBytes(StandardCharsets.US_ASCII)));
    return new ChallengeCertificate(serverName(name), made.chainPem(), made.keyPem());
  }

  private static String serverName(String name) {
    byte[] address =
        ManagedCertificate.isAddress(name)
            ? NetUtil.createByteArrayFromIpAddressString(name)
            : null;
    if (address == null) {
      return name.toLowerCase(Locale.ROOT);
    }
    StringBuilder reversed = new StringBuilder();
    for (int i = address.length - 1; i >= 0; i--) {
      if (address.length == IPV4) {
        reversed.append(address[i] & 0xff).append('.');
      } else {
        reversed.append(Integer.toHexString(address[i] & 0xf)).append('.');
        reversed.append(Integer.toHexString(address[i] >> 4 & 0xf)).append('.');
      }
    }
    return reversed.append(address.length == IPV4 ? "in-addr.arpa" : "ip6.arpa").toString();
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "ChallengeCertificate[" + serverName + ", key redacted]";
  }
}
