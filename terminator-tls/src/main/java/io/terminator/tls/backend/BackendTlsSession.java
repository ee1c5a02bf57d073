package io.terminator.tls.backend;

import io.terminator.core.chain.BackendSession;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.LayerSession.Step;
import io.terminator.core.chain.Side;
import io.terminator.core.frame.Scratch;
import io.terminator.core.phase.CloseReason;
import io.terminator.tls.engine.ChainJudge;
import io.terminator.tls.engine.TlsClientContext;
import io.terminator.tls.engine.TlsStream;
import io.terminator.tls.failure.PeerAlert;
import io.terminator.tls.failure.PeerLeft;
import io.terminator.tls.failure.ServerRefused;
import io.terminator.tls.failure.TlsFailure;
import org.jspecify.annotations.Nullable;

/** The TLS session with one server, from the ClientHello to an open stream. */
final class BackendTlsSession implements BackendSession {
  private final ByteStream below;
  private final TlsStream stream;
  private @Nullable String refusal;
  private boolean begun;

  /** The server's chain has arrived: what was to be negotiated is negotiated. */
  private boolean judged;

  private boolean clientsChoice;
  private final boolean nameFromClient;
  private CloseReason reason = CloseReason.BACKEND_HANDSHAKE_FAILED;
  private String failure = "";

  /**
   * {@code anyName} judges a chain without the name; it is null unless the client chose the name.
   */
  BackendTlsSession(
      TlsClientContext context,
      ByteStream below,
      @Nullable String serverName,
      ChainJudge judge,
      @Nullable ChainJudge anyName) {
    this.below = below;
    this.nameFromClient = anyName != null;
    this.stream =
        context.newStream(
            below,
            serverName,
            chain -> {
              judged = true;
              String refused = judge.refusal(chain);
              refusal = refused;
              clientsChoice = refused != null && anyName != null && anyName.refusal(chain) == null;
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
        return failed(
            new PeerLeft(Side.BACKEND, PeerLeft.Stage.HANDSHAKE, length == ByteStream.RESET));
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
    if (refused == null) {
      TlsFailure why = stream.handshakeFailure();
      clientsChoice = nameFromClient && why instanceof PeerAlert name && name.isAboutTheName();
      if (judged && why instanceof PeerAlert alert) {
        // A TLS 1.2 server names nothing but handshake_failure if it misses a client certificate.
        failure = alert.causeAfterHandshake();
        return Step.FAILED;
      }
      return failed(why);
    }
    reason = CloseReason.BACKEND_UNTRUSTED;
    return failed(new ServerRefused(refused));
  }

  private Step failed(TlsFailure why) {
    failure = why.cause();
    return Step.FAILED;
  }

  @Override
  public CloseReason reason() {
    return reason;
  }

  @Override
  public String failure() {
    return failure;
  }

  @Override
  public boolean isClientsChoice() {
    return clientsChoice;
  }
}
