package io.terminator.core.throttle;

import io.terminator.core.observe.CounterSet;

/**
 * The only place that decides whether a stream is read: from {@link #start} until {@link #end},
 * while no {@link PauseReason} is held. A stream owns its gate, so holding the stream also controls
 * its peer. Pauses and resumes are counted by reason, and their counts are equal once the gate has
 * ended. Worker thread only.
 */
public final class ReadGate {
  private static final PauseReason[] REASONS = PauseReason.values();

  /** Switches the stream's read interest. Called only by the gate. */
  public interface Tap {
    void pauseReading();

    void resumeReading();
  }

  private final Tap tap;
  private CounterSet<PauseReason> pauses;
  private CounterSet<PauseReason> resumes;
  private int held;
  private boolean started;
  private boolean ended;

  public ReadGate(Tap tap, CounterSet<PauseReason> pauses, CounterSet<PauseReason> resumes) {
    this.tap = tap;
    this.pauses = pauses;
    this.resumes = resumes;
  }

  /**
   * Counts in other counters from now on. Reasons that are held count as a resume in the former
   * ones and as a pause in the new ones, so that each pair stays equal.
   */
  public void countIn(CounterSet<PauseReason> newPauses, CounterSet<PauseReason> newResumes) {
    if (held != 0) {
      for (PauseReason reason : REASONS) {
        if (isHeld(reason)) {
          resumes.add(reason);
          newPauses.add(reason);
        }
      }
    }
    pauses = newPauses;
    resumes = newResumes;
  }

  /**
   * Starts reading unless a reason is held. Nothing is read before this call; repeated calls have
   * no effect.
   */
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
      tap.pauseReading();
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

  /** Stops reading permanently; reasons still held count as resumed. */
  public void end() {
    boolean wasOpen = isOpen();
    releaseAll();
    ended = true;
    if (wasOpen) {
      tap.pauseReading();
    }
  }

  /**
   * Reads regardless of held reasons or an earlier end: the stream's owner now discards the input.
   */
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
