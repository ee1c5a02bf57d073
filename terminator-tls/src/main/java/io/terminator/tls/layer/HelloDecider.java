package io.terminator.tls.layer;

import io.terminator.tls.clienthello.ClientHello;
import java.net.SocketAddress;

/** Decides what becomes of a client. Called on workers: reads published snapshots only, never waits. */
public interface HelloDecider {
  Decision decide(ClientHello hello, SocketAddress client);
}
