package io.terminator.tls.engine;

/** Asks clients for a certificate and judges it. Any worker; {@link #judge} is called within a handshake and never waits. */
public interface ClientCheck {

  /** Whether a client without a certificate is refused. */
  boolean isRequired();

  /** The issuers that clients are told of, as PEM; empty where they are told of none, which stands for any. */
  byte[] authoritiesPem();

  /** {@code chain} in DER as the client sent it, its own first. */
  ClientVerdict judge(byte[][] chain);
}
