package io.terminator.core.flow;

import io.terminator.core.chain.ClientIdentity;
import io.terminator.core.chain.Protection;
import io.terminator.core.logbuffer.JsonLine;
import io.terminator.core.logbuffer.LogBuffer;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.phase.Phase;
import io.terminator.core.setting.AddressText;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Writes one line per connection into its worker's buffer at its close, and one at intervals for
 * long connections. Connections closed without a byte are only counted: a load balancer's health
 * checks would fill the log. One per worker; worker thread only.
 */
public final class ConnectionLog implements ConnectionObserver {
  private static final int MOST_NAMES = 256;

  private final LogFlusher flusher;
  private final LogBuffer buffer;
  private final JsonLine line = new JsonLine();

  /** Creates a buffer of {@code flusher} for this log. */
  public ConnectionLog(LogFlusher flusher) {
    this.flusher = flusher;
    this.buffer = flusher.newBuffer();
  }

  @Override
  public void onWorkerGone() {
    flusher.retire(buffer);
  }

  @Override
  public void onLiving(Connection connection) {
    begin("connection-open", connection)
        .text("phase", connection.phase().label())
        .number("age-ms", System.currentTimeMillis() - connection.acceptedMillis());
    end(connection);
  }

  @Override
  public void onClosed(Connection connection, Closed closed) {
    if (!closed.isLogged()) {
      return;
    }
    begin(closed.isFailedHandshake() ? "handshake-failed" : "connection", connection)
        .text("phase", closed.reached().label())
        .text("reason", closed.reason().label())
        .text("blame", closed.isFailure() ? closed.blame().label() : null)
        .text("detail", closed.detail().isEmpty() ? null : closed.detail());
    end(connection);
  }

  private JsonLine begin(String event, Connection connection) {
    line.begin(System.currentTimeMillis())
        .text("event", event)
        .text("connection", Long.toHexString(connection.id()))
        .text("listener", connection.listener());
    SocketAddress client = connection.clientAddress();
    if (client instanceof InetSocketAddress inet) {
      line.text("client", AddressText.host(inet)).number("client-port", inet.getPort());
    }
    if (connection.isProxied() && connection.peerAddress() instanceof InetSocketAddress proxy) {
      line.text("proxy", AddressText.host(proxy));
    }
    return line;
  }

  private void end(Connection connection) {
    Protection protection = connection.protection();
    ClientIdentity client = protection.client();
    ServedBy served = connection.servedBy();
    line.text("sni", protection.sni())
        .text("alpn", protection.alpn())
        .text("version", protection.version())
        .text("cipher", protection.cipher())
        .text("group", protection.group())
        .flag("resumed", protection.resumed())
        .text("ja4", protection.ja4())
        .text("certificate", protection.certificate())
        .text("policy-report", protection.policyReport())
        .text("client-subject", client == null ? null : shortened(client.subject()))
        .text("client-names", client == null ? null : shortened(String.join(",", client.names())))
        .text("client-fingerprint", client == null ? null : client.fingerprint())
        .text("backend", served.backend())
        .text("server", served.server())
        .number("retries", served.retries())
        .number("bytes-in", connection.bytesIn())
        .number("bytes-out", connection.bytesOut())
        .millis("handshake-ms", connection.nanosIn(Phase.HANDSHAKE))
        .millis("connect-ms", connection.nanosIn(Phase.CONNECT))
        .millis("relay-ms", connection.nanosIn(Phase.RELAY))
        .endInto(buffer);
  }

  /**
   * A certificate may have more text than fits into a line; its fingerprint still identifies it.
   */
  private static String shortened(String text) {
    return text.length() > MOST_NAMES ? text.substring(0, MOST_NAMES) : text;
  }
}
