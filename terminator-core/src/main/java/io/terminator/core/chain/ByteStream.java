package io.terminator.core.chain;

import io.terminator.core.frame.Scratch;

/**
 * One side of a connection as a phase sees it: bytes are pulled from it and pushed into it. A {@link TcpStream} is the
 * socket itself; a protocol layer is a stream around another one, so that the stack of streams is the protocol chain.
 * Worker thread only.
 */
public interface ByteStream {
  /** Nothing to read now; an event will tell. */
  int WOULD_BLOCK = 0;

  /** The peer ended its output in the way the protocol asks for; every byte before it has been read. */
  int END = -1;

  /** The peer, or the network, broke the connection. */
  int RESET = -2;

  /** The transport ended where the protocol above it had not: bytes may be missing. */
  int TRUNCATED = -3;

  /** The peer broke the rules of a protocol; {@link #failure} says how. */
  int PROTOCOL_ERROR = -4;

  /**
   * Reads once into the start of {@code target}: how many bytes (at most one receive from the kernel, so that no connection
   * keeps the worker), or one of the constants above. {@code target} is the worker's plain scratch.
   */
  int read(Scratch target);

  /** True when {@link #read} has something to say without the kernel: no readiness event will come for it. */
  boolean hasBufferedInput();

  /**
   * Takes all of {@code source[from, to)}: as much as the kernel accepts leaves at once, the rest waits in frames. False when
   * the peer can't be written to any more; the bytes are lost and the connection can only be closed.
   */
  boolean write(Scratch source, int from, int to);

  /** Bytes waiting in frames. */
  long pendingOutput();

  /**
   * Says to the peer, after what is waiting, that no more will come: close_notify where there is TLS, then FIN. {@code closing}
   * says that the socket is closed as soon as nothing waits, which sends the FIN as well and saves a call.
   */
  void finishOutput(boolean closing);

  /** True once {@link #finishOutput} was asked for and everything up to the FIN has been given to the kernel. */
  boolean isOutputFinished();

  /** The socket under all layers. */
  TcpStream tcp();

  /** What the peer did wrong, in words, after PROTOCOL_ERROR; empty otherwise. */
  default String failure() {
    return "";
  }

  /** Frees what a layer holds outside the Java heap; exactly once, by the closer. The socket is closed apart. */
  void release();
}
