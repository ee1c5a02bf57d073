package io.terminator.tls.clienthello;

import org.jspecify.annotations.Nullable;

/** The registered names of signature algorithms (RFC 8446 section 4.2.3). */
public final class SignatureSchemes {
  private SignatureSchemes() {}

  /** The name of {@code scheme}; null if a server does not sign with it. */
  public static @Nullable String name(int scheme) {
    return switch (scheme) {
      case 0x0403 -> "ecdsa_secp256r1_sha256";
      case 0x0503 -> "ecdsa_secp384r1_sha384";
      case 0x0603 -> "ecdsa_secp521r1_sha512";
      case 0x0203 -> "ecdsa_sha1";
      case 0x0804 -> "rsa_pss_rsae_sha256";
      case 0x0805 -> "rsa_pss_rsae_sha384";
      case 0x0806 -> "rsa_pss_rsae_sha512";
      case 0x0401 -> "rsa_pkcs1_sha256";
      case 0x0501 -> "rsa_pkcs1_sha384";
      case 0x0601 -> "rsa_pkcs1_sha512";
      case 0x0201 -> "rsa_pkcs1_sha1";
      default -> null;
    };
  }
}
