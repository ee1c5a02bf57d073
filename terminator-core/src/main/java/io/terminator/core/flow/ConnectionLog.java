package io.terminator.core.flow;

import io.terminator.core.chain.ClientIdentity;
import io.terminator.core.chain.Protection;
import io.terminator.core.logbuffer.JsonLine;
import io.terminator.core.logbuffer.LogBuffer;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Writes one line for every connection into its worker's buffer, at its close, and one now and then for those that live
 * long. Probes, which said nothing, are counted only:
 * a balancer's health checks would be most of the log. One a worker; worker thread only.
 */
public final class ConnectionLog implements ConnectionObserver {
  private static final int MOST_NAMES = 256;

  private final LogFlusher flusher;
  private final LogBuffer buffer;
  private final JsonLine line = new JsonLine();

  /** Makes itself a buffer of {@code flusher}. */
  public ConnectionLog(LogFlusher flusher) {
    this.flusher = flusher;
    this.buffer = flusher.newBuffer();
  }

  @Override
  public void onWorkerGone() {
    flusher.retire(buffer);
  }

  @Override
  public void onLiving(Progress progress) {
    begin("connection-open", progress)
        .text("phase", progress.phase().label())
        .number("age-ms", System.currentTimeMillis() - progress.acceptedMillis());
    end(progress);
  }

  @Override
  public void onClosed(Progress progress, Phase reached, CloseReason reason, String detail) {
    if (!reason.isLogged(reached)) {
      return;
    }
    begin(reached == Phase.HANDSHAKE ? "handshake-failed" : "connection", progress)
        .text("phase", reached.label())
        .text("reason", reason.label())
        .text("detail", detail.isEmpty() ? null : detail);
    end(progress);
  }

  private JsonLine begin(String event, Progress progress) {
    line.begin(System.currentTimeMillis())
        .text("event", event)
        .text("connection", Long.toHexString(progress.id()))
        .text("listener", progress.listener());
    SocketAddress client = progress.clientAddress();
    if (client instanceof InetSocketAddress inet) {
      line.text("client", inet.getAddress().getHostAddress()).number("client-port", inet.getPort());
    }
    if (progress.proxiedClient() != null
        && progress.peerAddress() instanceof InetSocketAddress proxy) {
      line.text("proxy", proxy.getAddress().getHostAddress());
    }
    return line;
  }

  private void end(Progress progress) {
    Protection protection = progress.protection();
    ClientIdentity client = protection.client();
    line.text("sni", protection.sni())
        .text("alpn", protection.alpn())
        .text("version", protection.version())
        .text("cipher", protection.cipher())
        .text("group", protection.group())
        .flag("resumed", protection.resumed())
        .text("ja4", protection.ja4())
        .text("certificate", protection.certificate())
        .text("client-subject", client == null ? null : shortened(client.subject()))
        .text("client-names", client == null ? null : shortened(String.join(",", client.names())))
        .text("client-fingerprint", client == null ? null : client.fingerprint())
        .text("backend", progress.backendName())
        .text("server", progress.serverName())
        .number("retries", progress.connectRetries())
        .number("bytes-in", progress.bytesIn())
        .number("bytes-out", progress.bytesOut())
        .millis("handshake-ms", progress.nanosIn(Phase.HANDSHAKE))
        .millis("connect-ms", progress.nanosIn(Phase.CONNECT))
        .millis("relay-ms", progress.nanosIn(Phase.RELAY))
        .endInto(buffer);
  }

  /** A certificate may hold more than a line has room for; its fingerprint still names it. */
  private static String shortened(String text) {
    return text.length() > MOST_NAMES ? text.substring(0, MOST_NAMES) : text;
  }
}
