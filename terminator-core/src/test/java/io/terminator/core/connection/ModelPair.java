package io.terminator.core.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.connection.ModelPeer.Ended;
import io.terminator.core.connection.ModelPeer.Seen;
import io.terminator.core.phase.CloseReason;
import java.util.EnumSet;
import java.util.Set;

/**
 * The reference model of one relayed pair: the close reasons that the events so far permit, and
 * what each peer may have seen by then. Two events close together may be noticed in either order,
 * so some histories permit several reasons.
 */
final class ModelPair {
  final ModelPeer client;
  final ModelPeer backend;
  final int key;
  final boolean mortal;
  private final Set<CloseReason> fromOutside = EnumSet.noneOf(CloseReason.class);
  private final StringBuilder history = new StringBuilder();
  private boolean clientFirst;
  private boolean backendFirst;
  long restUntil;

  /** The time by which the pair must have ended; 0 until an event ends it. */
  long overBy;

  ModelPair(ModelPeer client, ModelPeer backend, int key, boolean mortal) {
    this.client = client;
    this.backend = backend;
    this.key = key;
    this.mortal = mortal;
  }

  void end(ModelPeer peer, Ended how) {
    if (!peer.mayTalk() || !peer.end(how)) {
      return;
    }
    note((peer == client ? "client " : "backend ") + how);
    if (how == Ended.CLEANLY) {
      // A peer that ended after it had seen the other's end certainly came second.
      backendFirst |= peer == client && client.seen == Seen.CLEAN_END;
      clientFirst |= peer == backend && backend.seen == Seen.CLEAN_END;
    }
  }

  /** From now on an event caused by neither peer may have ended the pair. */
  void mayEndAs(CloseReason reason) {
    fromOutside.add(reason);
    note("from outside " + reason);
  }

  boolean isEnding() {
    return client.ended != Ended.NOT && backend.ended != Ended.NOT
        || client.seen == Seen.RESET
        || backend.seen == Seen.RESET
        || client.seen == Seen.BARE_FIN
        || backend.seen == Seen.BARE_FIN
        || isBroken(client.ended)
        || isBroken(backend.ended)
        || client.seen == Seen.CLEAN_END && backend.seen == Seen.CLEAN_END;
  }

  private static boolean isBroken(Ended how) {
    return how == Ended.TRUNCATING || how == Ended.VIOLATING || how == Ended.RESETTING;
  }

  /** Whether both peers have seen an end, or are gone: nothing more will arrive. */
  boolean isOver() {
    return isTold(client) && isTold(backend);
  }

  private static boolean isTold(ModelPeer peer) {
    return peer.seen != Seen.NOTHING || peer.ended == Ended.RESETTING;
  }

  void check(CloseReason reason) {
    Set<CloseReason> possible = possible();
    assertThat(possible).as("%s", this).contains(reason);
    checkReceived(client, backend, reason);
    checkReceived(backend, client, reason);
  }

  private Set<CloseReason> possible() {
    Set<CloseReason> possible = EnumSet.copyOf(fromOutside.isEmpty() ? NEVER : fromOutside);
    possible.addAll(fromOutside);
    possible.addAll(byPeer(client.ended, true));
    possible.addAll(byPeer(backend.ended, false));
    boolean clientEnded = client.ended == Ended.CLEANLY;
    boolean backendEnded = backend.ended == Ended.CLEANLY;
    if (clientEnded && backendEnded) {
      if (!backendFirst) {
        possible.add(CloseReason.CLIENT_CLOSED);
      }
      if (!clientFirst) {
        possible.add(CloseReason.BACKEND_CLOSED);
      }
    }
    if (backendEnded && (client.ended == Ended.TRUNCATING || client.ended == Ended.RESETTING)) {
      // The usual way in which a client omits close_notify, or closes without reading the relay's.
      possible.add(CloseReason.BACKEND_CLOSED);
    }
    if (client.ended == Ended.TRUNCATING || clientEnded && backend.ended == Ended.TRUNCATING) {
      // If the exchange was complete, which depends on the worker's last read.
      possible.add(CloseReason.CLIENT_CLOSED);
    }
    if (clientEnded || backendEnded || backend.ended == Ended.RESETTING) {
      // The relay may learn of a backend's reset from a write, or while a client that does not read
      // holds up the other direction: what the backend sent before then has this long to arrive.
      possible.add(CloseReason.HALF_CLOSE_TIMEOUT);
    }
    if (backend.ended == Ended.RESETTING && client.received + backend.received == 0) {
      // The client closed before the worker had seen it.
      possible.add(CloseReason.CONNECT_FAILED);
    }
    possible.add(CloseReason.IDLE);
    if (mortal) {
      possible.add(CloseReason.LIFETIME);
    }
    possible.removeAll(NEVER);
    return possible;
  }

