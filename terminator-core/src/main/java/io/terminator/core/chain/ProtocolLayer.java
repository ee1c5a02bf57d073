package io.terminator.core.chain;

/** Creates a listener's streams from its sockets. Shared by all workers, immutable. */
public interface ProtocolLayer {

  /**
   * Begins one client's handshake on its worker, before any byte has been read. {@code wake} may be
   * called from any thread; it makes the worker call {@link LayerSession#advance} again after work
   * on another thread.
   */
  LayerSession begin(ByteStream client, Runnable wake);

  /** No layer: bytes pass unchanged. */
  ProtocolLayer PLAIN = (client, wake) -> new PlainSession(client);
}
