package io.terminator.tls.signing;

/** The number of threads for RSA signatures; with 0, each worker signs by itself. */
public record SigningConfig(int threads) {
  public static final SigningConfig DEFAULT = new SigningConfig(0);
}