  private static final Set<CloseReason> NEVER = EnumSet.of(CloseReason.INTERNAL);

  private static Set<CloseReason> byPeer(Ended how, boolean client) {
    return switch (how) {
      case NOT, CLEANLY -> Set.of();
      case TRUNCATING ->
          Set.of(client ? CloseReason.CLIENT_TRUNCATED : CloseReason.BACKEND_TRUNCATED);
      case VIOLATING -> Set.of(client ? CloseReason.CLIENT_PROTOCOL : CloseReason.BACKEND_PROTOCOL);
      case RESETTING -> Set.of(client ? CloseReason.CLIENT_RESET : CloseReason.BACKEND_RESET);
    };
  }

  /**
   * Never more bytes than were sent, never a clean end that was not sent, and all bytes if the pair
   * ended cleanly.
   */
  private void checkReceived(ModelPeer to, ModelPeer from, CloseReason reason) {
    assertThat(to.received).as("%s", this).isLessThanOrEqualTo(from.sent);
    boolean bothEnded = reason == CloseReason.CLIENT_CLOSED || reason == CloseReason.BACKEND_CLOSED;
    boolean cut = reason == CloseReason.CLIENT_CLOSED && to.ended == Ended.TRUNCATING;
    if (bothEnded && !cut && from.ended == Ended.CLEANLY && to.ended != Ended.RESETTING) {
      assertThat(to.seen).as("%s", this).isEqualTo(Seen.CLEAN_END);
    }
    if (to.seen == Seen.CLEAN_END && !IN_ORDER.contains(reason)) {
      boolean leftWithoutGoodbye =
          from == client && from.ended == Ended.TRUNCATING && backend.ended == Ended.CLEANLY;
      assertThat(from.ended == Ended.CLEANLY || leftWithoutGoodbye).as("%s", this).isTrue();
      assertThat(to.received).as("%s", this).isEqualTo(from.sent);
    }
    if (to.seen == Seen.BARE_FIN) {
      // The protocol's end marker is left out only for a peer that violated the protocol, or that
      // had no room for the marker when the relay ended the pair, or when there was no marker to
      // pass on.
      assertThat(
              to.ended == Ended.VIOLATING
                  || from.ended == Ended.TRUNCATING
                  || IN_ORDER.contains(reason))
          .as("%s", this)
          .isTrue();
    }
  }

  /**
   * The relay ended the pair in order, between two messages: it sent the end marker and no byte was
   * in transit.
   */
  private static final Set<CloseReason> IN_ORDER =
      EnumSet.of(CloseReason.IDLE, CloseReason.LIFETIME, CloseReason.ADMIN, CloseReason.DRAINED);

  private void note(String what) {
    history.append("; ").append(what);
  }

  @Override
  public String toString() {
    return "client said %d got %d saw %s, backend said %d got %d saw %s%s"
        .formatted(
            client.sent,
            client.received,
            client.seen,
            backend.sent,
            backend.received,
            backend.seen,
            history);
  }
}
