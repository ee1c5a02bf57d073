package io.terminator.core.handshake;

import io.terminator.core.accept.Accepted;
import io.terminator.core.chain.LayerSession;
import io.terminator.core.chain.Protection;
import io.terminator.core.chain.ProtocolLayer;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.flow.Progress;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.throttle.ReadGate;
import java.util.function.Consumer;

/** Runs a listener's protocol layer on each client, under deadlines that no byte restarts. Immutable, any worker. */
public final class Handshake {
  private final ProtocolLayer layer;
  private final HandshakeConfig config;

  public Handshake(ProtocolLayer layer, HandshakeConfig config) {
    this.layer = layer;
    this.config = config;
  }

  public void secure(Accepted accepted, Consumer<Secured> next) {
    accepted.progress().enter(Phase.HANDSHAKE);
    new Attempt(accepted, next).begin();
  }

  private final class Attempt implements StreamEvents {
    private final Accepted accepted;
    private final Progress progress;
    private final Consumer<Secured> next;
    private final LayerSession session;
    private final ReadGate gate;
    private boolean over;
    private boolean queued;

    Attempt(Accepted accepted, Consumer<Secured> next) {
      this.accepted = accepted;
      this.progress = accepted.progress();
      this.next = next;
      this.gate = progress.clientSocket().gate();
      this.session = layer.begin(progress.clientSocket(), this::wake);
      progress.begin(session);
    }

    void begin() {
      progress.clientSocket().attach(this);
      progress.arm(config.clientHello(), this::onHelloDeadline);
      stepInTurn(false);
    }

    /** From any thread: what the session waited for elsewhere is there. */
    private void wake() {
      progress.worker().execute(() -> progress.attempt(() -> stepInTurn(true)));
    }

    /** A step costs up to a signature; bytes of connections that are through must not wait for many of them. */
    private void stepInTurn(boolean mayBeReading) {
      if (queued) {
        return;
      }
      if (progress.worker().runQueue().take()) {
        step();
        return;
      }
      queued = true;
      // Or the loop would hear of its readable socket in every turn until then.
      if (mayBeReading) {
        gate.hold(PauseReason.HANDSHAKE);
      }
      progress.worker().runQueue().await(() -> progress.attempt(this::onTurn));
    }

    private void onTurn() {
      queued = false;
      if (!gate.isHeld(PauseReason.FRAME_BUDGET)) {
        step();
      }
    }

    private void step() {
      if (over || progress.isClosed()) {
        return;
      }
      if (!progress.worker().frames().hasRoomForRead()) {
        gate.hold(PauseReason.FRAME_BUDGET);
        progress.worker().frames().awaitRoom(() -> progress.attempt(this::onFrameRoom));
        return;
      }
      switch (session.advance()) {
        case WAIT -> {
          gate.release(PauseReason.HANDSHAKE);
          gate.start();
        }
        case AWAY -> gate.hold(PauseReason.HANDSHAKE);
        case SECURED -> {
          over = true;
          // What follows begins to read when it has where to put it; in this order the tap is not
          // opened in between.
          gate.hold(PauseReason.SETUP);
          gate.release(PauseReason.HANDSHAKE);
          Protection agreed = session.protection();
          progress.secured(session.stream(), agreed);
          next.accept(new Secured(accepted, agreed));
        }
        case FAILED -> {
          over = true;
          progress.describe(session.protection());
          progress.end(session.reason(), session.failure());
        }
      }
    }

    private void onFrameRoom() {
      if (!over && !progress.isClosed()) {
        gate.release(PauseReason.FRAME_BUDGET);
        step();
      }
    }

    private void onHelloDeadline() {
      if (!session.isHelloComplete()) {
        over = true;
        progress.end(
            CloseReason.CLIENT_HELLO_TIMEOUT,
            "no whole ClientHello within " + config.clientHello());
        return;
      }
      progress.arm(config.handshake().minus(config.clientHello()), this::onDeadline);
    }

    private void onDeadline() {
      over = true;
      progress.end(CloseReason.HANDSHAKE_TIMEOUT, "not finished within " + config.handshake());
    }

    @Override
    public void onReadable() {
      stepInTurn(true);
    }

    @Override
    public void onWritable() {
      step();
    }

    @Override
    public void onHangUp() {
      over = true;
      progress.end(CloseReason.HANDSHAKE_ABORTED, "reset by the client");
    }

    @Override
    public void onFault(Throwable fault) {
      over = true;
      progress.fault(fault);
    }
  }
}
