package io.terminator.tls.engine;

/** A certificate chain, leaf first, and its private key, both as PEM. Never printed. */
public record KeyPair(byte[] chainPem, byte[] keyPem) {
  @Override
  public String toString() {
    return "KeyPair[chain " + chainPem.length + " bytes, key redacted]";
  }
}
