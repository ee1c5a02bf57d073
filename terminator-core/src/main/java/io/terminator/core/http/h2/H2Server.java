package io.terminator.core.http.h2;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.http.exchange.ResetReason;
import io.terminator.core.route.Server;
import io.terminator.core.worker.Worker;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a server that carries the requests of several clients, and belongs to none of
 * them: a fault or an end of it is the end of each of its streams. Worker thread only.
 */
final class H2Server implements H2Connection.ServerOwner {
  private final Worker worker;
  private final Server server;
  private final ByteStream stream;
  private final H2Connection h2;
  private final H2Servers servers;

  /** Null if the connection is for one request. */
  private final H2Servers.@Nullable Place place;

  private boolean closed;

  H2Server(
      H2Shared shared,
      Server server,
      ByteStream stream,
      H2Limits limits,
      H2Servers servers,
      H2Servers.@Nullable Place place) {
    this.worker = stream.worker();
    this.server = server;
    this.stream = stream;
    this.servers = servers;
    this.place = place;
    this.h2 = new H2Connection(shared, stream, limits, false, this);
  }

  void begin() {
    if (place != null) {
      servers.add(place, this);
    }
    h2.begin();
  }

  boolean canOpen() {
    return h2.canOpen();
  }

  H2Stream open() {
    H2Stream opened = h2.open();
    if (place == null) {
      h2.drain();
    }
    return opened;
  }

  /** Completes the requests that were begun, and ends. */
  void drain() {
    h2.drain();
  }

  ByteStream stream() {
    return stream;
  }

  @Override
  public void onOver(H2Connection.End how, String detail) {
    switch (how) {
      case IDLE, DRAINED, PEER_CLOSED, PEER_LEFT -> end(true);
      case PEER_RESET, PEER_TRUNCATED, PEER_TRANSPORT, VIOLATION, FLOOD, MEMORY -> end(false);
      case PEER_REFUSED -> {
        server.refused(worker);
        end(false);
      }
    }
  }

  @Override
  public void onFault(Throwable fault) {
    worker.faults().report("a connection to a server", fault);
    close();
  }

  /** Ends the connection and its streams. */
  void close() {
    if (!closed) {
      h2.close(ResetReason.CONNECTION_LOST);
      end(false);
    }
  }

  private void end(boolean clean) {
    if (closed) {
      return;
    }
    closed = true;
    if (place != null) {
      servers.remove(place, this);
    }
    try {
      if (clean) {
        stream.finishOrAbort();
      } else {
        stream.abort();
      }
    } finally {
      stream.release();
    }
  }
}
