package io.terminator.core.relay;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.connect.BackendConnection;
import io.terminator.core.connect.Connected;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Leg;
import io.terminator.core.flow.Next;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;
import io.terminator.core.setting.TimeSpan;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.DeadlineWheel;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One connection's two directions and how their ends make the end of the pair.
 *
 * <pre>
 *   source says          this direction          the pair
 *   END                  sink.finishOutput       over when both are, or when half-closed without progress
 *   RESET                -                       over at once; the other side is reset too
 *   TRUNCATED            -                       over at once and reset, or as END where configured; counted as
 *                                                closed where the exchange was complete
 *   PROTOCOL_ERROR       -                       over at once; the other side is reset
 *   sink is gone         what is read is dropped the other direction may still bring what the sink sent before
 * </pre>
 *
 * Worker thread only. Every idle connection has one of these, so it keeps nothing that can be had
 * from what it keeps anyway.
 */
final class RelayRun implements RelayDirection.Pair, Connection.Alarm {
  private final RelayConfig config;
  private final Connection connection;
  private final Leg leg;
  private final Next<Relayed> next;
  private final RelayDirection in;
  private final RelayDirection out;
  private final long endOfLifeTick;
  private @Nullable RelayDirection endedFirst;
  private long bytesOutAtClientEnd;
  private boolean over;

  RelayRun(RelayConfig config, Connected connected, Next<Relayed> next) {
    this.config = config;
    this.connection = connected.connection();
    this.leg = connected.leg();
    this.next = next;
    ByteStream client = connected.client();
    ByteStream backend = connected.backend();
    in = new RelayDirection(true, client, backend, leg, config, this);
    out = new RelayDirection(false, backend, client, leg, config, this);
    RelayConfig.Deadlines deadlines = config.deadlines();
    endOfLifeTick =
        deadlines.lifetime().isZero()
            ? Long.MAX_VALUE
            : connection.worker().deadlines().currentTick() + lifetimeTicks(deadlines);
  }

  /**
   * Connections established at the same time, for example after a deployment, would otherwise
   * reconnect simultaneously forever.
   */
  private static long lifetimeTicks(RelayConfig.Deadlines deadlines) {
    long most = DeadlineWheel.ticksOf(deadlines.lifetime());
    long shorter = most * deadlines.lifetimeJitterPercent() / 100;
    return most - (shorter > 0 ? ThreadLocalRandom.current().nextLong(shorter + 1) : 0);
  }

  void begin() {
    ByteStream client = in.source();
    ByteStream backend = out.source();
    client.attach(in);
    backend.attach(out);
    connection.touch();
    armDeadline();
    read(backend);
    read(client);
    // Bytes that arrived with the client's last handshake message: no readiness event announces
    // them.
    if (client.hasBufferedInput()) {
      in.pull();
    }
    if (!over && backend.hasBufferedInput()) {
      out.pull();
    }
  }

  private static void read(ByteStream side) {
    side.gate().release(PauseReason.SETUP);
    side.gate().start();
  }

  @Override
  public void onSourceEnd(RelayDirection direction, int how) {
    boolean client = direction.isFromClient();
    switch (how) {
      case ByteStream.END -> end(direction);
      case ByteStream.TRUNCATED -> {
        if (config.truncation() == RelayConfig.Truncation.END) {
          end(direction);
        } else if (client && out.isOver() && !leg.isAwaitingAnswer()) {
          // The backend had finished and the client merely omitted close_notify, as many clients do
          // when they close. Not if the last byte came from the client: an upload may have been
          // cut.
          direction.toEnded();
          finish(CloseReason.BACKEND_CLOSED, "the client closed without close_notify");
        } else {
          truncate(client);
        }
      }
      case ByteStream.PROTOCOL_ERROR -> {
        String failure = direction.source().failure();
        if (!client
            && direction.source().isHandshakeRefused()
            && leg.stage() instanceof BackendConnection refused) {
          refused.target().refused(connection.worker());
          finish(CloseReason.BACKEND_HANDSHAKE_FAILED, refused.server() + ": " + failure);
        } else {
          finish(client ? CloseReason.CLIENT_PROTOCOL : CloseReason.BACKEND_PROTOCOL, failure);
        }
      }
      default -> {
        if (client) {
          clientReset();
        } else {
          finish(CloseReason.BACKEND_RESET, "");
        }
      }
    }
  }

  /**
   * A client that closes after the backend's end without reading the close_notify sends a RST,
   * because its kernel holds unread data. This is how wget and Python's sockets usually end, so the
   * reason is "closed"; the backend is reset.
   */
  private void clientReset() {
    if (over) {
      return;
    }
    if (out.isOver() && !leg.isAwaitingAnswer()) {
      over = true;
      next.onValue(
          new Relayed(
              CloseReason.BACKEND_CLOSED,
              "the client sent RST after the backend's end",
              CloseReason.CLIENT_RESET));
    } else {
      finish(CloseReason.CLIENT_RESET, "");
    }
  }

