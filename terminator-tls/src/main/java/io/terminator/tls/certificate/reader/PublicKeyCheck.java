package io.terminator.tls.certificate.reader;

/**
 * How to verify the public half stated in an EC key file. Computing it from the private half takes
 * longer than all other checks of a certificate. The stated half also reveals files that were
 * truncated or mixed up; damage in exactly that part is detected by BoringSSL on the first
 * handshake.
 */
public enum PublicKeyCheck {
  /** Recompute it: for a change that may replace a good certificate, or while an operator waits. */
  COMPUTED,
  /** Trust the stated value: for loading many certificates before any is served. */
  AS_STATED
}
