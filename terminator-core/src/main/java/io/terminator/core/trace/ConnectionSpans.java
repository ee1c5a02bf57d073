package io.terminator.core.trace;

import io.terminator.core.chain.ClientIdentity;
import io.terminator.core.chain.Protection;
import io.terminator.core.flow.Closed;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.ConnectionObserver;
import io.terminator.core.flow.ServedBy;
import io.terminator.core.phase.Phase;
import io.terminator.core.setting.AddressText;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Makes a span of each sampled connection at its close. Connections that are not logged, such as
 * health checks of a load balancer, have none. One per worker; worker thread only.
 */
public final class ConnectionSpans implements ConnectionObserver {
  private static final String NAME = "connection";

  private final Tracer tracer;
  private final SpanRing ring;

  public ConnectionSpans(Tracer tracer) {
    this.tracer = tracer;
    this.ring = tracer.newRing();
  }

  @Override
  public void onWorkerGone() {
    tracer.retire(ring);
  }

  @Override
  public void onClosed(Connection connection, Closed closed) {
    if (!closed.isLogged()) {
      return;
    }
    SpanIds ids = SpanIds.root();
    if (!tracer.samples(ids.traceLow())) {
      return;
    }
    long start = TimeUnit.MILLISECONDS.toNanos(connection.acceptedMillis());
    List<Span.Moment> moments = new ArrayList<>();
    long at = start;
    for (Phase phase : Phase.values()) {
      if (phase == Phase.CLOSE) {
        break;
      }
      at += connection.nanosIn(phase);
      if (phase.compareTo(closed.reached()) < 0) {
        switch (phase) {
          case HANDSHAKE -> moments.add(new Span.Moment("handshake complete", at));
          case CONNECT -> moments.add(new Span.Moment("backend connected", at));
          default -> {}
        }
      }
    }
    SpanAttributes attributes = new SpanAttributes();
    describe(connection, attributes);
    String failure = closed.isFailure() ? closed.label() : null;
    attributes
        .number("terminator.bytes.in", connection.bytesIn())
        .number("terminator.bytes.out", connection.bytesOut())
        .text("terminator.phase", closed.reached().label())
        .text("terminator.reason", closed.reason().label())
        .text("error.type", failure);
    ring.add(new Span(ids, NAME, start, at, failure, attributes.all(), moments));
  }

  private static void describe(Connection connection, SpanAttributes attributes) {
    attributes
        .text("terminator.connection.id", Long.toHexString(connection.id()))
        .text("terminator.listener", connection.listener())
        .text("network.transport", "tcp");
    client(connection, attributes);
    Protection protection = connection.protection();
    attributes.text("server.address", protection.sni());
    tls(protection, attributes);
    ServedBy served = connection.servedBy();
    attributes
        .text("terminator.backend", served.backend())
        .text("terminator.server", served.server())
        .number("terminator.retries", served.retries());
  }

  /** The address of the client, and that of a proxy in front of it. */
  public static void client(Connection connection, SpanAttributes attributes) {
    if (connection.clientAddress() instanceof InetSocketAddress inet) {
      attributes
          .text("client.address", AddressText.host(inet))
          .number("client.port", inet.getPort());
    }
    if (connection.peerAddress() instanceof InetSocketAddress inet) {
      attributes
          .text("network.peer.address", AddressText.host(inet))
          .number("network.peer.port", inet.getPort());
    }
  }

  /** What the handshake agreed on; nothing if there was none. */
  public static void tls(Protection protection, SpanAttributes attributes) {
    if (protection.version().equals(Protection.NONE.version())) {
      return;
    }
    attributes
        .text("tls.protocol.name", "tls")
        .text("tls.protocol.version", protection.version().replace("TLSv", ""))
        .text("tls.cipher", protection.cipher())
        .text("tls.curve", protection.group().toLowerCase(Locale.ROOT))
        .text("tls.next_protocol", protection.alpn())
        .flag("tls.resumed", protection.resumed());
    ClientIdentity identity = protection.client();
    if (identity != null) {
      attributes.text("tls.client.subject", identity.subject());
    }
  }
}
