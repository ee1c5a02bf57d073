package io.terminator.core.flow;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.Opening;
import io.terminator.core.chain.Protection;
import io.terminator.core.chain.ProxiedClient;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.observe.ListenerCounters;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;
import io.terminator.core.phase.Phase;
import io.terminator.core.worker.Deadline;
import io.terminator.core.worker.TrafficCounters;
import io.terminator.core.worker.Worker;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection from accept to close: identity, client side, clock, deadline, legs, and
 * an end that happens once. State that only one phase needs is in that phase's value. Worker thread
 * only.
 */
public final class Connection extends Deadline {
  private static final Phase[] PHASES = Phase.values();

  /** Called when the deadline expires, by the phase that armed it. */
  public interface Alarm {
    /** Nothing is armed. */
    Alarm NONE = () -> {};

    void onDeadline();
  }

  /** The end of every connection, in any phase. */
  public interface Ending {
    void end(Connection connection, Failed why);
  }

  private final long id;
  private final ListenerCounters counters;
  private final Worker worker;
  private final TcpStream clientSocket;
  private final SocketAddress peerAddress;
  private final TrafficCounters unrouted;
  private final Ending ending;
  private final long acceptedMillis = System.currentTimeMillis();
  private final long[] phaseNanos = new long[PHASES.length];

  private Phase phase = Phase.ACCEPT;
  private long phaseStart = System.nanoTime();
  private Alarm alarm = Alarm.NONE;
  private ByteStream client;
  private TrafficCounters traffic;
  private Held held = Held.NOTHING;
  private Slot admissionSlot = Slot.NONE;
  private ProxiedClient proxiedClient = ProxiedClient.NOTHING;
  private Protection protection = Protection.NONE;
  private @Nullable Leg firstLeg;
  private ServedBy servedBy = ServedBy.NOTHING;
  private long endedBytesIn;
  private long endedBytesOut;
  private long activeTick;
  private boolean leaving;
  private boolean retiring;
  private boolean closed;

  @Nullable Connection previousLive;
  @Nullable Connection nextLive;

  public Connection(long id, ListenerCounters counters, TcpStream clientSocket, Ending ending) {
    this.id = id;
    this.counters = counters;
    this.worker = clientSocket.worker();
    this.clientSocket = clientSocket;
    this.client = clientSocket;
    this.peerAddress = clientSocket.peerAddress();
    this.ending = ending;
    this.activeTick = worker.deadlines().currentTick();
    this.unrouted = worker.traffic(counters.listener());
    this.traffic = unrouted;
    clientSocket.countIn(traffic);
  }

  /**
   * Ends the connection from outside its phases. Only the first reason is kept; later ones are
   * consequences of it.
   */
  public void end(CloseReason reason, String detail) {
    if (!closed) {
      ending.end(this, new Failed(reason, detail));
    }
  }

  /**
   * Ends the connection for a drain, or lets its protocol do it. False if that was done before: the
   * end follows.
   */
  public boolean drain(CloseReason reason) {
    if (closed || leaving) {
      return false;
    }
    leaving = held.drain();
    if (!leaving) {
      end(reason, "");
    }
    return true;
  }

  /** Leaves the current phase for {@code next} and cancels the phase's deadline. */
  public void enter(Phase next) {
    long now = System.nanoTime();
    long spent = now - phaseStart;
    phaseNanos[phase.ordinal()] = spent;
    traffic.phaseTime(phase).record(spent);
    phaseStart = now;
    phase = next;
    disarm();
  }

  /** One alarm at a time: a new one replaces it, and entering the next phase cancels it. */
  public void arm(Duration in, Alarm at) {
    alarm = at;
    worker.deadlines().arm(this, in);
  }

  public void armTicks(long ticks, Alarm at) {
    alarm = at;
    worker.deadlines().armTicks(this, ticks);
  }

  public void disarm() {
    worker.deadlines().cancel(this);
    alarm = Alarm.NONE;
  }

  @Override
  protected void onDue() {
    Alarm due = alarm;
    alarm = Alarm.NONE;
    attempt(due::onDeadline);
  }

  /**
   * Runs a step of this connection outside the events of its socket. An exception ends only this
   * connection.
   */
  public void attempt(Runnable step) {
    try {
      step.run();
    } catch (Throwable fault) {
      fault(fault);
    }
  }

