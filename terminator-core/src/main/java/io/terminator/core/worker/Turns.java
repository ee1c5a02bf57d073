package io.terminator.core.worker;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The turns of the loop: one wait for events, their handling, the steps left by the turn before,
 * and then handshakes and endings ({@link RunQueue}). A socket that has more input than it may read
 * in one turn leaves a step, so that every other socket has its turn in between; a task of the loop
 * would run again and again before the next wait. Worker thread only.
 */
public final class Turns implements IoHandler, IoHandlerContext {

  /** A step of the next turn. */
  public interface Step {
    void onTurn();
  }

  private @Nullable IoHandler epoll;
  private final RunQueue runQueue;
  private final FaultLog faults;
  private final ArrayDeque<Step> steps = new ArrayDeque<>();
  private @Nullable IoHandlerContext loop;
  private long number;
  private long timed = -1;
  private long nanos;
  private long millis;

  Turns(RunQueue runQueue, FaultLog faults) {
    this.runQueue = runQueue;
    this.faults = faults;
  }

  /** Called once, by the loop that this object serves. */
  IoHandler open(ThreadAwareExecutor executor) {
    epoll = EpollIoHandler.newFactory().newHandler(executor);
    return this;
  }

  /** Runs {@code step} once in the next turn, after its events. */
  public void next(Step step) {
    steps.add(step);
  }

  /** The number of the present turn. */
  public long number() {
    return number;
  }

  /**
   * {@link System#nanoTime} as first asked for in the present turn. One reading for the events of a
   * turn: with many sockets, readings of the clock would be a noticeable part of a request.
   */
  public long nanos() {
    read();
    return nanos;
  }

  /** {@link System#currentTimeMillis} at the time of {@link #nanos}. */
  public long millis() {
    read();
    return millis;
  }

  private void read() {
    if (timed != number) {
      timed = number;
      nanos = System.nanoTime();
      millis = System.currentTimeMillis();
    }
  }

  @Override
  public int run(IoHandlerContext context) {
    number++;
    loop = context;
    int due = steps.size();
    int handled = epoll().run(this);
    for (int i = 0; i < due; i++) {
      try {
        steps.remove().onTurn();
      } catch (Throwable fault) {
        report(fault);
      }
    }
    try {
      runQueue.endTurn();
    } catch (Throwable fault) {
      report(fault);
    }
    return handled + due;
  }

  private IoHandler epoll() {
    return Objects.requireNonNull(epoll);
  }

  private IoHandlerContext loop() {
    return Objects.requireNonNull(loop);
  }

  /** An exception would end the loop. */
  private void report(Throwable fault) {
    faults.report("phase=turn", fault);
  }

  @Override
  public boolean canBlock() {
    return steps.isEmpty() && runQueue.isEmpty() && loop().canBlock();
  }

  @Override
  public long delayNanos(long now) {
    return loop().delayNanos(now);
  }

  @Override
  public long deadlineNanos() {
    return loop().deadlineNanos();
  }

  @Override
  public void reportActiveIoTime(long nanos) {
    loop().reportActiveIoTime(nanos);
  }

  @Override
  public boolean shouldReportActiveIoTime() {
    return loop().shouldReportActiveIoTime();
  }

  @Override
  public void initialize() {
    epoll().initialize();
  }

  @Override
  public void prepareToDestroy() {
    epoll().prepareToDestroy();
  }

  @Override
  public void destroy() {
    epoll().destroy();
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return epoll().register(handle);
  }

  @Override
  public void wakeup() {
    epoll().wakeup();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return epoll().isCompatible(handleType);
  }
}
