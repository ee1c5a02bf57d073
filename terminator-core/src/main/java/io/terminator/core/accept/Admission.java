package io.terminator.core.accept;

import io.terminator.core.flow.Slot;
import io.terminator.core.phase.CloseReason;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Admission control of one listener over all workers: its open connections and token buckets. The
 * limits are passed with each call, so that a reload changes them and keeps the counts. Connections
 * accepted while there was no limit are not counted. Lock-free, any worker.
 */
public final class Admission {
  private final ConnectionLimiter listener = new ConnectionLimiter(System.nanoTime());
  private final ConnectionLimiter handshakes = new ConnectionLimiter(System.nanoTime());
  private final Capacity capacity;
  private final Result admitted;
  private volatile AddressLists lists = AddressLists.NONE;
  // A quarter of a megabyte, needed only for limits per source.
  private final AtomicReference<@Nullable SourceLimiters> sources = new AtomicReference<>();
  private final AtomicReference<@Nullable SourceLimiters> handshakeSources =
      new AtomicReference<>();

  /** {@code capacity} belongs to the whole process: every slot includes a unit of it. */
  public Admission(Capacity capacity) {
    this.capacity = capacity;
    this.admitted = new Result(null, capacity);
  }

  /** Replaces the content of the address files. Any thread. */
  public void publish(AddressLists read) {
    lists = read;
  }

  /** Any thread. */
  public AddressLists lists() {
    return lists;
  }

  /**
   * Returns the limiter of full handshakes for {@code config}, or null if it sets no limit on them.
   * Any thread.
   */
  public @Nullable HandshakeRateLimiter handshakes(AdmissionConfig config) {
    return config.limitsHandshakes() ? new HandshakeRateLimiter(this, config) : null;
  }

  ConnectionLimiter handshakes() {
    return handshakes;
  }

  SourceLimiters handshakeSources() {
    return in(handshakeSources);
  }

  /**
   * Refused for {@code reason}, or admitted. If admitted, {@code slot} must be released at the end
   * of the connection.
   */
  record Result(@Nullable CloseReason reason, Slot slot) {
    static final Result DENIED = new Result(CloseReason.DENIED, Slot.NONE);
    static final Result LIMITED = new Result(CloseReason.LIMITED, Slot.NONE);
    static final Result FULL = new Result(CloseReason.CAPACITY, Slot.NONE);
  }

  /** Clients on a unix socket have no address, so only the listener's own limits apply to them. */
  Result check(AdmissionConfig config, SocketAddress client, long now) {
    if (config.isOpen()) {
      return capacity.take() ? admitted : Result.FULL;
    }
    InetAddress address = client instanceof InetSocketAddress inet ? inet.getAddress() : null;
    if (address != null && !config.lists().allows(address, lists)) {
      return Result.DENIED;
    }
    return admit(config, address, now);
  }

  /**
   * Admits a trusted proxy before its header: only the listener's own limits and the deny lists
   * apply at this point.
   */
  Result checkProxy(AdmissionConfig config, SocketAddress proxy, long now) {
    if (config.isOpen()) {
      return capacity.take() ? admitted : Result.FULL;
    }
    return proxy instanceof InetSocketAddress inet
            && config.lists().denies(inet.getAddress(), lists)
        ? Result.DENIED
        : admit(config, null, now);
  }

  /**
   * Admits the client that the header names. {@code slot}, taken for the proxy, becomes part of the
   * result's slot.
   */
  Result checkProxiedClient(AdmissionConfig config, InetAddress client, Slot slot, long now) {
    if (!config.lists().allows(client, lists)) {
      return Result.DENIED;
    }
    if (!config.limitsSources()) {
      return new Result(null, slot);
    }
    SourceLimiters.Opening opening =
        sources().open(client, config.prefix(), config.perSource().connections(), now);
    if (opening == null) {
      return new Result(null, slot);
    }
    if (!opening.opened()) {
      return Result.LIMITED;
    }
    if (!opening.limiter().take(config.perSource().connects().perSecond(), now)) {
      opening.limiter().close();
      return Result.LIMITED;
    }
    ConnectionLimiter source = opening.limiter();
    return new Result(
        null,
        () -> {
          source.close();
          slot.release();
        });
  }

  private Result admit(AdmissionConfig config, @Nullable InetAddress address, long now) {
    if (!capacity.take()) {
      return Result.FULL;
    }
    ConnectionLimiter source = null;
    if (address != null && config.limitsSources()) {
      SourceLimiters.Opening opening =
          sources().open(address, config.prefix(), config.perSource().connections(), now);
      if (opening != null && !opening.opened()) {
        capacity.release();
        return Result.LIMITED;
      }
      source = opening == null ? null : opening.limiter();
    }
    if (listener.open(config.total().connections()) != ConnectionLimiter.Outcome.OPENED) {
      if (source != null) {
        source.close();
      }
      capacity.release();
      return Result.LIMITED;
    }
    AdmissionSlot slot = new AdmissionSlot(capacity, listener, source);
    // The source first: a client refused by its source's limit must not take a token from the
    // others.
    if ((source != null && !source.take(config.perSource().connects().perSecond(), now))
        || !listener.take(config.total().connects().perSecond(), now)) {
      slot.release();
      return Result.LIMITED;
    }
    return new Result(null, slot);
  }

  private record AdmissionSlot(
      Capacity capacity, ConnectionLimiter listener, @Nullable ConnectionLimiter source)
      implements Slot {
    @Override
    public void release() {
      listener.close();
      if (source != null) {
        source.close();
      }
      capacity.release();
    }
  }

  private SourceLimiters sources() {
    return in(sources);
  }

  private static SourceLimiters in(AtomicReference<@Nullable SourceLimiters> reference) {
    SourceLimiters there = reference.get();
    if (there != null) {
      return there;
    }
    SourceLimiters fresh = new SourceLimiters();
    return reference.compareAndSet(null, fresh) ? fresh : in(reference);
  }
}