  /**
   * Handles an exception that no phase expects: this connection is closed, the worker continues.
   */
  public void fault(Throwable fault) {
    try {
      worker.faults().report(id, phase, fault);
    } finally {
      end(CloseReason.INTERNAL, fault.toString());
    }
  }

  /**
   * Runs a step of the end. An exception is reported and does not prevent the other steps. {@code
   * stream}, if any, is reset if {@code step} could not end it.
   */
  public void guarded(Runnable step, @Nullable ByteStream stream) {
    try {
      step.run();
    } catch (Throwable fault) {
      worker.faults().report(id, Phase.CLOSE, fault);
      if (stream != null) {
        stream.abort();
      }
    }
  }

  /** The end of the connection releases {@code until} unless the current phase ends before. */
  public void hold(Held until) {
    held = until;
  }

  /**
   * The handshake is complete. {@code stream} is the client's outermost stream, which the end of
   * the connection releases.
   */
  public void secured(ByteStream stream, Protection agreed) {
    held = Held.NOTHING;
    client = stream;
    protection = agreed;
    // A passthrough connection has no handshake with Terminator: counting it would distort the
    // number of handshakes.
    if (!agreed.version().equals(Protection.NONE.version())) {
      counters.handshake(
          agreed.version(), agreed.group(), agreed.resumed(), System.nanoTime() - phaseStart);
    }
  }

  /** What is known about the client after a failed handshake. */
  public void describe(Protection offered) {
    protection = offered;
  }

  /**
   * Called after routing: the offers are up to 8 KiB of untrusted data, which would otherwise be
   * kept for the whole connection.
   */
  public void forgetOffers() {
    protection = protection.withoutOffers();
  }

  /**
   * {@code taken} is the slot that the connection occupies in the listener's limits until it ends.
   */
  public void admitted(Slot taken) {
    admissionSlot = taken;
  }

  /** A trusted proxy's header was read: its source address, if any, is now the client's. */
  public void toProxied(ProxiedClient said) {
    proxiedClient = said;
    clientSocket.speakFor(said.source(), said.destination());
  }

  void add(Leg leg) {
    Leg first = firstLeg;
    leg.next = first;
    if (first != null) {
      first.previous = leg;
    }
    firstLeg = leg;
    servedBy = leg;
  }

  void remove(Leg leg) {
    Leg before = leg.previous;
    Leg after = leg.next;
    if (before == null) {
      firstLeg = after;
    } else {
      before.next = after;
    }
    if (after != null) {
      after.previous = before;
    }
    leg.previous = null;
    leg.next = null;
    endedBytesIn += leg.bytesIn();
    endedBytesOut += leg.bytesOut();
    if (servedBy == leg) {
      // An idle connection must not keep the exchange of its last request.
      servedBy = leg.past();
    }
  }

  /** The route selected {@code backend}: from now on the connection is counted under its name. */
  public void toBackend(String backend) {
    traffic = unrouted.to(backend);
    clientSocket.countIn(traffic);
  }

  /** Records activity: restarts the idle timeouts. */
  public void touch() {
    activeTick = worker.deadlines().currentTick();
  }

  /**
   * Ends every leg, then the client side with {@code end}, then releases all resources. Called only
   * by the closer, once.
   */
  public void toClosed(boolean clean, Runnable end) {
    enter(Phase.CLOSE);
    closed = true;
    // Each step runs even if the one before failed: a skipped step leaks its resources until the
    // process ends.
    for (Leg leg = firstLeg; leg != null; leg = firstLeg) {
      leg.end(clean);
    }
    if (clean && held != Held.NOTHING) {
      guarded(held::conclude, null);
    }
    guarded(end, clientSocket);
    if (held != Held.NOTHING) {
      guarded(held::release, null);
    }
    if (client != clientSocket) {
      guarded(client::release, null);
    }
  }

  /** Ends the client side in order if all bytes were sent, else with a reset. */
  public void finishClient() {
    client.finishOrAbort();
  }

  /** The connection ends after its current exchange, if its conversation has exchanges. */
  public void retire() {
    retiring = true;
  }

