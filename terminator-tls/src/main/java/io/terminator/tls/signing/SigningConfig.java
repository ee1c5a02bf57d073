package io.terminator.tls.signing;

/** {@code threads} sign with RSA keys beside the workers; with 0 each worker signs for itself. */
public record SigningConfig(int threads) {
  public static final SigningConfig DEFAULT = new SigningConfig(0);
}
