package io.terminator.tls.engine;

import io.netty.internal.tcnative.KeyLogCallback;
import io.terminator.tls.keylog.KeyLog;
import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One context's way to the key log: BoringSSL names secrets of every connection, of which chosen ones are kept. */
final class KeyRecorder implements KeyLogCallback {
  private final KeyLog log;
  private final Set<Long> chosen = ConcurrentHashMap.newKeySet();

  KeyRecorder(KeyLog log) {
    this.log = log;
  }

  /** Keeps the secrets of {@code ssl} where those of {@code client} are wanted. */
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
