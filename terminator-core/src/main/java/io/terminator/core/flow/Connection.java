package io.terminator.core.flow;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.Opening;
import io.terminator.core.chain.Protection;
import io.terminator.core.chain.ProxiedClient;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.observe.ListenerTally;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;
import io.terminator.core.phase.Phase;
import io.terminator.core.worker.Deadline;
import io.terminator.core.worker.Worker;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection from accept to close: identity, client side, clock, deadline, its legs, and an end that happens once.
 * What only one phase knows stands in that phase's value. Worker thread only.
 */
public final class Connection extends Deadline {
  private static final Phase[] PHASES = Phase.values();

  /** Called at a deadline by the phase that set it. */
  public interface Alarm {
    void onDeadline();
  }

  /** Where every connection ends, whatever phase it was in. */
  public interface Ending {
    void end(Connection connection, Failed why);
  }

  /** What the phase under way holds beside the streams, and releases when the connection ends before the phase does. */
  public interface Held {
    Held NOTHING = () -> {};

    void release();

    /** What the client opened with, for whoever asks why the phase failed; null where nothing is known of it. */
    default @Nullable Opening opening() {
      return null;
    }

    /** What to change where the phase failed, for the operator; empty where nothing is known. */
    default String fix() {
      return "";
    }
  }

  private final long id;
  private final ListenerTally tally;
  private final Worker worker;
  private final TcpStream clientSocket;
  private final SocketAddress peerAddress;
  private final Ending ending;
  private final long acceptedMillis = System.currentTimeMillis();
  private final long[] phaseNanos = new long[PHASES.length];

  private Phase phase = Phase.ACCEPT;
  private long phaseStart = System.nanoTime();
  private @Nullable Alarm alarm;
  private ByteStream client;
  private Held held = Held.NOTHING;
  private Slot admissionSlot = Slot.NONE;
  private ProxiedClient proxiedClient = ProxiedClient.NOTHING;
  private Protection protection = Protection.NONE;
  private @Nullable Leg firstLeg;
  private @Nullable Leg latestLeg;
  private long endedBytesIn;
  private long endedBytesOut;
  private long activeTick;
  private boolean proxied;
  private boolean closed;

  @Nullable Connection previousLive;
  @Nullable Connection nextLive;

  public Connection(long id, ListenerTally tally, TcpStream clientSocket, Ending ending) {
    this.id = id;
    this.tally = tally;
    this.worker = clientSocket.worker();
    this.clientSocket = clientSocket;
    this.client = clientSocket;
    this.peerAddress = clientSocket.peerAddress();
    this.ending = ending;
    this.activeTick = worker.deadlines().currentTick();
  }

  /** Ends the connection from outside of its phases. The first reason counts; what comes later is an echo of it. */
  public void end(CloseReason reason, String detail) {
    if (!closed) {
      ending.end(this, new Failed(reason, detail));
    }
  }

  /** Leaves the current phase for {@code next}, with its deadline gone. */
  public void enter(Phase next) {
    long now = System.nanoTime();
    long spent = now - phaseStart;
    phaseNanos[phase.ordinal()] = spent;
    worker.phaseTime(phase).record(spent);
    phaseStart = now;
    phase = next;
    disarm();
  }

