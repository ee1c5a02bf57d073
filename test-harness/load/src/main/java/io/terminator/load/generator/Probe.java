package io.terminator.load.generator;

import io.terminator.load.wire.Exchange;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** One client that reports the negotiated parameters after a successful exchange. */
final class Probe implements Generator.Load, ClientConnection.Owner {
  private final Tracking tracking;
  private final Dial dial;
  private final Exchange exchange;
  private final CompletableFuture<Negotiated> done;

  Probe(Workbench bench, Dial dial, Exchange exchange, CompletableFuture<Negotiated> done) {
    this.tracking = new Tracking(bench, Limit.of(1));
    this.dial = dial;
    this.exchange = exchange;
    this.done = done;
  }

  @Override
  public void begin() {
    tracking.watch(this);
    if (!tracking.open(dial, this)) {
      fail(tracking.outcome().problems().toString());
    }
  }

  @Override
  public void onReady(ClientConnection connection) throws IOException {
    connection.exchange(exchange, connection.since());
  }

  @Override
  public void onAnswer(ClientConnection connection, long nanos) throws IOException {
    Negotiated negotiated = connection.negotiated();
    connection.drop();
    tracking.outcome();
    done.complete(negotiated);
  }

  @Override
  public void onEnd(ClientConnection connection, boolean clean) {
    fail("ended");
  }

  @Override
  public void onFailure(ClientConnection connection, String problem) {
    fail(problem);
  }

  private void fail(String problem) {
    tracking.outcome();
    done.completeExceptionally(new IOException(dial.address() + ": " + problem));
  }
}
