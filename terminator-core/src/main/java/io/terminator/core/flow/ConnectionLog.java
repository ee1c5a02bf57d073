package io.terminator.core.flow;

import io.terminator.core.chain.Protection;
import io.terminator.core.logbuffer.JsonLine;
import io.terminator.core.logbuffer.LogBuffer;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Writes one line for every connection into its worker's buffer, at its close. Probes, which said nothing, are counted only:
 * a balancer's health checks would be most of the log. One a worker; worker thread only.
 */
public final class ConnectionLog implements ConnectionObserver {
  private final LogBuffer buffer;
  private final JsonLine line = new JsonLine();

  public ConnectionLog(LogBuffer buffer) {
    this.buffer = buffer;
  }

  @Override
  public void onClosed(Progress progress, Phase reached, CloseReason reason, String detail) {
    if (reason == CloseReason.PROBE) {
      return;
    }
    Protection protection = progress.protection();
    line.begin(System.currentTimeMillis())
        .text("event", reached == Phase.HANDSHAKE ? "handshake-failed" : "connection")
        .text("connection", Long.toHexString(progress.id()))
        .text("listener", progress.listener());
    SocketAddress client = progress.clientAddress();
    if (client instanceof InetSocketAddress inet) {
      line.text("client", inet.getAddress().getHostAddress()).number("client-port", inet.getPort());
    }
    line.text("phase", reached.label())
        .text("reason", reason.label())
        .text("detail", detail.isEmpty() ? null : detail)
        .text("sni", protection.sni())
        .text("alpn", protection.alpn())
        .text("version", protection.version())
        .text("cipher", protection.cipher())
        .text("group", protection.group())
        .flag("resumed", protection.resumed())
        .text("ja4", protection.ja4())
        .text("certificate", protection.certificate())
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
}
