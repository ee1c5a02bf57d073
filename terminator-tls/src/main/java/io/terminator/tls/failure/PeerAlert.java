package io.terminator.tls.failure;

import io.terminator.core.chain.Side;
import io.terminator.core.phase.Blame;

/**
 * The peer ended the handshake with an alert; {@code code} is its description (RFC 8446 section 6).
 */
public record PeerAlert(Side peer, int code) implements TlsFailure {
  @Override
  public String label() {
    return isAboutOurCertificate() ? "certificate_refused" : "client_alert";
  }

  @Override
  public Blame blame() {
    return peer == Side.CLIENT ? Blame.CLIENT : Blame.BACKEND;
  }

  /** The peer has nothing for the server name that it was asked for. */
  public boolean isAboutTheName() {
    return code == 112;
  }

  /** bad_certificate to certificate_unknown, and unknown_ca. */
  private boolean isAboutOurCertificate() {
    return (code >= 42 && code <= 46) || code == 48;
  }

  @Override
  public String cause() {
    String alert = " (alert " + name(code) + ")";
    if (peer == Side.CLIENT) {
      return isAboutOurCertificate()
          ? "the client rejected the certificate; it does not trust the issuer, or the name is missing"
              + alert
          : "the client ended the handshake with an alert" + alert;
    }
    return switch (code) {
      // Java servers without a suitable certificate send 80.
      case 40, 70, 71, 80 ->
          "no TLS version or algorithm in common with the server; servers whose only key is on P-521 or"
              + " Ed25519 are not supported"
              + alert;
      case 42, 43, 44, 45, 46, 48, 49, 116 ->
          "the server requires a client certificate that it accepts; set backends.<name>.tls.certificate"
              + alert;
      default -> "the server ended the TLS handshake" + alert;
    };
  }

  /**
   * The cause in one sentence if the handshake was complete on this side. A TLS 1.3 server judges
   * the certificate of its client, or that there is none, only then.
   */
  public String causeAfterHandshake() {
    String alert = " (alert " + name(code) + ")";
    if (peer == Side.CLIENT) {
      return "the client ended the TLS connection with an alert" + alert;
    }
    return switch (code) {
      case 40, 42, 43, 44, 45, 46, 48, 49, 116 ->
          "the server requires a client certificate that it accepts; set backends.<name>.tls.certificate"
              + alert;
      default -> "the server ended the TLS connection with an alert" + alert;
    };
  }

  @Override
  public String fix() {
    return peer == Side.CLIENT
        ? "check that the client trusts the issuer, that the chain is complete, and that the"
            + " certificate covers the name"
        : "compare the backend's tls settings with those of its servers";
  }

  private static String name(int code) {
    return switch (code) {
      case 0 -> "close_notify";
      case 10 -> "unexpected_message";
      case 20 -> "bad_record_mac";
      case 22 -> "record_overflow";
      case 40 -> "handshake_failure";
      case 42 -> "bad_certificate";
      case 43 -> "unsupported_certificate";
      case 44 -> "certificate_revoked";
      case 45 -> "certificate_expired";
      case 46 -> "certificate_unknown";
      case 47 -> "illegal_parameter";
      case 48 -> "unknown_ca";
      case 49 -> "access_denied";
      case 50 -> "decode_error";
      case 51 -> "decrypt_error";
      case 70 -> "protocol_version";
      case 71 -> "insufficient_security";
      case 80 -> "internal_error";
      case 86 -> "inappropriate_fallback";
      case 90 -> "user_canceled";
      case 109 -> "missing_extension";
      case 110 -> "unsupported_extension";
      case 112 -> "unrecognized_name";
      case 113 -> "bad_certificate_status_response";
      case 115 -> "unknown_psk_identity";
      case 116 -> "certificate_required";
      case 120 -> "no_application_protocol";
      default -> Integer.toString(code);
    };
  }
}
