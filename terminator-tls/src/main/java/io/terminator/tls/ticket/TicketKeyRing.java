package io.terminator.tls.ticket;

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
 * This process's ticket keys: the first seals, the others still open. The ring outlives every context and every reload; that
 * is why resumption does too. Keys of its own live three rotations. Keys of a fleet follow from a secret and the clock: those
 * of the epochs before and after open as well, so that clocks may differ, and after a change of the secret so do the old
 * one's, since not every replica sees it at once. {@link #keys} on any thread; changes are made under the ring's lock.
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

  /** The sealing key first; empty where tickets are off. */
  public List<TicketKey> keys() {
    return keys;
  }

  /** Why the shared secret is not what the file has now; empty when all is well. Any thread. */
  public String problem() {
    return problem;
  }

  /** Any thread. */
  public TicketConfig.Source source() {
    return config.source();
  }

  /** From now on as {@code next} says; the keys stay where it says the same as before. True if they changed. */
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
      // Better sessions that only this replica resumes than none.
      addRandom();
    }
  }

  /** A new key of our own seals from now on; a fleet's keys follow the clock alone. True if the keys changed. */
  public synchronized boolean rotate() {
    if (config.source() != TicketConfig.Source.LOCAL) {
      return refresh();
    }
    addRandom();
    return true;
  }

  /** What became of {@link #revoke}. */
  public enum Revocation {
    /** No ticket that was issued before opens any more. */
    DONE,
    /** No earlier secret opens tickets, and the present one makes the same keys again: it has to be replaced first. */
    SECRET_UNCHANGED,
    /** There are no tickets. */
    OFF
  }

  /**
   * Ends every session that was begun before, at once: own keys are replaced, and of a fleet's those of the secret before the
   * present one are given up, which else open for one more rotation. The contexts need the new keys then.
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

  /** Does what the clock and the secret's file ask for by now; to be called every few seconds. True if the keys changed. */
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

  /** True if the file has another secret than before; an unusable file changes nothing but is reported, once. */
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
        ? "cannot be read (" + unusable.getClass().getSimpleName() + ")"
        : message;
  }
}
