package io.terminator.core.flow;

import io.terminator.core.chain.Opening;
import io.terminator.core.chain.Protection;
import io.terminator.core.phase.Blame;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The most recent failed handshakes, for diagnosis. Each worker writes its own ring without a lock,
 * and any thread reads all of them. Old entries are overwritten.
 */
public final class FailureInbox {
  private static final int KEPT = 128;

  /** Rings of ended workers, whose last failures can still be read. */
  private static final int MOST_GONE = 16;

  private final List<Ring> rings = new CopyOnWriteArrayList<>();
  private final List<Ring> gone = new CopyOnWriteArrayList<>();

  /**
   * {@code destination} is known at least if the client sent no server name, because the address
   * then decides. {@code reason} is a metric label from a closed set; names and protocols are
   * supplied by the client.
   */
  public record Failure(
      long millis,
      long connection,
      String listener,
      SocketAddress client,
      @Nullable SocketAddress destination,
      String reason,
      Blame blame,
      String detail,
      @Nullable String sni,
      List<String> alpn,
      @Nullable String ja4,
      @Nullable Opening opening,
      String fix) {
    public Failure {
      alpn = List.copyOf(alpn);
    }
  }

  private final class Ring implements ConnectionObserver {
    private final AtomicReferenceArray<@Nullable Failure> cells = new AtomicReferenceArray<>(KEPT);
    private int next;

    @Override
    public void onClosed(Connection connection, Closed closed) {
      if (!closed.isFailedHandshake()) {
        return;
      }
      Protection offered = connection.protection();
      cells.setRelease(
          next,
          new Failure(
              System.currentTimeMillis(),
              connection.id(),
              connection.listener(),
              connection.clientAddress(),
              connection.knownDestination(),
              closed.label(),
              closed.blame(),
              closed.detail(),
              offered.sni(),
              offered.offeredAlpn(),
              offered.ja4(),
              connection.opening(),
              connection.fix()));
      next = (next + 1) % KEPT;
    }

    @Override
    public void onWorkerGone() {
      // Add before removing, so that a concurrent reader finds the ring in at least one place.
      gone.add(this);
      rings.remove(this);
      if (gone.size() > MOST_GONE) {
        gone.remove(0);
      }
    }
  }

  /** The entries of one worker; a replacement worker has its own ring. */
  public ConnectionObserver newObserver() {
    Ring ring = new Ring();
    rings.add(ring);
    return ring;
  }

  /** Newest first. */
  public List<Failure> all() {
    List<Failure> all = new ArrayList<>();
    Set<Ring> everywhere = new LinkedHashSet<>(rings);
    everywhere.addAll(gone);
    for (Ring ring : everywhere) {
      for (int i = 0; i < KEPT; i++) {
        Failure failure = ring.cells.getAcquire(i);
        if (failure != null) {
          all.add(failure);
        }
      }
    }
    all.sort(Comparator.comparingLong(Failure::millis).reversed());
    return all;
  }
}
