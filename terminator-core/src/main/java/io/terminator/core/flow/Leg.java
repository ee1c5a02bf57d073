package io.terminator.core.flow;

import io.terminator.core.phase.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * One try of a connection at one backend, from the route to the end. What it occupies there is in
 * its {@link Stage}. A connection has none before it is routed, one over TCP, and any number at
 * once or one after the other in other conversations. Worker thread only.
 */
public final class Leg implements ServedBy {

  /** The owner of the leg, which started it and decides what its loss means. */
  public interface Owner {
    /** The leg has to end for a reason outside the connection. Called at most once. */
    void onSevered(Leg leg, CloseReason reason, String detail);
  }

  /**
   * How far the leg has come at its backend, with what it occupies there: a place in the connect
   * queue, a connect in progress, an open connection.
   */
  public interface Stage {
    /** Routed: no server yet, and nothing is occupied. */
    Stage ROUTED = clean -> {};

    /**
     * Releases everything, even if a step fails; called once. An open connection gets a clean end
     * if {@code clean} and all bytes were sent, else a reset.
     */
    void end(boolean clean);

    /** The server of the last connect; null before the first. */
    default @Nullable String server() {
      return null;
    }

    /** Whether this stage occupies {@code slot}. */
    default boolean occupies(Slot slot) {
      return false;
    }

    /** Bytes that wait to be sent to the backend. */
    default long pendingOutput() {
      return 0;
    }
  }

  /** What stays known of a leg that has ended, without what it refers to. */
  private record Past(String backend, @Nullable String server, int retries) implements ServedBy {}

  private final Connection connection;
  private final String backend;
  private final String route;
  private final long startNanos;
  private final Owner owner;
  private Stage stage = Stage.ROUTED;
  private int retries;
  private long bytesIn;
  private long bytesOut;
  private boolean awaitingAnswer;
  private boolean ended;

  @Nullable Leg previous;
  @Nullable Leg next;

  /** Adds this leg to the live legs of {@code connection}. */
  public Leg(Connection connection, String backend, Owner owner) {
    this(connection, backend, "", owner);
  }

  /** As above, for a request that the route {@code route} selected. */
  public Leg(Connection connection, String backend, String route, Owner owner) {
    this.connection = connection;
    this.backend = backend;
    this.route = route;
    this.owner = owner;
    this.startNanos = connection.worker().turns().nanos();
    connection.add(this);
  }

  /** Enters {@code next}, which the end of the leg ends. What the stage before occupied is its. */
  public void to(Stage next) {
    stage = next;
  }

  /** Counts a connect to another server after one that failed. */
  public void retried() {
    retries++;
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

  /** Ends this leg once, and its stage with it. */
  public void end(boolean clean) {
    if (leave()) {
      connection.guarded(() -> stage.end(clean), null);
    }
  }

  /**
   * Ends this leg and leaves its stage to the caller: an open connection may carry a later leg.
   * False if the leg, and its stage with it, had ended before.
   */
  public boolean leave() {
    if (ended) {
      return false;
    }
    ended = true;
    connection.remove(this);
    return true;
  }

  public boolean isEnded() {
    return ended;
  }

  public Connection connection() {
    return connection;
  }

  @Override
  public String backend() {
    return backend;
  }

  /** The route of the request; empty for a leg that carries the whole connection. */
  public String route() {
    return route;
  }

  /** The age of this leg. */
  public long ageNanos() {
    return System.nanoTime() - startNanos;
  }

  public Stage stage() {
    return stage;
  }

  @Override
  public @Nullable String server() {
    return stage.server();
  }

  ServedBy past() {
    return new Past(backend, server(), retries);
  }

  @Override
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
    return stage.pendingOutput();
  }
}
