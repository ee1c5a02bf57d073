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
  CLIENT_CERTIFICATE_MISSING(
      "the listener requires a client certificate and the client sent none; many clients send none"
          + " if theirs was not issued by a CA in client-certificates.ca, or if its key is neither an"
          + " RSA key nor an ECDSA key on P-256 or P-384"),
  CLIENT_CERTIFICATE_REFUSED(
      "the client's certificate is not from an issuer that the listener trusts"),
  CLIENT_CERTIFICATE_EXPIRED(
      "the client's certificate or one of its issuers has expired or is not yet valid"),
  CLIENT_CERTIFICATE_REVOKED("a CRL lists the client's certificate or one of its issuers"),
  CLIENT_CERTIFICATE_NOT_ALLOWED(
      "the client's certificate is valid, but does not match subjects, names or keys"),
  CLIENT_CERTIFICATE_CHAIN_TOO_LONG(
      "the client sent more than 10 certificates; its own and the intermediates are enough"),
  CLIENT_CERTIFICATE_PATHS(
      "the client's certificates allow more paths to a trusted CA than are tried; send one path"),
  CLIENT_CERTIFICATE_UNREADABLE("the client's certificate cannot be parsed"),
  CLIENT_CERTIFICATE_CONSTRAINT(
      "an issuer of the client's certificate is not allowed to issue it: by name constraints, path"
          + " length, basic constraints or policies"),
  CLIENT_CERTIFICATE_KEY(
      "the client's certificate or one of its issuers has a key or a signature that is not accepted;"
          + " RSA keys may have 1024 to 8192 bits, ECDSA keys are on P-256 or P-384"),
  CLIENT_CERTIFICATE_EXTENSION(
      "the client's certificate or one of its issuers has an unknown critical extension"),
  CLIENT_CERTIFICATE_KEY_USAGE(
      "the client's certificate has a key usage without digitalSignature, so its key may not sign"
          + " handshakes"),
  CLIENT_CERTIFICATE_PURPOSE(
      "the client's certificate or one of its issuers has an extended key usage without clientAuth"),
  MESSAGE_TOO_LONG(
      "the client sent a handshake message that is too long; its certificate chain may have 100 KiB"),
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
      case "CLIENT_CERTIFICATE_CHAIN_TOO_LONG" -> CLIENT_CERTIFICATE_CHAIN_TOO_LONG;
      case "CLIENT_CERTIFICATE_PATHS" -> CLIENT_CERTIFICATE_PATHS;
      case "CLIENT_CERTIFICATE_UNREADABLE", "CANNOT_PARSE_LEAF_CERT" ->
          CLIENT_CERTIFICATE_UNREADABLE;
      case "CLIENT_CERTIFICATE_CONSTRAINT" -> CLIENT_CERTIFICATE_CONSTRAINT;
      // The last two are BoringSSL's for a client's key, seen before its certificate is judged.
      case "CLIENT_CERTIFICATE_KEY", "MODULUS_TOO_LARGE", "UNSUPPORTED_ALGORITHM" ->
          CLIENT_CERTIFICATE_KEY;
      case "CLIENT_CERTIFICATE_EXTENSION" -> CLIENT_CERTIFICATE_EXTENSION;
      case "CLIENT_CERTIFICATE_KEY_USAGE", "KEY_USAGE_BIT_INCORRECT" ->
          CLIENT_CERTIFICATE_KEY_USAGE;
      case "CLIENT_CERTIFICATE_PURPOSE" -> CLIENT_CERTIFICATE_PURPOSE;
      case "EXCESSIVE_MESSAGE_SIZE" -> MESSAGE_TOO_LONG;
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