  /** One alarm at a time: a new one replaces it, entering the next phase cancels it. */
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
    alarm = null;
  }

  @Override
  protected void onDue() {
    Alarm due = alarm;
    alarm = null;
    if (due != null) {
      attempt(due::onDeadline);
    }
  }

  /** Runs a step of this connection that no event of its socket brought; whatever it throws ends this connection alone. */
  public void attempt(Runnable step) {
    try {
      step.run();
    } catch (Throwable fault) {
      fault(fault);
    }
  }

  /** An exception that no phase expected: this connection is closed, the worker continues. */
  public void fault(Throwable fault) {
    try {
      worker.faults().report(id, phase, fault);
    } finally {
      end(CloseReason.INTERNAL, fault.toString());
    }
  }

  /**
   * Runs a step of the end: what it throws is reported, and must not keep the other steps from running. {@code stream}, if any,
   * is reset where {@code step} could not end it.
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

  /** {@code until} the phase under way is over, the end of the connection releases it. */
  public void hold(Held until) {
    held = until;
  }

  /** The handshake is over: {@code stream} is the client's outermost one, which the end of the connection releases. */
  public void secured(ByteStream stream, Protection agreed) {
    held = Held.NOTHING;
    client = stream;
    protection = agreed;
    // Passed through, there is no handshake of ours: counting it would hide how many there are.
    if (!agreed.version().equals(Protection.NONE.version())) {
      tally.handshake(
          agreed.version(), agreed.group(), agreed.resumed(), System.nanoTime() - phaseStart);
    }
  }

  /** What a handshake that failed had learned of the client. */
  public void describe(Protection offered) {
    protection = offered;
  }

  /** Once it is routed: offers are up to 8 KiB of a hostile client's words, which would be kept for as long as it stays. */
  public void forgetOffers() {
    protection = protection.withoutOffers();
  }

  /** {@code taken} is what it occupies of the listener's limits until it is gone. */
  public void admitted(Slot taken) {
    admissionSlot = taken;
  }

  /** A trusted proxy's header was read: its source, if it has one, is the client from now on. */
  public void toProxied(ProxiedClient said) {
    proxied = true;
    proxiedClient = said;
    InetSocketAddress source = said.source();
    if (source != null) {
      clientSocket.speakFor(source, said.destination());
    }
  }

  void add(Leg leg) {
    Leg first = firstLeg;
    leg.next = first;
    if (first != null) {
      first.previous = leg;
    }
    firstLeg = leg;
    latestLeg = leg;
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
  }

  /** Something happened: the idle deadlines count from now. */
  public void touch() {
    activeTick = worker.deadlines().currentTick();
  }

  /** Ends every leg, then the client side by {@code end}, then releases what is held. Called by the closer alone, once. */
  public void toClosed(boolean clean, Runnable end) {
    enter(Phase.CLOSE);
    closed = true;
    // Each step whatever became of the one before: what is left out here is lost until the process
    // ends.
    for (Leg leg = firstLeg; leg != null; leg = firstLeg) {
      leg.end(clean);
    }
    guarded(end, clientSocket);
    if (held != Held.NOTHING) {
      guarded(held::release, null);
    }
    if (client != clientSocket) {
      guarded(client::release, null);
    }
  }

  /** Ends the client side in order where everything left, else with a reset. */
  public void finishClient() {
    Leg.finish(client);
  }

  public boolean isClosed() {
    return closed;
  }

  /** True when nothing moved for {@code ticks} and the last that moved was an answer: a drain may close here. */
  public boolean isBetweenExchanges(long ticks) {
    // Before the relay it has a deadline of its own: a slow client's handshake is no idle time.
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
    long pending = client.pendingOutput();
    for (Leg leg = firstLeg; leg != null; leg = leg.next) {
      pending += leg.pendingOutput();
    }
    return pending;
  }

  /** Since the last {@link #touch}. */
  public long quietTicks() {
    return worker.deadlines().currentTick() - activeTick;
  }

  public long id() {
    return id;
  }

  public String listener() {
    return tally.listener();
  }

  public ListenerTally tally() {
    return tally;
  }

  public Worker worker() {
    return worker;
  }

  public Phase phase() {
    return phase;
  }

  /** Nanoseconds spent in {@code of}, the current phase up to when it was entered. */
  public long nanosIn(Phase of) {
    return phaseNanos[of.ordinal()];
  }

  public long acceptedMillis() {
    return acceptedMillis;
  }

  public TcpStream clientSocket() {
    return clientSocket;
  }

  /** The client's outermost stream so far: its socket until it is secured. */
  public ByteStream client() {
    return client;
  }

  /** Who connected, also where a proxy in between had to say so. */
  public SocketAddress clientAddress() {
    return clientSocket.peerAddress();
  }

  /** The other end of the socket: the client, or a proxy that spoke for it. */
  public SocketAddress peerAddress() {
    return peerAddress;
  }

  /** What the client connected to: our address, or the one that a trusted proxy's header names. */
  public SocketAddress destination() {
    return clientSocket.localAddress();
  }

  /** Whether it came through a trusted proxy, with a header. */
  public boolean isProxied() {
    return proxied;
  }

  /** What the PROXY header says; nothing where none was awaited. */
  public ProxiedClient proxiedClient() {
    return proxiedClient;
  }

  public Slot admissionSlot() {
    return admissionSlot;
  }

  /** What the client opened with, while the phase that read it is under way or where it failed. */
  public @Nullable Opening opening() {
    return held.opening();
  }

  /** What to change where the phase under way failed, for the operator; empty where nothing is known. */
  public String fix() {
    return held.fix();
  }

  public Protection protection() {
    return protection;
  }

  /** The first of the live legs, which {@link Leg#next} continues. */
  public @Nullable Leg firstLeg() {
    return firstLeg;
  }

  /** The leg that began last, live or ended; null before the first. */
  public @Nullable Leg latestLeg() {
    return latestLeg;
  }

  /** Over all legs. */
  public long bytesIn() {
    long bytes = endedBytesIn;
    for (Leg leg = firstLeg; leg != null; leg = leg.next) {
      bytes += leg.bytesIn();
    }
    return bytes;
  }

  /** Over all legs. */
  public long bytesOut() {
    long bytes = endedBytesOut;
    for (Leg leg = firstLeg; leg != null; leg = leg.next) {
      bytes += leg.bytesOut();
    }
    return bytes;
  }
}
