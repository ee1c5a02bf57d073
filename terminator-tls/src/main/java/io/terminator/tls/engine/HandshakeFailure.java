package io.terminator.tls.engine;

import java.util.Locale;

/** Why BoringSSL gave a handshake up, as a closed set: the label is the metric's, the words name the fix. */
public enum HandshakeFailure {
  UNSUPPORTED_PROTOCOL("client and listener share no TLS version"),
  NO_SHARED_CIPHER("client and listener share no cipher suite that fits the certificate's key"),
  NO_SHARED_GROUP("client and listener share no key exchange group"),
  NO_SHARED_SIGNATURE("the client accepts no signature that the certificate's key can make"),
  CERTIFICATE_REFUSED(
      "the client does not accept our certificate; it may not trust the issuer or miss the name"),
  CLIENT_CERTIFICATE_MISSING("the listener requires a client certificate and the client sent none"),
  CLIENT_CERTIFICATE_REFUSED(
      "the client's certificate is not from an issuer that the listener trusts"),
  CLIENT_CERTIFICATE_EXPIRED("the client's certificate, or one above it, is not valid now"),
  CLIENT_CERTIFICATE_REVOKED("a revocation list names the client's certificate, or one above it"),
  CLIENT_CERTIFICATE_NOT_ALLOWED(
      "the client's certificate is valid, and none of the subjects, names and keys that are let in"),
  CLIENT_ALERT("the client gave the handshake up with an alert"),
  BAD_MESSAGE("the client sent a message that TLS does not allow here"),
  CLIENT_LEFT("the client reset the connection"),
  OTHER("BoringSSL gave the handshake up");

  private final String label = name().toLowerCase(Locale.ROOT);
  private final String words;

  HandshakeFailure(String words) {
    this.words = words;
  }

  public String label() {
    return label;
  }

  /** The cause in a sentence; {@code reason} is BoringSSL's own word for it. */
  public String words(String reason) {
    return words + " (" + reason + ")";
  }

  /** {@code reason} as {@link TlsStream#failure} gives it. */
  public static HandshakeFailure of(String reason) {
    return switch (reason) {
      case "UNSUPPORTED_PROTOCOL",
          "NO_SUPPORTED_VERSIONS_ENABLED",
          "WRONG_VERSION_NUMBER",
          "INAPPROPRIATE_FALLBACK" ->
          UNSUPPORTED_PROTOCOL;
      case "NO_SHARED_CIPHER",
          "NO_CIPHERS_SPECIFIED",
          "UNKNOWN_CERTIFICATE_TYPE",
          "WRONG_CIPHER_RETURNED" ->
          NO_SHARED_CIPHER;
      case "NO_SHARED_GROUP", "WRONG_CURVE", "MISSING_KEY_SHARE" -> NO_SHARED_GROUP;
      case "NO_COMMON_SIGNATURE_ALGORITHMS", "WRONG_SIGNATURE_TYPE" -> NO_SHARED_SIGNATURE;
      case "SSLV3_ALERT_BAD_CERTIFICATE",
          "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
          "SSLV3_ALERT_CERTIFICATE_EXPIRED",
          "SSLV3_ALERT_CERTIFICATE_REVOKED",
          "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
          "TLSV1_ALERT_UNKNOWN_CA" ->
          CERTIFICATE_REFUSED;
      case "PEER_DID_NOT_RETURN_A_CERTIFICATE" -> CLIENT_CERTIFICATE_MISSING;
      case "CERTIFICATE_VERIFY_FAILED", "CLIENT_CERTIFICATE_REFUSED" -> CLIENT_CERTIFICATE_REFUSED;
      case "reset by the client" -> CLIENT_LEFT;
      case "CLIENT_CERTIFICATE_EXPIRED" -> CLIENT_CERTIFICATE_EXPIRED;
      case "CLIENT_CERTIFICATE_REVOKED" -> CLIENT_CERTIFICATE_REVOKED;
      case "CLIENT_CERTIFICATE_NOT_ALLOWED" -> CLIENT_CERTIFICATE_NOT_ALLOWED;
      default -> byPattern(reason);
    };
  }

  private static HandshakeFailure byPattern(String reason) {
    if (reason.contains("_ALERT_")) {
      return CLIENT_ALERT;
    }
    boolean ours = reason.equals("unknown") || reason.startsWith("INTERNAL");
    return ours ? OTHER : BAD_MESSAGE;
  }
}
