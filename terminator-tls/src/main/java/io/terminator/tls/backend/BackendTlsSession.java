package io.terminator.tls.backend;

import io.terminator.core.chain.BackendSession;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.LayerSession.Step;
import io.terminator.core.frame.Scratch;
import io.terminator.core.phase.CloseReason;
import io.terminator.tls.engine.ChainJudge;
import io.terminator.tls.engine.TlsClientContext;
import io.terminator.tls.engine.TlsStream;
import org.jspecify.annotations.Nullable;

/** One server's way from our ClientHello to a stream. */
final class BackendTlsSession implements BackendSession {
  private final ByteStream below;
  private final TlsStream stream;
  private @Nullable String refusal;
  private boolean begun;
  private CloseReason reason = CloseReason.BACKEND_HANDSHAKE_FAILED;
  private String failure = "";

  BackendTlsSession(
      TlsClientContext context, ByteStream below, @Nullable String serverName, ChainJudge judge) {
    this.below = below;
    this.stream =
        context.newStream(
            below,
            serverName,
            chain -> {
              String refused = judge.refusal(chain);
              refusal = refused;
              return refused;
            });
  }

  @Override
  public ByteStream stream() {
    return stream;
  }

  @Override
  public Step advance() {
    try (Scratch received = below.worker().received()) {
      return advance(received);
    }
  }

  private Step advance(Scratch received) {
    int length = 0;
    if (begun) {
      length = below.read(received);
      if (length == ByteStream.WOULD_BLOCK) {
        return Step.WAIT;
      }
      if (length < 0) {
        failure =
            length == ByteStream.RESET
                ? "the server reset the TLS handshake"
                : "the server ended the TLS handshake";
        return Step.FAILED;
      }
    }
    begun = true;
    return switch (stream.handshake(received, length)) {
      case WAIT -> Step.WAIT;
      case DONE -> Step.SECURED;
      case TASK -> throw new IllegalStateException("a client context has no tasks");
      case FAILED -> failed();
    };
  }

  private Step failed() {
    String refused = refusal;
    if (refused != null) {
      reason = CloseReason.BACKEND_UNTRUSTED;
      failure = refused;
    } else {
      failure = words(stream.failure());
    }
    return Step.FAILED;
  }

  private static String words(String why) {
    return switch (why) {
      case "WRONG_VERSION_NUMBER" -> "the server does not speak TLS (" + why + ")";
      case "reset by the client" -> "the server reset the TLS handshake";
      case "SSLV3_ALERT_HANDSHAKE_FAILURE",
          "TLSV1_ALERT_PROTOCOL_VERSION",
          "UNSUPPORTED_PROTOCOL",
          // What Java servers say that have no certificate for us.
          "TLSV1_ALERT_INTERNAL_ERROR" ->
          "no TLS version or algorithm in common with the server; servers whose only key is on P-521 or"
              + " Ed25519 are not supported ("
              + why
              + ")";
      case "TLSV1_ALERT_CERTIFICATE_REQUIRED",
          "TLSV13_ALERT_CERTIFICATE_REQUIRED",
          "SSLV3_ALERT_BAD_CERTIFICATE",
          "TLSV1_ALERT_UNKNOWN_CA" ->
          "the server requires another client certificate, tls.certificate (" + why + ")";
      default -> "the TLS handshake with the server failed (" + why + ")";
    };
  }

  @Override
  public CloseReason reason() {
    return reason;
  }

  @Override
  public String failure() {
    return failure;
  }
}
