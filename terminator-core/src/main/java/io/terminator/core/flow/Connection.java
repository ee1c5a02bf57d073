package io.terminator.core.flow;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.LayerSession;
import io.terminator.core.chain.Protection;
import io.terminator.core.chain.ProxiedClient;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.observe.ListenerTally;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import io.terminator.core.worker.Deadline;
import io.terminator.core.worker.Worker;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One connection from accept to close: who it is, how far it came, what it holds. Phases write it as they go, the closer
 * reads it once. Worker thread only.
 */
public final class Connection extends Deadline {
  private static final Phase[] PHASES = Phase.values();

  /** Called at a deadline by the phase that set it. */
  public interface Alarm {
    void onDeadline();
  }

  /** Where every connection ends, whatever phase it was in. */
  public interface Ending {
    void end(Connection connection, CloseReason reason, String detail);
  }

  private final long id;
  private final ListenerTally tally;
  private final Worker worker;
  private final TcpStream clientSocket;
  private final SocketAddress peerAddress;
  private final long acceptedMillis = System.currentTimeMillis();
  private final long[] phaseNanos = new long[PHASES.length];

  private Phase phase = Phase.ACCEPT;
  private long phaseStart = System.nanoTime();
  private @Nullable Ending ending;
  private @Nullable Alarm alarm;
  private @Nullable LayerSession session;
  private @Nullable ByteStream client;
  private @Nullable ByteStream backend;
  private @Nullable Slot slot;
  private @Nullable Slot admissionSlot;
  private @Nullable ProxiedClient proxiedClient;
  private Protection protection = Protection.NONE;
  private @Nullable String backendName;
  private @Nullable String serverName;
  private int connectRetries;
  private long bytesIn;
  private long bytesOut;
  private long progressTick;
  private boolean awaitingAnswer;
  private boolean closed;

  @Nullable Connection previousLive;
  @Nullable Connection nextLive;

  public Connection(long id, ListenerTally tally, TcpStream clientSocket) {
    this.id = id;
    this.tally = tally;
    this.worker = clientSocket.worker();
    this.clientSocket = clientSocket;
    this.peerAddress = clientSocket.peerAddress();
    this.progressTick = worker.deadlines().currentTick();
  }

  /** Says where the connection ends; before the first phase. */
  public void endAt(Ending at) {
    ending = at;
  }

  /** Ends the connection. The first reason counts; what comes later is an echo of it. */
  public void end(CloseReason reason, String detail) {
    Ending at = ending;
    if (!closed && at != null) {
      at.end(this, reason, detail);
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

  /** An exception that no phase expected: this connection is closed, the worker goes on. */
  public void fault(Throwable fault) {
    try {
      worker.faults().report(id, phase, fault);
    } finally {
      end(CloseReason.INTERNAL, fault.toString());
    }
  }

  public void begin(LayerSession begun) {
    session = begun;
  }

  /** The handshake is over: its stream takes the session's place. */
  public void secured(ByteStream stream, Protection agreed) {
    session = null;
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

  public void routed(String toBackend) {
    backendName = toBackend;
    // Up to 8 KiB of a hostile client's words, which would be kept for as long as it stays.
    protection = protection.withoutOffers();
  }

  /** Another server is being dialled. */
  public void dialled(String server, boolean again) {
    serverName = server;
    if (again) {
      connectRetries++;
    }
  }

  /** The backend's side, connected or about to be; the closer closes what stands here. */
  public void dialling(ByteStream stream) {
    backend = stream;
  }

  /** {@code occupied}, if any, is told once the connection is gone: a slot on a server, for one. */
  public void occupy(@Nullable Slot occupied) {
    slot = occupied;
  }

  /** {@code taken}, if any, is what it takes of the listener's limits until it is gone. */
  public void admitted(@Nullable Slot taken) {
    admissionSlot = taken;
  }

  /** Notes that bytes moved, for the idle deadlines; {@code fromClient} says that an answer may be under way. */
  public void moved(long bytes, boolean fromClient) {
    if (fromClient) {
      bytesIn += bytes;
    } else {
      bytesOut += bytes;
    }
    awaitingAnswer = fromClient;
    progressTick = worker.deadlines().currentTick();
  }

  /** Notes that waiting bytes left. */
  public void drained() {
    progressTick = worker.deadlines().currentTick();
  }

  /** Closed for good: nothing may touch the streams any more. Called by the closer alone. */
  public void toClosed() {
    enter(Phase.CLOSE);
    closed = true;
  }

  public boolean isClosed() {
    return closed;
  }

  /** Whether what moved last came from the client. */
  public boolean isAwaitingAnswer() {
    return awaitingAnswer;
  }

  /** True when nothing moved for {@code ticks} and the last that moved was an answer: a drain may close here. */
  public boolean isBetweenExchanges(long ticks) {
    ByteStream toClient = client;
    ByteStream toBackend = backend;
    // Before the relay it has a deadline of its own: a slow client's handshake is no idle time.
    return phase == Phase.RELAY
        && !awaitingAnswer
        && quietTicks() >= ticks
        && (toClient == null || toClient.pendingOutput() == 0)
        && (toBackend == null || toBackend.pendingOutput() == 0);
  }

  public long quietTicks() {
    return worker.deadlines().currentTick() - progressTick;
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

  /** Who connected, also where a proxy in between had to say so. */
  public SocketAddress clientAddress() {
    return clientSocket.peerAddress();
  }

  /** The other end of the socket: the client, or a proxy that spoke for it. */
  public SocketAddress peerAddress() {
    return peerAddress;
  }

  /** What the client connected to: our address, or that of a proxy that spoke for it. */
  public SocketAddress destination() {
    ProxiedClient said = proxiedClient;
    InetSocketAddress there = said == null ? null : said.destination();
    return there == null ? clientSocket.socket().localAddress() : there;
  }

  /** What a PROXY header said; null where none was awaited. */
  public @Nullable ProxiedClient proxiedClient() {
    return proxiedClient;
  }

  /** The header was read: its source, if it has one, is the client from now on. */
  public void toProxied(ProxiedClient said) {
    proxiedClient = said;
    InetSocketAddress source = said.source();
    if (source != null) {
      clientSocket.speakFor(source);
    }
  }

  public @Nullable LayerSession session() {
    return session;
  }

  /** The client's outermost stream, once secured. */
  public @Nullable ByteStream client() {
    return client;
  }

  public @Nullable ByteStream backend() {
    return backend;
  }

  public @Nullable Slot slot() {
    return slot;
  }

  public @Nullable Slot admissionSlot() {
    return admissionSlot;
  }

  public Protection protection() {
    return protection;
  }

  public @Nullable String backendName() {
    return backendName;
  }

  public @Nullable String serverName() {
    return serverName;
  }

  public int connectRetries() {
    return connectRetries;
  }

  public long bytesIn() {
    return bytesIn;
  }

  public long bytesOut() {
    return bytesOut;
  }
}
