package io.terminator.core.chain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The identity in a client's verified certificate. {@code subject} is a distinguished name in the
 * format of RFC 2253, {@code names} are the subject alternative names, {@code fingerprint} is the
 * SHA-256 hash of {@code der} in lower-case hex. {@code der} must not be modified. {@code issuer}
 * is a distinguished name too, of the authority that issued the certificate.
 */
public record ClientIdentity(
    String subject,
    @Nullable String commonName,
    List<String> names,
    String fingerprint,
    byte[] der,
    String issuer) {
  public ClientIdentity {
    names = List.copyOf(names);
  }

  /** Of an unknown issuer. */
  public ClientIdentity(
      String subject,
      @Nullable String commonName,
      List<String> names,
      String fingerprint,
      byte[] der) {
    this(subject, commonName, names, fingerprint, der, "");
  }
}