  /**
   * An omitted close_notify cannot be distinguished from an attacker's truncation, so the other
   * side is always reset. The reason is "closed" if nothing that was sent can lack an answer.
   */
  private void truncate(boolean client) {
    CloseReason truncated = client ? CloseReason.CLIENT_TRUNCATED : CloseReason.BACKEND_TRUNCATED;
    boolean complete =
        !leg.isAwaitingAnswer()
            && in.sink().pendingOutput() == 0
            && out.sink().pendingOutput() == 0
            && (client || (in.isOver() && leg.bytesOut() == bytesOutAtClientEnd));
    if (!complete) {
      finish(truncated, "FIN without close_notify");
    } else if (!over) {
      over = true;
      String detail =
          client
              ? leg.bytesIn() == 0
                  ? "the client closed without close_notify and sent nothing"
                  : "the client closed without close_notify after an answer"
              : "the backend closed without close_notify after the client had closed";
      next.onValue(new Relayed(CloseReason.CLIENT_CLOSED, detail, truncated));
    }
  }

  private void end(RelayDirection direction) {
    if (endedFirst == null) {
      endedFirst = direction;
    }
    if (direction == in) {
      bytesOutAtClientEnd = leg.bytesOut();
    }
    direction.finish(opposite(direction).isOver());
    ByteStream sink = direction.sink();
    if (sink.isBroken() && sink.isPeerGoneInOrder()) {
      // The client has read everything and closed; it merely did not wait for the end.
      direction.toDiscarding();
    } else if (sink.isBroken()) {
      onSinkBroken(direction);
    }
    if (!checkOver()) {
      armDeadline();
    }
  }

  @Override
  public void onSinkBroken(RelayDirection direction) {
    if (over || direction.isDiscarding()) {
      return;
    }
    if (!direction.isFromClient()) {
      clientReset();
      return;
    }
    // The backend accepts no more bytes, but its earlier output (such as an early 413) is still on
    // its way to the client, and a reset would destroy it. Continue until the backend's own end is
    // read.
    direction.toDiscarding();
    if (!checkOver()) {
      armDeadline();
    }
  }

  /** True, with the connection passed on, when both directions have ended. */
  private boolean checkOver() {
    if (over || !in.isOver() || !out.isOver()) {
      return over;
    }
    over = true;
    CloseReason reason = endedFirst == in ? CloseReason.CLIENT_CLOSED : CloseReason.BACKEND_CLOSED;
    Relayed relayed = new Relayed(reason, "");
    // Neither side waits for it: both have received everything.
    connection
        .worker()
        .runQueue()
        .afterwards(() -> connection.attempt(() -> next.onValue(relayed)));
    return true;
  }

  private void finish(CloseReason reason, String detail) {
    if (!over) {
      over = true;
      if (reason.isClean()) {
        next.onValue(new Relayed(reason, detail));
      } else {
        next.onFailed(connection, new Failed(reason, detail));
      }
    }
  }

  private void armDeadline() {
    long left = Math.min(quietLimit() - connection.quietTicks(), ticksToLive());
    connection.armTicks(left, this);
  }

  private boolean isHalfClosed() {
    return endedFirst != null || in.isDiscarding();
  }

  /** Ticks without progress after which the pair ends. */
  private long quietLimit() {
    RelayConfig.Deadlines deadlines = config.deadlines();
    return DeadlineWheel.ticksOf(isHalfClosed() ? deadlines.halfClose() : deadlines.idle());
  }

  private long ticksToLive() {
    return endOfLifeTick - connection.worker().deadlines().currentTick();
  }

  @Override
  public void onDeadline() {
    if (ticksToLive() <= 0) {
      finish(CloseReason.LIFETIME, "open for " + TimeSpan.spell(config.deadlines().lifetime()));
    } else if (in.isHeldBack() || out.isHeldBack()) {
      connection.touch();
      armDeadline();
    } else if (connection.quietTicks() < quietLimit()) {
      armDeadline();
    } else if (isHalfClosed()) {
      finish(
          CloseReason.HALF_CLOSE_TIMEOUT,
          "half-closed without progress for " + TimeSpan.spell(config.deadlines().halfClose()));
    } else {
      finish(CloseReason.IDLE, "no byte for " + TimeSpan.spell(config.deadlines().idle()));
    }
  }

  @Override
  public void onSourceWritable(RelayDirection direction) {
    RelayDirection writes = opposite(direction);
    if (writes.sink().isBroken()) {
      onSinkBroken(writes);
    } else if (!checkOver()) {
      writes.onRoom();
    }
  }

  @Override
  public void onSourceHangUp(RelayDirection direction) {
    onSinkBroken(opposite(direction));
  }

  private RelayDirection opposite(RelayDirection direction) {
    return direction == in ? out : in;
  }
}
