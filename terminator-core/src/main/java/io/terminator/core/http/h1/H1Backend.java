package io.terminator.core.http.h1;

import static java.util.Objects.requireNonNull;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.connect.BackendConnection;
import io.terminator.core.flow.Connection;
import io.terminator.core.frame.Scratch;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.exchange.ResetReason;
import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Framing;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Method;
import io.terminator.core.http.message.Refusal;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Deadline;
import io.terminator.core.worker.DeadlineWheel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 connection with a server: requests leave and responses arrive. Between two exchanges
 * it is in {@link KeptConnections}. Worker thread only.
 */
final class H1Backend extends H1Peer {
  private static final String KEEP_ALIVE_TIMEOUT = "timeout=";

  /**
   * A server that closes after its announced time may do so while the next request is under way.
   */
  private static final Duration SAFETY = Duration.ofSeconds(1);

  private final KeptConnections kept;

  /** Null if the connection cannot be kept. */
  private final KeptConnections.@Nullable Place place;

  /** Armed once and moved only when it is due: most requests cost no change of it. */
  private final Deadline expiry =
      new Deadline() {
        @Override
        protected void onDue() {
          expire();
        }
      };

  /** The leg's part of this connection; null while no exchange uses it. */
  private @Nullable BackendConnection used;

  /** The client whose exchange uses this connection; null while none does. */
  private @Nullable Connection client;

  private Method method = Method.OTHER;
  private boolean keep;
  private boolean switching;
  private boolean started;
  private long idleTicks;
  private long idleSince;

  /** When {@link #expiry} is due, if it is armed. */
  private long expiryTick;

  H1Backend(
      ByteStream stream,
      ExchangeConfig config,
      RelayConfig.Watermarks watermarks,
      KeptConnections kept,
      KeptConnections.@Nullable Place place) {
    super(
        stream,
        HeadKind.RESPONSE,
        (int) config.limits().head().bytes(),
        config.limits().fields(),
        watermarks);
    this.kept = kept;
    this.place = place;
  }

  /** An exchange of {@code of} uses this connection, as {@code part} of its leg. */
  void use(BackendConnection part, Connection of) {
    used = part;
    client = of;
    keep = place != null;
    idleTicks = place == null ? 0 : DeadlineWheel.ticksOf(place.config().idle());
    toNextExchange();
    if (!started) {
      started = true;
      stream.attach(this);
      gate.release(PauseReason.SETUP);
      gate.start();
    }
  }

  @Override
  void attempt(Runnable step) {
    try {
      step.run();
    } catch (Throwable fault) {
      onFault(fault);
    }
  }

  @Override
  public void onFault(Throwable fault) {
    Connection of = client;
    if (of != null) {
      of.fault(fault);
      return;
    }
    worker.faults().report("a kept connection", fault);
    closeIdle();
  }

  @Override
  void onBytes(int count) {
    Connection of = client;
    if (of != null) {
      of.touch();
    }
  }

  @Override
  void onHeadAwaited() {
    // The deadline of the answer is the exchange's.
  }

  @Override
  void frame(Head head) {
    int status = head.status();
    if (status < 200 || status == 204 || status == 304 || method == Method.HEAD) {
      head.setFraming(Framing.NONE, 0);
    }
    if (head.isInterim()) {
      return;
    }
    switching = status == 101;
    keep &= head.framing() != Framing.UNTIL_CLOSE && status != 101;
    if (head.has(FieldName.CONNECTION)) {
      keep &=
          head.minorVersion() == 0
              ? head.hasToken(FieldName.CONNECTION, "keep-alive")
              : !head.hasToken(FieldName.CONNECTION, "close");
    } else {
      keep &= head.minorVersion() > 0;
    }
    int field = head.first(FieldName.KEEP_ALIVE);
    if (keep && field >= 0) {
      shortenIdle(head.value(field));
    }
  }

  private void shortenIdle(String keepAlive) {
    int at = keepAlive.indexOf(KEEP_ALIVE_TIMEOUT);
    if (at < 0) {
      return;
    }
    int seconds = 0;
    int digits = 0;
    for (int i = at + KEEP_ALIVE_TIMEOUT.length(); i < keepAlive.length() && digits < 6; i++) {
      int digit = Character.digit(keepAlive.charAt(i), 10);
      if (digit < 0) {
        break;
      }
      seconds = seconds * 10 + digit;
      digits++;
    }
    if (digits > 0) {
      Duration announced = Duration.ofSeconds(seconds).minus(SAFETY);
      keep = announced.compareTo(Duration.ZERO) > 0;
      idleTicks = Math.min(idleTicks, DeadlineWheel.ticksOf(announced));
    }
  }

  /** No server may say anything that was not asked for. */
  @Override
  void onSurplus(Scratch bytes, int from, int to) {
    if (switching) {
      keep(bytes, from, to);
      return;
    }
    keep = false;
    if (used == null) {
      closeIdle();
    }
  }

  @Override
  void onInputRefused(Refusal why) {
    keep = false;
    receiver.onRefused(this, why);
  }

