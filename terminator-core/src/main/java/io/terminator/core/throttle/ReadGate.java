package io.terminator.core.throttle;

import io.terminator.core.observe.Tally;

/**
 * Decides alone whether a stream is read: it is once {@link #start} was called, until {@link #end}, while no {@link
 * PauseReason} is held. A stream owns its gate, so whoever holds the stream holds back its peer. Pauses and resumes are
 * counted by reason and balance once the gate has ended. Worker thread only.
 */
public final class ReadGate {
  private static final PauseReason[] REASONS = PauseReason.values();

  /** What opens and shuts the tap: a stream's read interest. Called by its gate alone. */
  public interface Tap {
    /** {@code briefly}: the kernel need not be told unless something arrives meanwhile. */
    void pauseReading(boolean briefly);

    void resumeReading();
  }

  private final Tap tap;
  private final Tally<PauseReason> pauses;
  private final Tally<PauseReason> resumes;
  private int held;
  private boolean started;
  private boolean ended;

  public ReadGate(Tap tap, Tally<PauseReason> pauses, Tally<PauseReason> resumes) {
    this.tap = tap;
    this.pauses = pauses;
    this.resumes = resumes;
  }

  /** Reads from now on, unless a reason is held. Before it, nothing is read; repeated calls change nothing. */
  public void start() {
    if (!started) {
      started = true;
      if (isOpen()) {
        tap.resumeReading();
      }
    }
  }

  public void hold(PauseReason reason) {
    if (ended || (held & reason.bit()) != 0) {
      return;
    }
    pauses.add(reason);
    boolean wasOpen = isOpen();
    held |= reason.bit();
    if (wasOpen) {
      tap.pauseReading(reason == PauseReason.SETUP);
    }
  }

  public void release(PauseReason reason) {
    if ((held & reason.bit()) == 0) {
      return;
    }
    resumes.add(reason);
    held &= ~reason.bit();
    if (isOpen()) {
      tap.resumeReading();
    }
  }

  /**
   * Stops reading for good; what is still held counts as resumed. {@code briefly}: the stream will be closed before more
   * than a FIN arrives, so the kernel need not be told.
   */
  public void end(boolean briefly) {
    boolean wasOpen = isOpen();
    releaseAll();
    ended = true;
    if (wasOpen) {
      tap.pauseReading(briefly);
    }
  }

  /** Reads whatever was held or ended before: from now on the stream's owner drops what arrives. */
  public void drain() {
    releaseAll();
    started = true;
    ended = false;
    tap.resumeReading();
  }

  private void releaseAll() {
    if (held == 0) {
      return;
    }
    for (PauseReason reason : REASONS) {
      if ((held & reason.bit()) != 0) {
        resumes.add(reason);
      }
    }
    held = 0;
  }

  /** True while the stream is read. */
  public boolean isOpen() {
    return held == 0 && started && !ended;
  }

  public boolean isHeld(PauseReason reason) {
    return (held & reason.bit()) != 0;
  }
}
