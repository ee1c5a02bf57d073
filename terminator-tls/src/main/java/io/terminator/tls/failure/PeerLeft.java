package io.terminator.tls.failure;

import io.terminator.core.chain.Side;
import io.terminator.core.phase.Blame;

/**
 * The peer closed or reset the connection during the handshake. {@code stage} names the message
 * that was still missing.
 */
public record PeerLeft(Side peer, Stage stage, boolean reset) implements TlsFailure {

  /** The progress of the handshake. */
  public enum Stage {
    /** No byte: a health check or a port scan. */
    NOTHING,
    PART_OF_HELLO,
    HANDSHAKE
  }

  @Override
  public String label() {
    return stage == Stage.NOTHING ? "" : "client_left";
  }

  @Override
  public Blame blame() {
    return peer == Side.CLIENT ? Blame.CLIENT : Blame.BACKEND;
  }

  @Override
  public String cause() {
    if (peer == Side.BACKEND) {
      return reset
          ? "the server reset the TLS handshake"
          : "the server closed during the TLS handshake";
    }
    if (stage != Stage.HANDSHAKE) {
      return "the client closed before its ClientHello was complete";
    }
    return reset ? "the client reset the handshake" : "the client closed during the handshake";
  }

  @Override
  public String fix() {
    return peer == Side.CLIENT
        ? "none, if it is a probe; many at once suggest clients that do not trust the certificate"
        : "look at the server's log";
  }
}
