package io.terminator.core.chain;

import io.terminator.core.frame.Scratch;
import io.terminator.core.throttle.ReadGate;
import io.terminator.core.worker.Worker;
import org.jspecify.annotations.Nullable;

/**
 * One side of a connection as a phase sees it: the phase reads bytes from it and writes bytes to
 * it. A {@link TcpStream} is the socket itself; a protocol layer is a stream around another one
 * ({@link StreamLayer}), so that the stack of streams is the protocol chain. Bytes, events, read
 * interest and the end pass through every layer. Several streams over one connection (HTTP/2) can
 * each be a {@code ByteStream}, just as a socket is. Worker thread only.
 */
public interface ByteStream {
  /** Nothing to read now; an event follows. */
  int WOULD_BLOCK = 0;

  /**
   * The peer ended its output as the protocol requires, and every byte before the end has been
   * read.
   */
  int END = -1;

  /** The peer or the network broke the connection. */
  int RESET = -2;

  /** The transport ended but the protocol above it did not: bytes may be missing. */
  int TRUNCATED = -3;

  /** The peer violated a protocol; {@link #failure} describes how. */
  int PROTOCOL_ERROR = -4;

  /**
   * Delivers subsequent events to {@code receiver}. A phase that takes over a stream calls this
   * first.
   */
  void attach(StreamEvents receiver);

  /** Decides whether this stream is read. Nothing is read before {@link ReadGate#start}. */
  ReadGate gate();

  /**
   * Reads once into the start of {@code target}. Returns the number of bytes (at most one receive
   * from the kernel, so that no connection monopolizes the worker) or one of the constants above.
   * {@code target} is the worker's plain scratch.
   */
  default int read(Scratch target) {
    return read(target, 0, Worker.RECEIVE_SIZE);
  }

  /**
   * As {@link #read(Scratch)}, from offset {@code at} of {@code target} on, and takes at most
   * {@code most} bytes from the kernel. With TLS the result may have up to one record (16 KiB) more
   * than that, which arrived earlier; {@code target} needs the capacity for it.
   */
  int read(Scratch target, int at, int most);

  /**
   * True when {@link #read} can return a result without the kernel: no readiness event will
   * announce it.
   */
  boolean hasBufferedInput();

  /**
   * Takes all of {@code source[from, to)}: the kernel takes as much as it accepts, the rest waits
   * in frames. Returns false when the peer can no longer be written to; the bytes are lost and the
   * connection can only be closed.
   */
  boolean write(Scratch source, int from, int to);

  /** Bytes waiting in frames. */
  long pendingOutput();

  /**
   * Ends the output after the bytes that are waiting: close_notify if there is TLS, then FIN.
   * {@code closing} states that the socket is closed as soon as nothing waits; the close then sends
   * the FIN, which saves a call.
   */
  void finishOutput(boolean closing);

  /**
   * True once {@link #finishOutput} was called and everything up to the FIN has been passed to the
   * kernel.
   */
  boolean isOutputFinished();

  /**
   * True once nothing can be written any more: the peer sent a reset, or the frames are exhausted.
   */
  boolean isBroken();

  /**
   * After {@link #isBroken}: the peer closed its socket with no unread data. Only a unix socket can
   * report this, with EPIPE. Over TCP a write after the peer's FIN succeeds, and EPIPE means that a
   * reset followed that FIN.
   */
  boolean isPeerGoneInOrder();

  /**
   * True once no written byte is still in transit, or none can arrive any more: an {@link #abort}
   * then destroys no data.
   */
  boolean isSettled();

  /** Closes in order: bytes held by the kernel are still delivered, waiting frames are dropped. */
  void close();

  /** Closes with a reset, so that the peer cannot mistake it for a clean end. */
  void abort();

  /**
   * Ends the output and closes if all bytes were sent; otherwise resets, since the missing bytes
   * would go unnoticed.
   */
  default void finishOrAbort() {
    if (pendingOutput() > 0) {
      abort();
      return;
    }
    if (!isOutputFinished()) {
      finishOutput(true);
    }
    close();
  }

  /**
   * Makes every later close of this stream a reset, including the close by an event loop that ends
   * with the stream open.
   */
  void resetOnClose();

  /** The worker of this stream. */
  Worker worker();

  /**
   * True if the peer has already ended or reset its side, also where no event has reported it yet:
   * then nothing that is sent from now on will be answered. Costs a system call.
   */
  boolean hasPeerLeft();

  /**
   * The socket below all layers, only for its options and addresses: everything else must pass
   * through the layers.
   */
  TcpStream tcp();

  /** The protocol that ALPN selected; null without TLS, and if the peer selected none. */
  default @Nullable String alpn() {
    return null;
  }

  /** A description of the peer's protocol violation after PROTOCOL_ERROR; empty otherwise. */
  default String failure() {
    return "";
  }

  /**
   * After PROTOCOL_ERROR: the peer refused the session before its first byte, so that the
   * handshake, which was complete on this side, has failed. A TLS 1.3 server judges the certificate
   * of its client only then (RFC 8446 section 4.4.2).
   */
  default boolean isHandshakeRefused() {
    return false;
  }

  /**
   * Frees the memory that a layer holds outside the Java heap. Called exactly once, by the closer.
   * The socket is closed separately.
   */
  void release();
}
