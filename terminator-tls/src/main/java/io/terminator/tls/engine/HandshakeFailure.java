package io.terminator.tls.engine;

import java.util.Locale;

/** Why BoringSSL gave a handshake up, as a closed set: the label is the metric's, the words name the fix. */
public enum HandshakeFailure {
  UNSUPPORTED_PROTOCOL("client and listener have no TLS version in common"),
  NO_SHARED_CIPHER(
      "client and listener have no cipher suite in common that fits the certificate's key"),
  NO_SHARED_GROUP("client and listener have no key exchange group in common"),
  NO_SHARED_SIGNATURE(
      "the client does not accept any signature algorithm of the certificate's key"),
  CERTIFICATE_REFUSED(
      "the client rejected the certificate; it does not trust the issuer, or the name is missing"),
  CLIENT_CERTIFICATE_MISSING("the listener requires a client certificate and the client sent none"),
  CLIENT_CERTIFICATE_REFUSED(
      "the client's certificate is not from an issuer that the listener trusts"),
  CLIENT_CERTIFICATE_EXPIRED(
      "the client's certificate or one of its issuers has expired or is not yet valid"),
  CLIENT_CERTIFICATE_REVOKED("a CRL lists the client's certificate or one of its issuers"),
  CLIENT_CERTIFICATE_NOT_ALLOWED(
      "the client's certificate is valid, but does not match subjects, names or keys"),
  CLIENT_ALERT("the client ended the handshake with an alert"),
  BAD_MESSAGE("the client sent a message that TLS does not allow here"),
  CLIENT_LEFT("the client reset the connection"),
  OTHER("BoringSSL ended the handshake");

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
