package io.terminator.core.http.h2;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.frame.Scratch;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.exchange.HttpEvents;
import io.terminator.core.http.exchange.HttpStream;
import io.terminator.core.http.exchange.ResetReason;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Method;
import io.terminator.core.http.message.Refusal;
import io.terminator.core.relay.RelayConfig;

/**
 * One GET over a connection of its own to a server that speaks HTTP/2, of which only the status is
 * of interest. The connection stays the caller's, who ends it after {@link #close}. Worker thread
 * only.
 */
public final class H2Probe implements H2Connection.ServerOwner, HttpEvents {
  private static final H2Limits LIMITS =
      H2Limits.of(ExchangeConfig.DEFAULT, RelayConfig.Watermarks.DEFAULT);

  /** Receives the result, once, and not from within a call. */
  public interface Caller {
    void onStatus(int status);

    /** There is none; {@code why} in words. */
    void onNoStatus(String why);
  }

  private final H2Shared shared;
  private final Caller caller;
  private final H2Connection h2;
  private boolean done;

  public H2Probe(ByteStream stream, Caller caller) {
    this.shared = H2Shared.of(stream.worker());
    this.caller = caller;
    this.h2 = new H2Connection(shared, stream, LIMITS, false, this);
  }

  /** Sends the request. */
  public void begin(String authority, String path) {
    h2.begin();
    H2Stream request = h2.open();
    request.attach(this);
    Head head = shared.heads().take(HeadKind.REQUEST);
    head.setMethod(Method.GET);
    head.setScheme("http");
    head.setAuthority(authority);
    head.setPath(path);
    head.add("user-agent", "terminator-check");
    head.add("accept", "*/*");
    boolean sent;
    try (Scratch bytes = shared.worker().plain()) {
      sent = request.send(head, bytes, HttpStream.HEADROOM, HttpStream.HEADROOM, true);
    }
    shared.heads().release(head);
    if (!sent) {
      fail("reset before it answered");
    }
  }

  /** No result follows. */
  public void close() {
    done = true;
    h2.close(ResetReason.CONNECTION_LOST);
  }

  @Override
  public void onHead(HttpStream stream, Head head, Scratch bytes, int from, int to, boolean end) {
    boolean interim = head.isInterim();
    int status = head.status();
    shared.heads().release(head);
    if (!interim) {
      // Not from here: the caller ends the connection that is being read.
      afterwards(() -> caller.onStatus(status));
    }
  }

  private void fail(String why) {
    afterwards(() -> caller.onNoStatus(why));
  }

  private void afterwards(Runnable result) {
    shared
        .worker()
        .execute(
            () -> {
              if (!done) {
                done = true;
                result.run();
              }
            });
  }

  @Override
  public void onData(HttpStream stream, Scratch bytes, int from, int to, boolean end) {
    // Not of interest.
  }

  @Override
  public void onTrailers(HttpStream stream, Head trailers, Scratch bytes, int at) {
    shared.heads().release(trailers);
  }

  @Override
  public void onRefused(HttpStream stream, Refusal why) {
    fail("its response is refused: " + why.words());
  }

  @Override
  public void onReset(HttpStream stream, ResetReason why, String detail) {
    fail(
        why == ResetReason.PROTOCOL
            ? "its response is not HTTP/2: " + detail
            : detail.isEmpty() ? "closed before it answered" : detail);
  }

  @Override
  public void onRoom(HttpStream stream) {
    // There is no body to send.
  }

  @Override
  public long accepts(HttpStream stream) {
    return Long.MAX_VALUE;
  }

  @Override
  public void onOver(H2Connection.End how, String detail) {
    fail("closed before it answered");
  }

  @Override
  public void onFault(Throwable fault) {
    fail("internal error: " + fault);
  }
}