  public boolean isRetiring() {
    return retiring;
  }

  public boolean isClosed() {
    return closed;
  }

  /**
   * True if no byte moved for {@code ticks} and the last byte belonged to a response: a drain may
   * close the connection now.
   */
  public boolean isBetweenExchanges(long ticks) {
    // The handshake has a deadline of its own: a slow handshake does not count as idle time.
    if (phase != Phase.RELAY || quietTicks() < ticks || client.pendingOutput() > 0) {
      return false;
    }
    for (Leg leg = firstLeg; leg != null; leg = leg.next) {
      if (leg.isAwaitingAnswer() || leg.pendingOutput() > 0) {
        return false;
      }
    }
    return true;
  }

  /** Bytes in frames, towards the client and every backend. */
  public long pendingOutput() {
    long pending = client.pendingOutput() + held.bytes();
    for (Leg leg = firstLeg; leg != null; leg = leg.next) {
      pending += leg.pendingOutput();
    }
    return pending;
  }

  /** Time since the last {@link #touch}. */
  public long quietTicks() {
    return worker.deadlines().currentTick() - activeTick;
  }

  public long id() {
    return id;
  }

  public String listener() {
    return counters.listener();
  }

  public ListenerCounters counters() {
    return counters;
  }

  /** The counters of this connection's listener and backend. */
  public TrafficCounters traffic() {
    return traffic;
  }

  public Worker worker() {
    return worker;
  }

  public Phase phase() {
    return phase;
  }

  /** Nanoseconds spent in {@code of}; for the current phase, the time until it was entered. */
  public long nanosIn(Phase of) {
    return phaseNanos[of.ordinal()];
  }

  /** Nanoseconds since the current phase was entered. */
  public long nanosInPhase() {
    return System.nanoTime() - phaseStart;
  }

  public long acceptedMillis() {
    return acceptedMillis;
  }

  public TcpStream clientSocket() {
    return clientSocket;
  }

  /** The client's outermost stream: its socket until the handshake is complete. */
  public ByteStream client() {
    return client;
  }

  /** The client's address, including one given by a trusted proxy. */
  public SocketAddress clientAddress() {
    return clientSocket.peerAddress();
  }

  /** The remote address of the socket: the client, or a proxy in front of it. */
  public SocketAddress peerAddress() {
    return peerAddress;
  }

  /**
   * The address that the client connected to: the local address, or the one in a trusted proxy's
   * header.
   */
  public SocketAddress destination() {
    return clientSocket.localAddress();
  }

  /** As {@link #destination} if a phase has needed it, else null; also after the end. */
  public @Nullable SocketAddress knownDestination() {
    return clientSocket.knownLocalAddress();
  }

  /** Whether the connection came through a trusted proxy, with a header. */
  public boolean isProxied() {
    return clientSocket.isProxied();
  }

  /** The content of the PROXY header; empty if none was expected. */
  public ProxiedClient proxiedClient() {
    return proxiedClient;
  }

  public Slot admissionSlot() {
    return admissionSlot;
  }

  /** The client's opening message, while the phase that read it is in progress or if it failed. */
  public @Nullable Opening opening() {
    return held.opening();
  }

  /** Advice for the operator if the current phase failed; empty if there is none. */
  public String fix() {
    return held.fix();
  }

  public Protection protection() {
    return protection;
  }

  /** Passes each live leg to {@code step}, which may end it. */
  public void forEachLeg(Consumer<Leg> step) {
    for (Leg leg = firstLeg; leg != null; ) {
      Leg current = leg;
      leg = leg.next;
      step.accept(current);
    }
  }

  /** The leg that started last, live or ended; {@link ServedBy#NOTHING} before the first. */
  public ServedBy servedBy() {
    return servedBy;
  }

  /** The sum over all legs. */
  public long bytesIn() {
    long bytes = endedBytesIn;
    for (Leg leg = firstLeg; leg != null; leg = leg.next) {
      bytes += leg.bytesIn();
    }
    return bytes;
  }

  /** The sum over all legs. */
  public long bytesOut() {
    long bytes = endedBytesOut;
    for (Leg leg = firstLeg; leg != null; leg = leg.next) {
      bytes += leg.bytesOut();
    }
    return bytes;
  }
}
