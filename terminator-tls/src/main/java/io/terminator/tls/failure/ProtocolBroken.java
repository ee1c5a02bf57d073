package io.terminator.tls.failure;

import io.terminator.core.chain.Side;
import io.terminator.core.phase.Blame;

/** BoringSSL rejected a message of the peer; {@code reason} is its reason string. */
public record ProtocolBroken(Side peer, String reason) implements TlsFailure {
  private boolean isTooLong() {
    return reason.equals("EXCESSIVE_MESSAGE_SIZE");
  }

  @Override
  public String label() {
    return isTooLong() ? "message_too_long" : "bad_message";
  }

  @Override
  public Blame blame() {
    return peer == Side.CLIENT ? Blame.CLIENT : Blame.BACKEND;
  }

  @Override
  public String cause() {
    String library = " (" + reason + ")";
    if (peer == Side.CLIENT) {
      return isTooLong()
          ? "the client sent a handshake message that is too long; its certificate chain may have 100 KiB"
              + library
          : "the client sent a message that TLS does not allow here" + library;
    }
    return switch (reason) {
      case "WRONG_VERSION_NUMBER" -> "the server does not speak TLS" + library;
      case "UNSUPPORTED_PROTOCOL" ->
          "no TLS version or algorithm in common with the server" + library;
      default -> "the TLS handshake with the server failed" + library;
    };
  }

  /** The cause in one sentence if the handshake was complete. */
  public String causeAfterHandshake() {
    String who = peer == Side.CLIENT ? "the client" : "the server";
    return who + " sent a record that is damaged or not allowed (" + reason + ")";
  }

  @Override
  public String fix() {
    if (peer == Side.BACKEND) {
      return "check that the server speaks TLS on this port";
    }
    return isTooLong()
        ? "let the client send its certificate and the issuers between, and nothing else"
        : "find out what the client is; it does not follow the TLS standard";
  }
}
