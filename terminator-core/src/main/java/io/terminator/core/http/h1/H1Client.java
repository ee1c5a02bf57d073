package io.terminator.core.http.h1;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.conversation.Finished;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Held;
import io.terminator.core.flow.Next;
import io.terminator.core.frame.Scratch;
import io.terminator.core.handshake.Secured;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.exchange.Exchanges;
import io.terminator.core.http.exchange.ResetReason;
import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Framing;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Method;
import io.terminator.core.http.message.Refusal;
import io.terminator.core.observe.ByteCount;
import io.terminator.core.phase.ClientEnding;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.setting.TimeSpan;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.DeadlineWheel;

/**
 * An HTTP/1.1 connection with a client: requests arrive, one after the other, and responses leave
 * in the same order. A request that arrives early waits in frames until the response before it is
 * sent. Worker thread only.
 */
public final class H1Client extends H1Peer {
  private static final int MOST_PIECES = 16;

  private final Connection connection;
  private final Next<Finished> next;
  private final Exchanges exchanges;
  private final ExchangeConfig config;
  private final RelayConfig.Truncation truncation;
  private final long headTicks;
  private final long bodyTicks;
  private final long keepAliveTicks;
  private boolean exchanging;
  private boolean everExchanged;
  private boolean headBegun;
  private long waitingSince;
  private Method method = Method.OTHER;
  private int minorVersion = 1;
  private boolean clientCloses;
  private boolean closesAfter;
  private boolean closing;

  /** The client's connection has ended before the exchange. */
  private boolean abandoned;

  /** The backlog will be read. */
  private boolean reading;

  private CloseReason closeReason = CloseReason.LAST_RESPONSE;
  private String closeDetail = "";

  public H1Client(
      Secured secured,
      Exchanges exchanges,
      ExchangeConfig config,
      RelayConfig relay,
      Next<Finished> next) {
    super(
        secured.client(),
        HeadKind.REQUEST,
        (int) config.limits().head().bytes(),
        config.limits().fields(),
        relay.watermarks());
    this.connection = secured.connection();
    this.exchanges = exchanges;
    this.config = config;
    this.truncation = relay.truncation();
    this.headTicks = DeadlineWheel.ticksOf(config.deadlines().head());
    this.bodyTicks = DeadlineWheel.ticksOf(config.deadlines().body());
    this.keepAliveTicks = DeadlineWheel.ticksOf(config.deadlines().keepAlive());
    this.next = next;
  }

  public void begin() {
    connection.hold(
        new Held() {
          @Override
          public void release() {
            onConnectionEnded();
          }

          @Override
          public long bytes() {
            return keptBytes();
          }
        });
    stream.attach(this);
    awaitRequest();
    connection.armTicks(Math.min(headTicks, keepAliveTicks), this::onDeadline);
    gate.release(PauseReason.SETUP);
    gate.start();
    pullBuffered();
  }

  private void awaitRequest() {
    waitingSince = worker.deadlines().currentTick();
    connection.touch();
  }

  /**
   * One deadline for all requests, which is moved only when it expires: most requests cost no
   * change of it.
   */
  private void onDeadline() {
    long waited = worker.deadlines().currentTick() - waitingSince;
    long limit = exchanging ? keepAliveTicks : isWithinHead() ? headTicks : keepAliveTicks;
    if (closing) {
      if (waited >= bodyTicks) {
        finish(CloseReason.CLIENT_RESET, "the client did not read the last response");
        return;
      }
    } else if (!exchanging && waited >= limit) {
      if (isWithinHead()) {
        refuse(
            Refusal.TIMEOUT,
            CloseReason.REQUEST_TIMEOUT,
            "no complete request head within " + TimeSpan.spell(config.deadlines().head()));
      } else {
        toClosing(
            CloseReason.IDLE, "no request for " + TimeSpan.spell(config.deadlines().keepAlive()));
      }
      return;
    }
    long left = exchanging ? limit : limit - waited;
    connection.armTicks(
        Math.max(1, Math.min(left, Math.min(headTicks, keepAliveTicks))), this::onDeadline);
  }

  @Override
  void attempt(Runnable step) {
    connection.attempt(step);
  }

  @Override
  void onBytes(int count) {
    connection.touch();
    connection.traffic().bytes().add(ByteCount.BYTES_IN, count);
  }

  @Override
  void onHeadAwaited() {
    if (!headBegun) {
      headBegun = true;
      waitingSince = worker.deadlines().currentTick();
    }
  }

