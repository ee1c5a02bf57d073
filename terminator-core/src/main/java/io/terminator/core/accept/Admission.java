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
  // A quarter of a megabyte that only limits per source need.
  private final AtomicReference<@Nullable Sources> sources = new AtomicReference<>();

  /** Refused for {@code reason}, or let in: then {@code place}, if any, is to be told when the client has gone. */
  record Verdict(@Nullable CloseReason reason, @Nullable Departure place) {
    static final Verdict WELCOME = new Verdict(null, null);
    static final Verdict DENIED = new Verdict(CloseReason.DENIED, null);
    static final Verdict LIMITED = new Verdict(CloseReason.LIMITED, null);
  }

  /** Clients on a unix socket have no address: only the listener's own limits are for them. */
  Verdict judge(AdmissionConfig config, SocketAddress client, long now) {
    if (config.isOpen()) {
      return Verdict.WELCOME;
    }
    Quota source = null;
    if (client instanceof InetSocketAddress inet) {
      InetAddress address = inet.getAddress();
      if (!config.welcomes(address)) {
        return Verdict.DENIED;
      }
      if (config.limitsSources()) {
        Sources.Opening opening = sources().open(address, config, now);
        if (opening != null && !opening.opened()) {
          return Verdict.LIMITED;
        }
        source = opening == null ? null : opening.quota();
      }
    }
    if (listener.open(config.connections()) != Quota.Outcome.OPENED) {
      if (source != null) {
        source.close();
      }
      return Verdict.LIMITED;
    }
    Place place = new Place(listener, source);
    // The source first: what it may not have is no loss to the others.
    if ((source != null && !source.take(config.ratePerSource(), now))
        || !listener.take(config.rate(), now)) {
      place.onGone();
      return Verdict.LIMITED;
    }
    return new Verdict(null, place);
  }

  private record Place(Quota listener, @Nullable Quota source) implements Departure {
    @Override
    public void onGone() {
      listener.close();
      if (source != null) {
        source.close();
      }
    }
  }

  private Sources sources() {
    Sources there = sources.get();
    if (there != null) {
      return there;
    }
    Sources fresh = new Sources();
    return sources.compareAndSet(null, fresh) ? fresh : sources();
  }
}
