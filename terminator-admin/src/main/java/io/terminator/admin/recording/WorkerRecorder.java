package io.terminator.admin.recording;

import io.terminator.core.chain.Protection;
import io.terminator.core.flow.Closed;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.ConnectionObserver;
import io.terminator.core.observe.Recorder;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import io.terminator.core.setting.AddressText;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Event;
import org.jspecify.annotations.Nullable;

/**
 * The events of one worker in a recording. Ids of connections are written as in the access log. An
 * event is made when what it reports ends, never per buffer, and is written together with others.
 * Worker thread only.
 */
final class WorkerRecorder implements Recorder, ConnectionObserver {
  /** Shorter stalls are how back-pressure works. */
  static final long SHORTEST_STALL = TimeUnit.MILLISECONDS.toNanos(10);

  private static final int MOST_KEPT = 32;

  private final StallTable stalls = new StallTable();
  private final Event[] kept = new Event[MOST_KEPT];
  private int keptCount;

  /**
   * Stamps {@code event} with the present time and keeps it for {@link #commitAll}. Written one by
   * one, between handshakes, each event would find the code for it in no cache of the processor.
   */
  private void keep(Event event) {
    event.begin();
    event.end();
    kept[keptCount++] = event;
    if (keptCount == MOST_KEPT) {
      commitAll();
    }
  }

  private void commitAll() {
    for (int i = 0; i < keptCount; i++) {
      kept[i].commit();
    }
    keptCount = 0;
  }

  private static String id(long connection) {
    return Long.toHexString(connection);
  }

  @Override
  public void onSecured(Connection connection) {
    handshake(connection, "", connection.nanosInPhase());
  }

  private void handshake(Connection connection, String failure, long nanos) {
    HandshakeEvent event = new HandshakeEvent();
    if (!event.isEnabled()) {
      return;
    }
    Protection protection = connection.protection();
    event.connection = id(connection.id());
    event.listener = connection.listener();
    if (connection.clientAddress() instanceof InetSocketAddress inet) {
      event.client = AddressText.host(inet);
    }
    event.sni = text(protection.sni());
    event.version = protection.version();
    event.cipher = protection.cipher();
    event.group = protection.group();
    event.resumed = protection.resumed();
    event.certificate = text(protection.certificate());
    event.failure = failure;
    event.elapsed = nanos;
    keep(event);
  }

  @Override
  public void onClosed(Connection connection, Closed closed) {
    if (closed.isFailedHandshake()) {
      handshake(connection, closed.label(), connection.nanosIn(Phase.HANDSHAKE));
    }
    stallEnds(connection.id(), true, false);
    stallEnds(connection.id(), false, false);
    if (closed.reason() == CloseReason.OVERLOAD) {
      OverloadEvent event = new OverloadEvent();
      event.connection = id(connection.id());
      event.worker = connection.worker().index();
      event.begun = true;
      event.why = closed.detail();
      keep(event);
    } else if (closed.reason() == CloseReason.DRAINED) {
      DrainEvent event = new DrainEvent();
      event.connection = id(connection.id());
      event.step = "connection closed";
      event.elapsed = TimeUnit.MILLISECONDS.toNanos(age(connection));
      keep(event);
    }
    CloseEvent event = new CloseEvent();
    if (event.isEnabled()) {
      event.connection = id(connection.id());
      event.listener = connection.listener();
      event.phase = closed.reached().label();
      event.reason = closed.reason().label();
      event.backend = text(connection.servedBy().backend());
      event.server = text(connection.servedBy().server());
      event.bytesIn = connection.bytesIn();
      event.bytesOut = connection.bytesOut();
      event.elapsed = TimeUnit.MILLISECONDS.toNanos(age(connection));
      keep(event);
    }
  }

  private static long age(Connection connection) {
    return Math.max(0, System.currentTimeMillis() - connection.acceptedMillis());
  }

  @Override
  public void onConnect(
      long connection, String backend, String server, long nanos, String failure) {
    ConnectEvent event = new ConnectEvent();
    if (event.isEnabled()) {
      event.connection = id(connection);
      event.backend = backend;
      event.server = server;
      event.failure = failure;
      event.elapsed = nanos;
      keep(event);
    }
  }

  @Override
  public void onRequest(
      long connection,
      String method,
      int status,
      String reason,
      String route,
      String backend,
      String server,
      long connectNanos,
      long answerNanos,
      long totalNanos) {
    RequestEvent event = new RequestEvent();
    if (event.isEnabled()) {
      event.connection = id(connection);
      event.method = method;
      event.status = status;
      event.reason = reason;
      event.route = route;
      event.backend = backend;
      event.server = server;
      event.connect = connectNanos;
      event.answer = answerNanos;
      event.elapsed = totalNanos;
      keep(event);
    }
  }

  @Override
  public void onStall(long connection, boolean fromClient, String reason) {
    stalls.begin(connection, fromClient, reason, System.nanoTime());
  }

  @Override
  public void onStallEnd(long connection, boolean fromClient) {
    stallEnds(connection, fromClient, true);
  }

  private void stallEnds(long connection, boolean fromClient, boolean moves) {
    long nanos = stalls.end(connection, fromClient, System.nanoTime());
    if (nanos >= SHORTEST_STALL) {
      stalled(connection, fromClient, stalls.reason(connection, fromClient), moves, nanos);
    }
  }

  private void stalled(
      long connection, boolean fromClient, String reason, boolean moves, long nanos) {
    StallEvent event = new StallEvent();
    event.connection = id(connection);
    event.direction = fromClient ? "in" : "out";
    event.reason = reason;
    event.ended = moves;
    event.elapsed = nanos;
    keep(event);
  }

  @Override
  public void onOverload(int worker, boolean begun, String why) {
    OverloadEvent event = new OverloadEvent();
    event.worker = worker;
    event.begun = begun;
    event.why = why;
    keep(event);
  }

  /** Stalls that last are of most interest. */
  @Override
  public void onEnd() {
    long now = System.nanoTime();
    stalls.forEach(
        (connection, fromClient, reason, since) -> {
          if (now - since >= SHORTEST_STALL) {
            stalled(connection, fromClient, reason, false, now - since);
          }
        });
    commitAll();
  }

  private static String text(@Nullable String known) {
    return known == null ? "" : known;
  }
}
