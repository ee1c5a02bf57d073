package io.terminator.core.http.h2;

import io.terminator.core.conversation.Finished;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Held;
import io.terminator.core.flow.Next;
import io.terminator.core.handshake.Secured;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.exchange.Exchanges;
import io.terminator.core.http.exchange.ResetReason;
import io.terminator.core.observe.ByteCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;
import io.terminator.core.relay.RelayConfig;

/**
 * A client's connection that speaks HTTP/2: every stream is an exchange. Passes the end of the
 * connection on once. Worker thread only.
 */
public final class H2ClientSession implements H2Connection.Owner, Held {
  private final Connection connection;
  private final Exchanges exchanges;
  private final Next<Finished> next;
  private final H2Connection h2;

  public H2ClientSession(
      Secured secured,
      H2Shared shared,
      Exchanges exchanges,
      ExchangeConfig config,
      RelayConfig.Watermarks watermarks,
      Next<Finished> next) {
    this.connection = secured.connection();
    this.exchanges = exchanges;
    this.next = next;
    this.h2 =
        new H2Connection(shared, secured.client(), shared.limitsOf(config, watermarks), true, this);
  }

  /** Starts to read. */
  public void begin() {
    connection.hold(this);
    h2.begin();
  }

  @Override
  public void conclude() {
    h2.sayGoodbye();
  }

  @Override
  public boolean drain() {
    h2.drain();
    return true;
  }

  @Override
  public long bytes() {
    return h2.keptBytes();
  }

  @Override
  public void release() {
    h2.close(ResetReason.INTERNAL);
  }

  @Override
  public void onStream(H2Stream stream) {
    stream.attach(exchanges.begin(stream));
    drainIfLast();
  }

  @Override
  public void onStreamEnded() {
    connection.touch();
    drainIfLast();
  }

  @Override
  public void onTick() {
    drainIfLast();
  }

  /** The requests that were begun are completed; no client may lose one to a stop or a reload. */
  private void drainIfLast() {
    if (exchanges.isLast()) {
      h2.drain();
    }
  }

  @Override
  public void onReceived(int bytes) {
    connection.touch();
    connection.traffic().bytes().add(ByteCount.BYTES_IN, bytes);
  }

  @Override
  public void onSent(int bytes) {
    connection.touch();
    connection.traffic().bytes().add(ByteCount.BYTES_OUT, bytes);
  }

  @Override
  public void onOver(H2Connection.End how, String detail) {
    if (connection.isClosed()) {
      return;
    }
    switch (how) {
      case PEER_CLOSED, PEER_LEFT -> finish(CloseReason.CLIENT_CLOSED, detail);
      case PEER_RESET -> finish(CloseReason.CLIENT_RESET, detail);
      case PEER_TRUNCATED -> finish(CloseReason.CLIENT_TRUNCATED, detail);
      case PEER_REFUSED, PEER_TRANSPORT, VIOLATION -> finish(CloseReason.CLIENT_PROTOCOL, detail);
      case FLOOD -> finish(CloseReason.CLIENT_FLOOD, detail);
      case IDLE -> finish(CloseReason.IDLE, detail);
      case DRAINED ->
          finish(connection.isRetiring() ? CloseReason.RETIRED : CloseReason.DRAINED, detail);
      case MEMORY -> finish(CloseReason.OVERLOAD, "no frame is left for the client's output");
    }
  }

  private void finish(CloseReason reason, String detail) {
    if (reason.isClean()) {
      next.onValue(new Finished(connection, reason, detail, reason));
    } else {
      next.onFailed(connection, new Failed(reason, detail));
    }
  }

  @Override
  public void onFault(Throwable fault) {
    connection.fault(fault);
  }
}
