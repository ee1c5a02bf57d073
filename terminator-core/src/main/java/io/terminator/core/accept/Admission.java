package io.terminator.core.accept;

import io.terminator.core.flow.Departure;
import io.terminator.core.phase.CloseReason;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What a listener's clients have taken of its limits, on all workers together; the limits themselves come with each question,
 * so that a reload changes them and forgets nobody. Lock-free, any worker. Clients that came while there was no limit are
 * not counted.
 */
public final class Admission {
  private final Quota listener = new Quota(System.nanoTime());
  private final Quota handshakes = new Quota(System.nanoTime());
  private final Capacity capacity;
  private final Verdict welcome;
  private volatile AddressLists lists = AddressLists.NONE;
  // A quarter of a megabyte that only limits per source need.
  private final AtomicReference<@Nullable Sources> sources = new AtomicReference<>();
  private final AtomicReference<@Nullable Sources> handshakeSources = new AtomicReference<>();

  /** {@code capacity} is of the whole process: a place of it is part of every place here. */
  public Admission(Capacity capacity) {
    this.capacity = capacity;
    this.welcome = new Verdict(null, capacity);
  }

  /** From now on the address files say this. Any thread. */
  public void publish(AddressLists read) {
    lists = read;
  }

  /** Any thread. */
  public AddressLists lists() {
    return lists;
  }

  /** What full handshakes may be begun under {@code config}; null where it sets no limit on them. Any thread. */
  public @Nullable HandshakeAllowance handshakes(AdmissionConfig config) {
    return config.limitsHandshakes() ? new HandshakeAllowance(this, config) : null;
  }

  Quota handshakes() {
    return handshakes;
  }

  Sources handshakeSources() {
    return in(handshakeSources);
  }

  /** Refused for {@code reason}, or let in: then {@code place}, if any, is to be told when the client has gone. */
  record Verdict(@Nullable CloseReason reason, @Nullable Departure place) {
    static final Verdict DENIED = new Verdict(CloseReason.DENIED, null);
    static final Verdict LIMITED = new Verdict(CloseReason.LIMITED, null);
    static final Verdict FULL = new Verdict(CloseReason.CAPACITY, null);
  }

  /** Clients on a unix socket have no address: only the listener's own limits are for them. */
  Verdict judge(AdmissionConfig config, SocketAddress client, long now) {
    if (config.isOpen()) {
      return capacity.take() ? welcome : Verdict.FULL;
    }
    InetAddress address = client instanceof InetSocketAddress inet ? inet.getAddress() : null;
    if (address != null && !config.welcomes(address, lists)) {
      return Verdict.DENIED;
    }
    return admit(config, address, now);
  }

  /** One that speaks for others: all that can be judged so far is the listener's own limits, and whether it is denied itself. */
  Verdict judgeSpeaker(AdmissionConfig config, SocketAddress speaker, long now) {
    if (config.isOpen()) {
      return capacity.take() ? welcome : Verdict.FULL;
    }
    return speaker instanceof InetSocketAddress inet && config.denies(inet.getAddress(), lists)
        ? Verdict.DENIED
        : admit(config, null, now);
  }

  /** The one it spoke for; {@code place} is what was taken so far, and part of what is to be told. */
  Verdict judgeConveyed(
      AdmissionConfig config, InetAddress client, @Nullable Departure place, long now) {
    if (!config.welcomes(client, lists)) {
      return Verdict.DENIED;
    }
    if (!config.limitsSources()) {
      return new Verdict(null, place);
    }
    Sources.Opening opening = sources().open(client, config, config.connectionsPerSource(), now);
    if (opening == null) {
      return new Verdict(null, place);
    }
    if (!opening.opened()) {
      return Verdict.LIMITED;
    }
    if (!opening.quota().take(config.ratePerSource(), now)) {
      opening.quota().close();
      return Verdict.LIMITED;
    }
    Quota source = opening.quota();
    return new Verdict(
        null,
        () -> {
          source.close();
          if (place != null) {
            place.onGone();
          }
        });
  }

  private Verdict admit(AdmissionConfig config, @Nullable InetAddress address, long now) {
    if (!capacity.take()) {
      return Verdict.FULL;
    }
    Quota source = null;
    if (address != null && config.limitsSources()) {
      Sources.Opening opening = sources().open(address, config, config.connectionsPerSource(), now);
      if (opening != null && !opening.opened()) {
        capacity.onGone();
        return Verdict.LIMITED;
      }
      source = opening == null ? null : opening.quota();
    }
    if (listener.open(config.connections()) != Quota.Outcome.OPENED) {
      if (source != null) {
        source.close();
      }
      capacity.onGone();
      return Verdict.LIMITED;
    }
    Place place = new Place(capacity, listener, source);
    // The source first: what it may not have is no loss to the others.
    if ((source != null && !source.take(config.ratePerSource(), now))
        || !listener.take(config.rate(), now)) {
      place.onGone();
      return Verdict.LIMITED;
    }
    return new Verdict(null, place);
  }

  private record Place(Capacity capacity, Quota listener, @Nullable Quota source)
      implements Departure {
    @Override
    public void onGone() {
      listener.close();
      if (source != null) {
        source.close();
      }
      capacity.onGone();
    }
  }

  private Sources sources() {
    return in(sources);
  }

  private static Sources in(AtomicReference<@Nullable Sources> reference) {
    Sources there = reference.get();
    if (there != null) {
      return there;
    }
    Sources fresh = new Sources();
    return reference.compareAndSet(null, fresh) ? fresh : in(reference);
  }
}
