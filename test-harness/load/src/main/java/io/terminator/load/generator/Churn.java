package io.terminator.load.generator;

import io.terminator.load.wire.Exchange;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** Clients that connect, do one exchange and close, with a fixed number at a time. */
final class Churn implements Generator.Load, ClientConnection.Owner {
  private final Tracking tracking;
  private final Dial dial;
  private final Exchange exchange;
  private final int atOnce;
  private final CompletableFuture<Outcome> done;

  Churn(
      Workbench bench,
      Dial dial,
      Exchange exchange,
      int atOnce,
      Limit limit,
      CompletableFuture<Outcome> done) {
    this.tracking = new Tracking(bench, limit);
    this.dial = dial;
    this.exchange = exchange;
    this.atOnce = atOnce;
    this.done = done;
  }

  @Override
  public void begin() {
    tracking.watch(this);
    for (int i = 0; i < atOnce; i++) {
      next();
    }
    endIfIdle();
  }

  private void next() {
    while (tracking.beginOne() && !tracking.open(dial, this)) {
      // Each refusal counts as a failure, and a few failures end the load.
    }
  }

  @Override
  public void onReady(ClientConnection connection) throws IOException {
    tracking.onSecured(connection);
    // The whole visit is timed, from the connect on.
    connection.exchange(exchange, connection.since());
  }

  @Override
  public void onAnswer(ClientConnection connection, long nanos) throws IOException {
    tracking.onExchanged(nanos);
    connection.finish();
  }

  @Override
  public void onEnd(ClientConnection connection, boolean clean) {
    tracking.onEnd(clean);
    leave(connection);
  }

  @Override
  public void onFailure(ClientConnection connection, String problem) {
    tracking.onFailure(problem);
    leave(connection);
  }

  private void leave(ClientConnection connection) {
    tracking.live().remove(connection);
    next();
    endIfIdle();
  }

  private void endIfIdle() {
    if (tracking.live().isEmpty() && !done.isDone()) {
      done.complete(tracking.outcome());
    }
  }
}
