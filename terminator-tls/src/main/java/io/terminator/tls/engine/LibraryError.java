package io.terminator.tls.engine;

import io.terminator.core.chain.Side;
import io.terminator.tls.failure.ClientCertificateRefused;
import io.terminator.tls.failure.NotNegotiated;
import io.terminator.tls.failure.OwnFault;
import io.terminator.tls.failure.PeerAlert;
import io.terminator.tls.failure.ProtocolBroken;
import io.terminator.tls.failure.TlsFailure;

/** An error from BoringSSL's queue: its number and its reason string. */
record LibraryError(int number, String reason) {
  /** BoringSSL reports an alert of the peer as its description plus this offset. */
  private static final int ALERT_OFFSET = 1000;

  private static final int REASON_MASK = 0xfff;

  /** The alert description of the peer; negative for any other error. */
  private int alert() {
    int code = (number & REASON_MASK) - ALERT_OFFSET;
    return reason.contains("_ALERT_") && code >= 0 && code < 256 ? code : -1;
  }

  boolean isAlert() {
    return alert() >= 0;
  }

  /** The cause of an end after the handshake with {@code peer}, in one sentence. */
  String afterHandshake(Side peer) {
    int alert = alert();
    return alert >= 0
        ? new PeerAlert(peer, alert).causeAfterHandshake()
        : new ProtocolBroken(peer, reason).causeAfterHandshake();
  }

  /** Translates the error of a handshake with {@code peer}. */
  TlsFailure inHandshake(Side peer) {
    int alert = alert();
    if (alert >= 0) {
      return new PeerAlert(peer, alert);
    }
    return switch (reason) {
      case "UNSUPPORTED_PROTOCOL", "NO_SUPPORTED_VERSIONS_ENABLED", "INAPPROPRIATE_FALLBACK" ->
          new NotNegotiated(peer, NotNegotiated.Kind.UNSUPPORTED_PROTOCOL, reason);
      case "NO_SHARED_CIPHER",
          "NO_CIPHERS_SPECIFIED",
          "UNKNOWN_CERTIFICATE_TYPE",
          "WRONG_CIPHER_RETURNED" ->
          new NotNegotiated(peer, NotNegotiated.Kind.NO_SHARED_CIPHER, reason);
      case "NO_SHARED_GROUP", "WRONG_CURVE", "MISSING_KEY_SHARE" ->
          new NotNegotiated(peer, NotNegotiated.Kind.NO_SHARED_GROUP, reason);
      case "NO_COMMON_SIGNATURE_ALGORITHMS", "WRONG_SIGNATURE_TYPE" ->
          new NotNegotiated(peer, NotNegotiated.Kind.NO_SHARED_SIGNATURE, reason);
      // BoringSSL rejects a peer's key before its certificate is verified.
      case "MODULUS_TOO_LARGE", "UNSUPPORTED_ALGORITHM" ->
          peer == Side.CLIENT ? ClientCertificateRefused.KEY : new ProtocolBroken(peer, reason);
      case "PEER_DID_NOT_RETURN_A_CERTIFICATE" -> ClientCertificateRefused.MISSING;
      case "CERTIFICATE_VERIFY_FAILED" -> ClientCertificateRefused.REFUSED;
      case "CANNOT_PARSE_LEAF_CERT" -> ClientCertificateRefused.UNREADABLE;
      case "KEY_USAGE_BIT_INCORRECT" -> ClientCertificateRefused.KEY_USAGE;
      default ->
          reason.equals("unknown") || reason.startsWith("INTERNAL")
              ? new OwnFault("BoringSSL ended the handshake (" + reason + ")")
              : new ProtocolBroken(peer, reason);
    };
  }
}
