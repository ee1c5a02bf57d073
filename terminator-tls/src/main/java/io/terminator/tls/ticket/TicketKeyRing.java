package io.terminator.tls.ticket;

import io.terminator.core.file.FileFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ticket keys of this process: the first seals, all of them open. The ring outlives all
 * contexts and reloads, so that sessions can be resumed across a reload. Local keys live for three
 * rotations. Shared keys are derived from a secret and the clock: those of the previous and next
 * epoch also open tickets, so that clocks may differ. After a change of the secret the keys of the
 * old one also open, because replicas do not see the change at the same time. {@link #keys} is
 * thread-safe; changes are made under the ring's lock.
 */
public final class TicketKeyRing {
  private static final Logger LOG = LoggerFactory.getLogger(TicketKeyRing.class);
  private static final int KEPT = 3;

  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock;
  private volatile TicketConfig config;
  private Instant rotated;
  private @Nullable TicketSecret secret;
  private @Nullable TicketSecret secretBefore;
  private long secretChanged;
  private long epoch;
  private volatile String problem = "";
  private volatile List<TicketKey> keys = List.of();

  public TicketKeyRing(TicketConfig config, InstantSource clock) {
    this.config = config;
    this.clock = clock;
    this.rotated = clock.instant();
    begin();
  }

  /** The sealing key first; empty if tickets are off. */
  public List<TicketKey> keys() {
    return keys;
  }

  /**
   * Why the shared secret differs from the content of the file; empty if there is no problem.
   * Thread-safe.
   */
  public String problem() {
    return problem;
  }

  /** The configured source of the keys. Thread-safe. */
  public TicketConfig.Source source() {
    return config.source();
  }

  /** Applies {@code next}; unchanged settings keep their keys. Returns true if the keys changed. */
  public synchronized boolean configure(TicketConfig next) {
    if (config.equals(next)) {
      return false;
    }
    boolean isOwn =
        config.source() == TicketConfig.Source.LOCAL && next.source() == config.source();
    config = next;
    if (isOwn) {
      return false;
    }
    begin();
    return true;
  }

  private void begin() {
    problem = "";
    secret = null;
    secretBefore = null;
    epoch = Long.MIN_VALUE;
    keys = List.of();
    if (config.source() == TicketConfig.Source.LOCAL) {
      addRandom();
    } else if (config.source() == TicketConfig.Source.SHARED && !derive()) {
      // Sessions that only this replica can resume are better than none.
      addRandom();
    }
  }

  /**
   * Seals with a new local key from now on; shared keys follow only the clock. Returns true if the
   * keys changed.
   */
  public synchronized boolean rotate() {
    if (config.source() != TicketConfig.Source.LOCAL) {
      return refresh();
    }
    addRandom();
    return true;
  }

  /** The result of {@link #revoke}. */
  public enum Revocation {
    /** No ticket that was issued before can be opened. */
    DONE,
    /**
     * No earlier secret opens tickets, but the present one derives the same keys again: it must be
     * replaced first.
     */
    SECRET_UNCHANGED,
    /** Tickets are off. */
    OFF
  }

  /**
   * Invalidates all earlier sessions at once: local keys are replaced, and shared keys of the
   * previous secret, which would otherwise open tickets for one more rotation, are dropped. The
   * contexts then need the new keys.
   */
  public synchronized Revocation revoke() {
    switch (config.source()) {
      case OFF -> {
        return Revocation.OFF;
      }
      case LOCAL -> {
        keys = List.of();
        addRandom();
      }
      case SHARED -> {
        boolean unused = derive();
        if (secret == null) {
          keys = List.of();
          addRandom();
          return Revocation.DONE;
        }
        if (secretBefore == null || epoch > secretChanged + 1) {
          return Revocation.SECRET_UNCHANGED;
        }
        secretBefore = null;
        epoch = Long.MIN_VALUE;
        unused = derive();
      }
    }
    return Revocation.DONE;
  }

  /**
   * Applies changes of the clock and of the secret file; to be called every few seconds. Returns
   * true if the keys changed.
   */
  public synchronized boolean refresh() {
    return switch (config.source()) {
      case OFF -> false;
      case LOCAL -> {
        boolean isDue = !clock.instant().isBefore(rotated.plus(config.rotation()));
        if (isDue) {
          addRandom();
        }
        yield isDue;
      }
      case SHARED -> derive();
    };
  }

  private void addRandom() {
    rotated = clock.instant();
    List<TicketKey> next = new ArrayList<>(KEPT);
    next.add(TicketKey.random(random));
    next.addAll(keys.subList(0, Math.min(keys.size(), KEPT - 1)));
    keys = List.copyOf(next);
  }

  private boolean derive() {
    long length = config.rotation().toSeconds();
    long now = Math.floorDiv(clock.instant().getEpochSecond(), length);
    boolean isOther = readSecret(now);
    TicketSecret current = secret;
    if (current == null || !isOther && now == epoch) {
      return false;
    }
    epoch = now;
    List<TicketKey> next = new ArrayList<>(2 * KEPT);
    addEpochs(next, current, length);
    TicketSecret before = secretBefore;
    if (before != null && now <= secretChanged + 1) {
      addEpochs(next, before, length);
    }
    keys = List.copyOf(next);
    return true;
  }

  private void addEpochs(List<TicketKey> next, TicketSecret from, long length) {
    next.add(from.key(length, epoch));
    next.add(from.key(length, epoch - 1));
    next.add(from.key(length, epoch + 1));
  }

  /**
   * Returns true if the secret in the file has changed; an unusable file changes nothing and is
   * reported once.
   */
  private boolean readSecret(long now) {
    Path file = Objects.requireNonNull(config.secretFile());
    TicketSecret current = secret;
    try {
      TicketSecret read = TicketSecret.read(file);
      if (!problem.isEmpty()) {
        LOG.info("tickets.secret-file: \"{}\" is usable again", file);
        problem = "";
      }
      if (current != null && current.isSame(read)) {
        return false;
      }
      if (current != null) {
        LOG.info(
            "tickets.secret-file: \"{}\" has a new secret, which encrypts new tickets from"
                + " now on",
            file);
      }
      secretBefore = current;
      secretChanged = now;
      secret = read;
      return true;
    } catch (IOException unusable) {
      if (problem.isEmpty()) {
        problem = "\"" + file + "\" " + words(unusable, file);
        LOG.error(
            "tickets.secret-file: {}. {} until it can be read",
            problem,
            current == null
                ? "Sessions are resumed only by this process"
                : "The previous secret is used");
      }
      return false;
    }
  }

  private static String words(IOException unusable, Path file) {
    String message = String.valueOf(unusable.getMessage());
    return message.equals(file.toString())
        ? "cannot be read (" + FileFailure.words(unusable) + ")"
        : message;
  }
}
