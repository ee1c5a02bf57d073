package io.terminator.tls.engine;

import io.netty.internal.tcnative.KeyLogCallback;
import io.terminator.tls.keylog.KeyLog;
import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Connects one context to the key log: BoringSSL reports the secrets of every connection; only
 * those of selected ones are kept.
 */
final class KeyRecorder implements KeyLogCallback {
  private final KeyLog log;
  private final Set<Long> chosen = ConcurrentHashMap.newKeySet();

  KeyRecorder(KeyLog log) {
    this.log = log;
  }

  /** Keeps the secrets of {@code ssl} if those of {@code client} are selected. */
  void choose(long ssl, SocketAddress client) {
    if (log.wants(client)) {
      chosen.add(ssl);
    }
  }

  void remove(long ssl) {
    chosen.remove(ssl);
  }

  @Override
  public void handle(long ssl, byte[] line) {
    if (chosen.contains(ssl)) {
      log.write(line);
    }
  }
}
