package io.terminator.tls.certificate.credential;

/**
 * The name of a certificate in the configuration. Messages show {@code written}, the text of the
 * file: {@code value} may come from a variable of the environment.
 */
public record ConfiguredName(String value, String written) {
  @Override
  public String toString() {
    return written;
  }
}
