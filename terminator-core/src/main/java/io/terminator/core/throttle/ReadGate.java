package io.terminator.core.throttle;

import io.terminator.core.observe.Tally;

/**
 * Decides alone whether a stream is read: it is, if and only if no {@link PauseReason} is held. Pauses and resumes are
 * counted by reason and balance once the connection is closed ({@link #releaseAll}). Worker thread only.
 */
public final class ReadGate {

  /** What opens and shuts the tap: a stream's read interest. */
  public interface Tap {
    /** {@code briefly}: the kernel need not be told unless something arrives meanwhile. */
    void pauseReading(boolean briefly);

    void resumeReading();
  }

  private final Tap tap;
  private final Tally<PauseReason> pauses;
  private final Tally<PauseReason> resumes;
  private int held;

  public ReadGate(Tap tap, Tally<PauseReason> pauses, Tally<PauseReason> resumes) {
    this.tap = tap;
    this.pauses = pauses;
    this.resumes = resumes;
  }

  public void hold(PauseReason reason) {
    if ((held & reason.bit()) != 0) {
      return;
    }
    pauses.add(reason);
    boolean wasOpen = held == 0;
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
    if (held == 0) {
      tap.resumeReading();
    }
  }

  /** Counts every pause still held as resumed without opening the tap: the connection is gone. */
  public void releaseAll() {
    for (PauseReason reason : REASONS) {
      if ((held & reason.bit()) != 0) {
        resumes.add(reason);
      }
    }
    held = 0;
  }

  public boolean isOpen() {
    return held == 0;
  }

  public boolean isHeld(PauseReason reason) {
    return (held & reason.bit()) != 0;
  }

  private static final PauseReason[] REASONS = PauseReason.values();
}