  @Override
  void onInputEnd(int how) {
    keep = false;
    if (used == null) {
      closeIdle();
    } else if (input == Input.TUNNEL && how == ByteStream.END) {
      passEnd();
    } else if (how == ByteStream.END && endsWithConnection()) {
      passEnd();
    } else if (input != Input.COMPLETE) {
      loseResponse(how, requireNonNull(used));
    }
  }

  private void loseResponse(int how, BackendConnection part) {
    if (stream.isHandshakeRefused()) {
      part.target().refused(worker);
      receiver.onReset(this, ResetReason.HANDSHAKE, part.server() + ": " + stream.failure());
      return;
    }
    String failure = stream.failure();
    receiver.onReset(
        this,
        resetReason(how),
        how == ByteStream.PROTOCOL_ERROR && !failure.isEmpty() ? failure : howItEnded(how));
  }

  private String howItEnded(int how) {
    String server =
        how == ByteStream.RESET ? "the server reset the connection " : "the server closed ";
    if (input == Input.TUNNEL) {
      return server
          + "in the tunnel"
          + (how == ByteStream.TRUNCATED ? " without close_notify" : "");
    }
    return server
        + (isWithinHead() || input == Input.BODY
            ? "in the middle of its response"
            : "without a response");
  }

  @Override
  void onOutputBroken() {
    // What the server sent before is still read; its end decides.
    keep = false;
  }

  @Override
  void onOutputFlushed(boolean empty) {
    // Nothing waits for it.
  }

  @Override
  public boolean send(Head head, Scratch bytes, int from, int to, boolean end) {
    method = head.method();
    boolean upgrade = !head.protocol().isEmpty();
    writer.requestLine(head, "");
    if (!head.has(FieldName.HOST)) {
      writer.field("Host", head, head.authority());
    }
    if (end && head.framing() == Framing.CHUNKED) {
      // All of the body is here.
      head.setFraming(from == to ? Framing.NONE : Framing.LENGTH, to - from);
    }
    Framing framing = head.framing();
    if (framing == Framing.CHUNKED) {
      head.remove(FieldName.CONTENT_LENGTH);
    }
    writer.fields(head);
    if (framing == Framing.CHUNKED) {
      writer.field("Transfer-Encoding", "chunked");
    } else if (framing == Framing.LENGTH && !head.has(FieldName.CONTENT_LENGTH)) {
      writer.field("Content-Length", head.bodyLength());
    } else if (framing == Framing.NONE
        && (method == Method.POST || method == Method.PUT || method == Method.PATCH)
        && !head.has(FieldName.CONTENT_LENGTH)) {
      writer.field("Content-Length", "0");
    }
    if (upgrade) {
      writer.field("Connection", "upgrade");
      writer.field("Upgrade", head, head.protocol());
    } else if (place == null) {
      writer.field("Connection", "close");
    }
    writer.end();
    boolean sent = sendHead(bytes, from, to, framing, end);
    if (stream.hasBufferedInput()) {
      worker.execute(() -> attempt(this::pullBuffered));
    }
    return sent;
  }

  @Override
  public void reset(ResetReason reason, String why) {
    worker.deadlines().cancel(expiry);
    toEnded();
    client = null;
    used = null;
  }

  /** Both messages are complete, and the leg has been left. */
  @Override
  public void release() {
    BackendConnection part = requireNonNull(used);
    KeptConnections.Place at = place;
    boolean whole = input == Input.COMPLETE && output == Output.COMPLETE;
    attach(nobody);
    client = null;
    used = null;
    if (at != null
        && keep
        && whole
        && !isInputEnded()
        && stream.pendingOutput() == 0
        && !stream.isBroken()
        && kept.put(at, this)) {
      part.vacate();
      resume(PauseReason.PEER_FULL);
      idleSince = worker.deadlines().currentTick();
      if (!expiry.isArmed() || expiryTick > idleSince + idleTicks) {
        expireIn(idleTicks);
      }
      return;
    }
    worker.deadlines().cancel(expiry);
    toEnded();
    part.end(whole);
  }

  private void expireIn(long ticks) {
    expiryTick = worker.deadlines().currentTick() + ticks;
    worker.deadlines().armTicks(expiry, ticks);
  }

  private void expire() {
    if (used != null || isEnded()) {
      // The end of the exchange arms it again.
      return;
    }
    long left = idleSince + idleTicks - worker.deadlines().currentTick();
    if (left > 0) {
      expireIn(left);
    } else {
      closeIdle();
    }
  }

  /** The connection is not used and ends. */
  void closeIdle() {
    if (isEnded()) {
      return;
    }
    worker.deadlines().cancel(expiry);
    KeptConnections.Place at = place;
    if (at != null) {
      kept.remove(at, this);
    }
    toEnded();
    try {
      stream.finishOrAbort();
    } finally {
      stream.release();
    }
  }

  @Override
  public String version() {
    return "HTTP/1.1";
  }
}
