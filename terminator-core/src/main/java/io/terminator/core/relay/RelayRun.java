package io.terminator.core.relay;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.connect.Connected;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Leg;
import io.terminator.core.flow.Next;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;
import io.terminator.core.setting.TimeSpan;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.DeadlineWheel;
import io.terminator.core.worker.Worker;
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
 * Worker thread only.
 */
final class RelayRun implements RelayDirection.Pair {
  private final RelayConfig config;
  private final Connected connected;
  private final Connection connection;
  private final Leg leg;
  private final Next<Relayed> next;
  private final RelayDirection in;
  private final RelayDirection out;
  private final long idleTicks;
  private final long halfCloseTicks;
  private final long endOfLifeTick;
  private @Nullable RelayDirection endedFirst;
  private long bytesOutAtClientEnd;
  private boolean over;

  RelayRun(RelayConfig config, Connected connected, Next<Relayed> next) {
    this.config = config;
    this.connected = connected;
    this.connection = connected.connection();
    this.leg = connected.leg();
    this.next = next;
    Worker worker = connection.worker();
    ByteStream client = connected.client();
    ByteStream backend = connected.backend();
    in = new RelayDirection(true, client, backend, leg, config, this);
    out = new RelayDirection(false, backend, client, leg, config, this);
    RelayConfig.Deadlines deadlines = config.deadlines();
    idleTicks = DeadlineWheel.ticksOf(deadlines.idle());
    halfCloseTicks = DeadlineWheel.ticksOf(deadlines.halfClose());
    endOfLifeTick =
        deadlines.lifetime().isZero()
            ? Long.MAX_VALUE
            : worker.deadlines().currentTick() + lifetimeTicks(deadlines);
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
    connected.client().attach(new SideEvents(in, out));
    connected.backend().attach(new SideEvents(out, in));
    connection.touch();
    armDeadline();
    read(connected.backend());
    read(connected.client());
    // Bytes that arrived with the client's last handshake message: no readiness event announces
    // them.
    if (connected.client().hasBufferedInput()) {
      in.pull();
    }
    if (!over && connected.backend().hasBufferedInput()) {
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
      case ByteStream.PROTOCOL_ERROR ->
          finish(
              client ? CloseReason.CLIENT_PROTOCOL : CloseReason.BACKEND_PROTOCOL,
              direction.source().failure());
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
              connected,
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
      next.onValue(new Relayed(connected, CloseReason.CLIENT_CLOSED, detail, truncated));
    }
  }

  private void end(RelayDirection direction) {
    if (endedFirst == null) {
      endedFirst = direction;
    }
    if (direction == in) {
      bytesOutAtClientEnd = leg.bytesOut();
    }
    direction.finish((direction == in ? out : in).isOver());
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
    Relayed relayed = new Relayed(connected, reason, "");
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
        next.onValue(new Relayed(connected, reason, detail));
      } else {
        next.onFailed(connection, new Failed(reason, detail));
      }
    }
  }

  private void armDeadline() {
    long limit = endedFirst == null && !in.isDiscarding() ? idleTicks : halfCloseTicks;
    long left = Math.min(limit - connection.quietTicks(), ticksToLive());
    connection.armTicks(left, this::onDeadline);
  }

  private long ticksToLive() {
    return endOfLifeTick - connection.worker().deadlines().currentTick();
  }

  private void onDeadline() {
    boolean halfClosed = endedFirst != null || in.isDiscarding();
    if (ticksToLive() <= 0) {
      finish(CloseReason.LIFETIME, "open for " + TimeSpan.spell(config.deadlines().lifetime()));
    } else if (in.isHeldBack() || out.isHeldBack()) {
      connection.touch();
      armDeadline();
    } else if (halfClosed && connection.quietTicks() >= halfCloseTicks) {
      finish(
          CloseReason.HALF_CLOSE_TIMEOUT,
          "half-closed without progress for " + TimeSpan.spell(config.deadlines().halfClose()));
    } else if (!halfClosed && connection.quietTicks() >= idleTicks) {
      finish(CloseReason.IDLE, "no byte for " + TimeSpan.spell(config.deadlines().idle()));
    } else {
      armDeadline();
    }
  }

  /** The socket of one side: the source of one direction and the sink of the other. */
  private final class SideEvents implements StreamEvents {
    private final RelayDirection reads;
    private final RelayDirection writes;

    SideEvents(RelayDirection reads, RelayDirection writes) {
      this.reads = reads;
      this.writes = writes;
    }

    @Override
    public void onReadable() {
      reads.pull();
    }

    @Override
    public void onWritable() {
      if (writes.sink().isBroken()) {
        onSinkBroken(writes);
      } else if (!checkOver()) {
        writes.onRoom();
      }
    }

    @Override
    public void onHangUp() {
      onSinkBroken(writes);
    }

    @Override
    public void onFault(Throwable fault) {
      connection.fault(fault);
    }
  }
}