  @Override
  void frame(Head head) {
    headBegun = false;
    method = head.method();
    minorVersion = head.minorVersion();
    clientCloses =
        head.hasToken(FieldName.CONNECTION, "close")
            || minorVersion == 0 && !head.hasToken(FieldName.CONNECTION, "keep-alive");
    // What follows a CONNECT that is refused may be meant for the tunnel.
    closesAfter = clientCloses || method == Method.CONNECT;
    toExchange();
  }

  private void toExchange() {
    exchanging = true;
    everExchanged = true;
    attach(exchanges.begin(this));
  }

  @Override
  void onSurplus(Scratch bytes, int from, int to) {
    keep(bytes, from, to);
    gate.hold(PauseReason.PIPELINE);
  }

  @Override
  void onInputRefused(Refusal why) {
    refuse(why, CloseReason.REQUEST_REFUSED, why.words());
  }

  private void refuse(Refusal why, CloseReason reason, String detail) {
    if (!exchanging) {
      method = Method.OTHER;
      minorVersion = 1;
      toExchange();
    }
    closesAfter = true;
    closeReason = reason;
    closeDetail = detail;
    receiver.onRefused(this, why);
  }

  @Override
  void onInputEnd(int how) {
    if (how == ByteStream.RESET || how == ByteStream.PROTOCOL_ERROR) {
      CloseReason reason =
          how == ByteStream.RESET ? CloseReason.CLIENT_RESET : CloseReason.CLIENT_PROTOCOL;
      abandon(resetReason(how), reason, stream.failure());
    } else if (input == Input.TUNNEL) {
      if (how == ByteStream.TRUNCATED && cutsOff()) {
        abandon(
            ResetReason.TRUNCATED,
            CloseReason.CLIENT_TRUNCATED,
            "the client closed the tunnel without close_notify");
      } else {
        passEnd();
      }
    } else if (input == Input.COMPLETE && exchanging && how == ByteStream.TRUNCATED && cutsOff()) {
      // A client that waits for the response ends its direction with close_notify.
      abandon(
          ResetReason.TRUNCATED,
          CloseReason.CLIENT_TRUNCATED,
          "the client closed without close_notify before the response was complete");
    } else if (input == Input.COMPLETE) {
      // The client reads the response and sends no further request.
      closesAfter = true;
    } else if (exchanging) {
      abandon(
          ResetReason.TRUNCATED,
          CloseReason.CLIENT_TRUNCATED,
          "the client closed in the middle of a request");
    } else if (isWithinHead()) {
      finish(CloseReason.CLIENT_TRUNCATED, "the client closed in the middle of a request head");
    } else {
      toClosing(
          CloseReason.CLIENT_CLOSED, everExchanged ? "" : "the client closed without a request");
    }
  }

  /** Whether an end without close_notify cuts off what is still to be sent. */
  private boolean cutsOff() {
    return truncation == RelayConfig.Truncation.RESET && output != Output.COMPLETE;
  }

  /** The exchange, if there is one, cannot be completed. */
  private void abandon(ResetReason why, CloseReason reason, String detail) {
    abandoned = true;
    closeReason = reason;
    closeDetail = detail;
    if (exchanging) {
      receiver.onReset(this, why, detail);
    }
    if (!isEnded()) {
      finish(reason, detail);
    }
  }

  @Override
  void onOutputBroken() {
    if (exchanging && !closing) {
      abandon(ResetReason.CONNECTION_LOST, CloseReason.CLIENT_RESET, "");
    } else {
      finish(closing ? closeReason : CloseReason.CLIENT_RESET, closeDetail);
    }
  }

  @Override
  void onOutputFlushed(boolean empty) {
    if (closing && empty) {
      finish(closeReason, closeDetail);
    } else if (closing) {
      awaitRequest();
    }
  }

  @Override
  public boolean send(Head head, Scratch bytes, int from, int to, boolean end) {
    connection.traffic().bytes().add(ByteCount.BYTES_OUT, to - from);
    connection.touch();
    writer.statusLine(head);
    if (head.isInterim()) {
      writer.fields(head);
      writer.end();
      return minorVersion == 0 || writer.write(stream, bytes, from, to);
    }
    Framing framing = framingOf(head, to - from, end);
    if (framing == Framing.CHUNKED) {
      head.remove(FieldName.CONTENT_LENGTH);
    }
    writer.fields(head);
    if (head.status() == 101) {
      writer.field("Connection", "upgrade");
      writer.field("Upgrade", head, head.protocol());
      closesAfter = true;
    } else if (framing == Framing.CHUNKED) {
      writer.field("Transfer-Encoding", "chunked");
    } else if (framing == Framing.LENGTH && !head.has(FieldName.CONTENT_LENGTH)) {
      writer.field("Content-Length", head.bodyLength());
    }
    closesAfter |=
        framing == Framing.UNTIL_CLOSE || input != Input.COMPLETE && (end || head.status() >= 300);
    closesAfter |= exchanges.isLast();
    if (closesAfter && head.status() != 101) {
      writer.field("Connection", "close");
    } else if (minorVersion == 0) {
      writer.field("Connection", "keep-alive");
    }
    writer.end();
    return sendHead(bytes, from, to, framing, end);
  }

