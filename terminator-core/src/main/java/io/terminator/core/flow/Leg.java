package io.terminator.core.flow;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.phase.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * One try of a connection at one backend, from the route to the end: the server, its slot, the
 * stream, the bytes. A connection has none before it is routed, and one over TCP. Worker thread
 * only.
 */
public final class Leg {

  /** The owner of the leg, which started it and decides what its loss means. */
  public interface Owner {
    /** The leg has to end for a reason outside the connection. Called at most once. */
    void onSevered(Leg leg, CloseReason reason, String detail);
  }

  private final Connection connection;
  private final String backend;
  private final Owner owner;
  private Slot slot = Slot.NONE;
  private @Nullable String server;
  private @Nullable ByteStream stream;
  private int retries;
  private long bytesIn;
  private long bytesOut;
  private boolean awaitingAnswer;
  private boolean ended;

  @Nullable Leg previous;
  @Nullable Leg next;

  /** Adds this leg to the live legs of {@code connection}. */
  public Leg(Connection connection, String backend, Owner owner) {
    this.connection = connection;
    this.backend = backend;
    this.owner = owner;
    connection.add(this);
  }

  /**
   * Takes {@code occupied}, a place in a queue or on a server, which the end of the leg releases.
   */
  public void occupy(Slot occupied) {
    slot = occupied;
  }

  /** Gives up the current slot without releasing it; another owner does that. */
  public void vacate() {
    slot = Slot.NONE;
  }

  /** A connect to {@code target} is in progress, using the slot {@code occupied}. */
  public void dial(String target, Slot occupied) {
    if (server != null) {
      retries++;
    }
    server = target;
    slot = occupied;
  }

  /**
   * The outermost stream to the server, connected or connecting. The end of the leg closes and
   * releases it.
   */
  public void carry(ByteStream outermost) {
    stream = outermost;
  }

  /** Records that bytes moved; {@code fromClient} means that a response may be pending. */
  public void moved(long bytes, boolean fromClient) {
    if (fromClient) {
      bytesIn += bytes;
    } else {
      bytesOut += bytes;
    }
    awaitingAnswer = fromClient;
    connection.touch();
  }

  /** Detaches the server; the owner ends the leg, or the connection with it. */
  public void sever(CloseReason reason, String detail) {
    if (!ended) {
      owner.onSevered(this, reason, detail);
    }
  }

  /**
   * Ends this leg once: a clean end for the backend if {@code clean} and all bytes were sent, else
   * a reset. Then releases stream and slot, even if a step fails.
   */
  public void end(boolean clean) {
    if (ended) {
      return;
    }
    ended = true;
    connection.remove(this);
    ByteStream carried = stream;
    if (carried != null) {
      if (clean) {
        connection.guarded(() -> finish(carried), carried);
      } else {
        connection.guarded(carried::abort, null);
      }
      connection.guarded(carried::release, null);
    }
    if (slot != Slot.NONE) {
      connection.guarded(slot::release, null);
    }
  }

  /**
   * A clean end if all bytes were sent; otherwise a reset, since the missing bytes would go
   * unnoticed.
   */
  static void finish(ByteStream stream) {
    if (stream.pendingOutput() > 0) {
      stream.abort();
      return;
    }
    if (!stream.isOutputFinished()) {
      stream.finishOutput(true);
    }
    stream.close();
  }

  public boolean isEnded() {
    return ended;
  }

  public Connection connection() {
    return connection;
  }

  public String backend() {
    return backend;
  }

  /** The server of the last connect; null before the first. */
  public @Nullable String server() {
    return server;
  }

  /** Null before the first connect. */
  public @Nullable ByteStream stream() {
    return stream;
  }

  public Slot slot() {
    return slot;
  }

  /** The number of servers tried before this one. */
  public int retries() {
    return retries;
  }

  public long bytesIn() {
    return bytesIn;
  }

  public long bytesOut() {
    return bytesOut;
  }

  /** Whether the last bytes came from the client. */
  public boolean isAwaitingAnswer() {
    return awaitingAnswer;
  }

  /** Bytes that wait to be sent to the backend. */
  public long pendingOutput() {
    ByteStream carried = stream;
    return carried == null ? 0 : carried.pendingOutput();
  }

  /** The next live leg of the connection. */
  public @Nullable Leg next() {
    return next;
  }
}
