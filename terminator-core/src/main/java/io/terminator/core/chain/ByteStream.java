package io.terminator.core.chain;

import io.terminator.core.frame.Scratch;
import io.terminator.core.throttle.ReadGate;
import io.terminator.core.worker.Worker;

/**
 * One side of a connection as a phase sees it: bytes are pulled from it and pushed into it. A {@link TcpStream} is the
 * socket itself; a protocol layer is a stream around another one ({@link StreamLayer}), so that the stack of streams is the
 * protocol chain. Bytes, events, read interest and the end go through every layer: several streams over one connection
 * (HTTP/2) are as much a {@code ByteStream} each as a socket is. Worker thread only.
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

  /** Hands events to {@code receiver} from now on; a phase that takes over a stream calls this first. */
  void attach(StreamEvents receiver);

  /** Decides whether this stream is read; nothing is before {@link ReadGate#start}. */
  ReadGate gate();

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

  /** True once nothing can be written any more: the peer reset, or the frames ran out. */
  boolean isBroken();

  /**
   * After {@link #isBroken}: the peer closed its socket with nothing unread. Only a unix socket can tell, by EPIPE; over TCP
   * a write after the peer's FIN succeeds, and EPIPE means that a reset followed that FIN.
   */
  boolean isPeerGoneInOrder();

  /** True once nothing that was written is still on its way, or never will arrive: an {@link #abort} destroys nothing. */
  boolean isSettled();

  /** Closes in order: what the kernel holds is still delivered. Waiting frames are dropped. */
  void close();

  /** Closes with a reset, so that the peer can't take it for a clean end. */
  void abort();

  /** From now on every way in which this is closed is a reset, also by a loop that ends with what is on it. */
  void resetOnClose();

  /** The worker that this stream lives on. */
  Worker worker();

  /** The socket under all layers, for its options and addresses only: everything else goes through the layers. */
  TcpStream tcp();

  /** What the peer did wrong, in words, after PROTOCOL_ERROR; empty otherwise. */
  default String failure() {
    return "";
  }

  /** Frees what a layer holds outside the Java heap; exactly once, by the closer. The socket is closed apart. */
  void release();
}
