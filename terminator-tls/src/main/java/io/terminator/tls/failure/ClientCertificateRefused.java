package io.terminator.tls.failure;

import io.terminator.core.phase.Blame;
import java.util.Locale;

/** A client is refused because of its certificate, or because it has none. */
public enum ClientCertificateRefused implements TlsFailure {
  MISSING(
      "the listener requires a client certificate and the client sent none; many clients send none"
          + " if theirs was not issued by a CA in client-certificates.ca, or if its key is neither an"
          + " RSA key nor an ECDSA key on P-256 or P-384",
      "give the client a certificate, or make client certificates optional"),
  /** No path leads to a trusted issuer of the listener. */
  REFUSED(
      "the client's certificate is not from an issuer that the listener trusts",
      "issue the client's certificate from a CA that the listener trusts, or add its CA"),
  EXPIRED(
      "the client's certificate or one of its issuers has expired or is not yet valid",
      "renew the client's certificate, and compare the clocks"),
  REVOKED(
      "a CRL lists the client's certificate or one of its issuers",
      "issue another certificate; if this one should be accepted, publish a new CRL"),
  NOT_ALLOWED(
      "the client's certificate is valid, but does not match subjects, names or keys",
      "add the client to subjects, names or keys of the listener's client-certificates"),
  CHAIN_TOO_LONG(
      "the client sent more than 10 certificates; its own and the intermediates are enough",
      "let the client send its certificate and the issuers between, and nothing else"),
  PATHS(
      "the client's certificates allow more paths to a trusted CA than are tried; send one path",
      "let the client send its certificate and the issuers between, and nothing else"),
  UNREADABLE("the client's certificate cannot be parsed", "issue a new certificate for the client"),
  CONSTRAINT(
      "an issuer of the client's certificate is not allowed to issue it: by name constraints, path"
          + " length, basic constraints or policies",
      "let an authority issue it whose own certificate allows the name and the path's length"),
  KEY(
      "the client's certificate or one of its issuers has a key or a signature that is not accepted;"
          + " RSA keys may have 1024 to 8192 bits, ECDSA keys are on P-256 or P-384",
      "issue the client's certificate for an RSA key of 2048 to 8192 bits or an ECDSA key on"
          + " P-256 or P-384"),
  EXTENSION(
      "the client's certificate or one of its issuers has an unknown critical extension",
      "issue the client's certificate without the critical extension, or not critical"),
  KEY_USAGE(
      "the client's certificate has a key usage without digitalSignature, so its key may not sign"
          + " handshakes",
      "issue the client's certificate with digitalSignature in its key usage"),
  PURPOSE(
      "the client's certificate or one of its issuers has an extended key usage without clientAuth",
      "issue the client's certificate with clientAuth in its extended key usage");

  private final String label = "client_certificate_" + name().toLowerCase(Locale.ROOT);
  private final String cause;
  private final String fix;

  ClientCertificateRefused(String cause, String fix) {
    this.cause = cause;
    this.fix = fix;
  }

  @Override
  public String label() {
    return label;
  }

  @Override
  public Blame blame() {
    return Blame.CLIENT;
  }

  @Override
  public String cause() {
    return cause;
  }

  @Override
  public String fix() {
    return fix;
  }
}
