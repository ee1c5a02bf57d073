package io.terminator.core.handshake;

import io.terminator.core.accept.Accepted;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.LayerSession;
import io.terminator.core.chain.Opening;
import io.terminator.core.chain.Protection;
import io.terminator.core.chain.ProtocolLayer;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Held;
import io.terminator.core.flow.Next;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;
import io.terminator.core.phase.Phase;
import io.terminator.core.setting.TimeSpan;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.throttle.ReadGate;
import org.jspecify.annotations.Nullable;

/**
 * Runs a listener's protocol layer for each client, under deadlines that received bytes do not
 * extend. Immutable, any worker.
 */
public final class Handshake {
  private final ProtocolLayer layer;
  private final HandshakeConfig config;

  public Handshake(ProtocolLayer layer, HandshakeConfig config) {
    this.layer = layer;
    this.config = config;
  }

  public void secure(Accepted accepted, Next<Secured> next) {
    accepted.connection().enter(Phase.HANDSHAKE);
    new Attempt(accepted, next).begin();
  }

  private final class Attempt implements StreamEvents, Held {
    private final Accepted accepted;
    private final Connection connection;
    private final Next<Secured> next;
    private final LayerSession session;
    private final ReadGate gate;
    private boolean over;
    private boolean queued;

    Attempt(Accepted accepted, Next<Secured> next) {
      this.accepted = accepted;
      this.connection = accepted.connection();
      this.next = next;
      this.gate = connection.clientSocket().gate();
      this.session = layer.begin(connection.clientSocket(), this::wake);
      connection.hold(this);
    }

    void begin() {
      connection.clientSocket().attach(this);
      connection.arm(config.clientHello(), this::onHelloDeadline);
      stepInTurn(false);
    }

    /** From any thread: the task that the session waited for is done. */
    private void wake() {
      connection.worker().execute(() -> connection.attempt(() -> stepInTurn(true)));
    }

    /** A step may cost a signature; established connections must not wait for many of them. */
    private void stepInTurn(boolean mayBeReading) {
      if (queued) {
        return;
      }
      if (connection.worker().runQueue().take()) {
        step();
        return;
      }
      queued = true;
      // Otherwise the loop would report the readable socket in every turn until then.
      if (mayBeReading) {
        gate.hold(PauseReason.HANDSHAKE);
      }
      connection.worker().runQueue().await(() -> connection.attempt(this::onTurn));
    }

    private void onTurn() {
      queued = false;
      if (!gate.isHeld(PauseReason.FRAME_BUDGET)) {
        step();
      }
    }

    private void step() {
      if (over || connection.isClosed()) {
        return;
      }
      if (!connection.worker().frames().hasRoomForRead()) {
        gate.hold(PauseReason.FRAME_BUDGET);
        connection.worker().frames().awaitRoom(() -> connection.attempt(this::onFrameRoom));
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
          // The next phase starts reading when it has a destination. In this order reading is not
          // enabled in between.
          gate.hold(PauseReason.SETUP);
          gate.release(PauseReason.HANDSHAKE);
          Protection agreed = session.protection();
          ByteStream client = session.stream();
          connection.secured(client, agreed);
          next.onValue(new Secured(accepted, client, agreed));
        }
        case FAILED -> {
          connection.describe(session.protection());
          String label = session.failureLabel();
          fail(
              new Failed(
                  session.reason(),
                  session.failure(),
                  session.blame(),
                  label.isEmpty() ? session.reason().label() : label));
        }
      }
    }

    private void onFrameRoom() {
      if (!over && !connection.isClosed()) {
        gate.release(PauseReason.FRAME_BUDGET);
        step();
      }
    }

    private void onHelloDeadline() {
      if (!session.isHelloComplete()) {
        fail(
            new Failed(
                CloseReason.CLIENT_HELLO_TIMEOUT,
                "no complete ClientHello within " + TimeSpan.spell(config.clientHello())));
        return;
      }
      connection.arm(config.handshake().minus(config.clientHello()), this::onDeadline);
    }

    private void onDeadline() {
      fail(
          new Failed(
              CloseReason.HANDSHAKE_TIMEOUT,
              "not finished within " + TimeSpan.spell(config.handshake())));
    }

    private void fail(Failed why) {
      if (!over) {
        over = true;
        next.onFailed(connection, why);
      }
    }

    @Override
    public @Nullable Opening opening() {
      return session.opening();
    }

    @Override
    public String fix() {
      return session.fix();
    }

    @Override
    public void release() {
      over = true;
      session.release();
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
      fail(new Failed(CloseReason.HANDSHAKE_ABORTED, "reset by the client"));
    }

    @Override
    public void onFault(Throwable fault) {
      over = true;
      connection.fault(fault);
    }
  }
}
