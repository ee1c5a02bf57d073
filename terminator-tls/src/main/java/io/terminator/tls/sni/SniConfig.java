package io.terminator.tls.sni;

import io.terminator.tls.certificate.credential.ConfiguredName;
import org.jspecify.annotations.Nullable;

/**
 * The answers to a ClientHello without a name, and to one with a name that no certificate covers.
 * {@code defaultCertificate} names the default certificate; null lets the source choose.
 */
public record SniConfig(
    Answer missing, Answer unknown, @Nullable ConfiguredName defaultCertificate) {
  public static final SniConfig DEFAULT = new SniConfig(Answer.DEFAULT, Answer.DEFAULT, null);

  /** The listener's default certificate, or a fatal {@code unrecognized_name} alert. */
  public enum Answer {
    DEFAULT,
    REJECT
  }
}