  /** RFC 9112 section 6.3. */
  private Framing framingOf(Head head, int bytes, boolean end) {
    int status = head.status();
    if (method == Method.HEAD || status == 204 || status == 304 || status == 101) {
      return Framing.NONE;
    }
    if (end && head.framing() != Framing.LENGTH) {
      // All of the body is here.
      head.setFraming(Framing.LENGTH, bytes);
      return Framing.LENGTH;
    }
    return switch (head.framing()) {
      case LENGTH -> Framing.LENGTH;
      case NONE, CHUNKED, UNTIL_CLOSE -> minorVersion == 0 ? Framing.UNTIL_CLOSE : Framing.CHUNKED;
    };
  }

  @Override
  public boolean send(Scratch bytes, int from, int to, boolean end) {
    connection.traffic().bytes().add(ByteCount.BYTES_OUT, to - from);
    connection.touch();
    return super.send(bytes, from, to, end);
  }

  @Override
  public void reset(ResetReason reason, String why) {
    if (abandoned) {
      // The exchange only passes on how the client has left, which is known here in more detail.
      finish(closeReason, closeDetail);
      return;
    }
    finish(
        reason == ResetReason.CANCELLED || reason == ResetReason.CONNECTION_LOST
            ? CloseReason.CLIENT_RESET
            : CloseReason.RESPONSE_BROKEN,
        why);
  }

  /** The response is complete. Without the whole request the connection cannot be used further. */
  @Override
  public void release() {
    if (isEnded()) {
      return;
    }
    boolean whole = input == Input.COMPLETE && output == Output.COMPLETE;
    if (closesAfter || !whole) {
      attach(nobody);
      toClosing(closeReason, closeDetail);
      return;
    }
    exchanging = false;
    toNextExchange();
    awaitRequest();
    resume(PauseReason.PEER_FULL);
    resume(PauseReason.SETUP);
    if (hasBacklog()) {
      readNextLater();
    }
  }

  /**
   * In portions: routes that answer themselves could otherwise be asked for thousands of answers.
   */
  private void readNext() {
    reading = false;
    for (int pieces = 0; pieces < MOST_PIECES && canReadBacklog(); pieces++) {
      drainBacklog();
    }
    if (canReadBacklog()) {
      readNextLater();
    } else if (!isEnded() && !hasBacklog()) {
      gate.release(PauseReason.PIPELINE);
      pullBuffered();
    }
  }

  private boolean canReadBacklog() {
    return !isEnded() && hasBacklog() && !closing && input != Input.COMPLETE;
  }

  private void readNextLater() {
    if (!reading) {
      reading = true;
      worker.execute(() -> attempt(this::readNext));
    }
  }

  /** Closes in order once everything that was sent has left. */
  private void toClosing(CloseReason reason, String detail) {
    closeReason = reason;
    closeDetail = detail;
    closing = true;
    awaitRequest();
    if (stream.isBroken() || stream.pendingOutput() == 0) {
      finish(reason, detail);
    } else {
      gate.end();
    }
  }

  private void finish(CloseReason reason, String detail) {
    if (isEnded()) {
      return;
    }
    boolean mayBeSending =
        reason == CloseReason.LAST_RESPONSE
            && !isInputEnded()
            && (input != Input.COMPLETE || hasBacklog());
    CloseReason told =
        reason == CloseReason.LAST_RESPONSE && connection.isRetiring()
            ? CloseReason.RETIRED
            : reason;
    toEnded();
    if (mayBeSending || reason.ending() == ClientEnding.LINGER) {
      stream.finishOutput(false);
    }
    if (reason.isClean() || reason.ending() == ClientEnding.LINGER) {
      next.onValue(
          new Finished(
              connection, told, detail, mayBeSending ? CloseReason.REQUEST_REFUSED : reason));
    } else {
      next.onFailed(connection, new Failed(reason, detail));
    }
  }

  /** By this class, or from outside it. */
  private void onConnectionEnded() {
    if (exchanging && !isEnded()) {
      receiver.onReset(this, ResetReason.INTERNAL, "");
    }
    toEnded();
  }

  @Override
  public void onFault(Throwable fault) {
    connection.fault(fault);
  }

  @Override
  public String version() {
    return minorVersion == 0 ? "HTTP/1.0" : "HTTP/1.1";
  }
}
