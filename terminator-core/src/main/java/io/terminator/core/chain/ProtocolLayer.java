package io.terminator.core.chain;

/** Makes a listener's streams out of its sockets. Shared by all workers, immutable. */
public interface ProtocolLayer {

  /**
   * Begins one client's handshake on its worker; nothing has been read yet. {@code wake} may be called from any thread and
   * makes the worker call {@link LayerSession#advance} again, for work done elsewhere.
   */
  LayerSession begin(ByteStream client, Runnable wake);

  /** No layer at all: bytes pass as they are. */
  ProtocolLayer PLAIN = (client, wake) -> new PlainSession(client);
}
