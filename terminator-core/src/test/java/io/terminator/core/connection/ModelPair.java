package io.terminator.core.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.connection.ModelPeer.Ended;
import io.terminator.core.connection.ModelPeer.Seen;
import io.terminator.core.phase.CloseReason;
import java.util.EnumSet;
import java.util.Set;

/**
 * The reference model of one relayed pair: which close reasons what happened can lead to, and what each peer may have seen
 * by then. Two events that were not kept apart may be noticed in either order, so some histories allow several reasons.
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

  /** When it must be over; 0 while nothing has happened that ends it. */
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
      // Whoever ended after having seen the other's end came second for sure.
      backendFirst |= peer == client && client.seen == Seen.CLEAN_END;
      clientFirst |= peer == backend && backend.seen == Seen.CLEAN_END;
    }
  }

  /** Something that is no peer's doing may have ended it from now on. */
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

  /** Whether both have been told, or are gone: nothing more will come. */
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
      // The usual way a client leaves out its goodbye, or closes without reading ours.
      possible.add(CloseReason.BACKEND_CLOSED);
    }
    if (client.ended == Ended.TRUNCATING || clientEnded && backend.ended == Ended.TRUNCATING) {
      // Where the exchange was complete, which depends on what the worker read last.
      possible.add(CloseReason.CLIENT_CLOSED);
    }
    if (clientEnded || backendEnded) {
      possible.add(CloseReason.HALF_CLOSE_TIMEOUT);
    }
    if (backend.ended == Ended.RESETTING && client.received + backend.received == 0) {
      // It left before the worker had seen that it was there.
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

  /** Never more than was said, never a clean end that was not, and all of it where the pair ended cleanly. */
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
      // Only who broke the protocol is let go without the protocol's goodbye, or who had no room
      // for it
      // when the end was ours, or when there was none to pass on.
      assertThat(
              to.ended == Ended.VIOLATING
                  || from.ended == Ended.TRUNCATING
                  || IN_ORDER.contains(reason))
          .as("%s", this)
          .isTrue();
    }
  }

  /** We ended it ourselves, in order, between two words: the goodbye is ours and no byte was under way. */
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
