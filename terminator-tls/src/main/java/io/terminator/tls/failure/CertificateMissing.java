package io.terminator.tls.failure;

import io.terminator.core.phase.Blame;

/** The listener has no certificate to present, or none that BoringSSL accepts. */
public record CertificateMissing(String cause) implements TlsFailure {
  /** The listener has no certificate. */
  public static final CertificateMissing NONE =
      new CertificateMissing("the listener has no certificate");

  @Override
  public String label() {
    return "certificate_unusable";
  }

  @Override
  public Blame blame() {
    return Blame.OPERATOR;
  }

  @Override
  public String fix() {
    return this.equals(NONE)
        ? "add a certificate to the listener's certificates"
        : "replace the certificate; the log has what is wrong with it";
  }
}
