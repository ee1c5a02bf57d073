package io.terminator.core.worker;

import com.google.errorprone.annotations.MustBeClosed;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.Future;
import io.terminator.core.frame.FramePool;
import io.terminator.core.frame.Gathering;
import io.terminator.core.frame.Scratch;
import io.terminator.core.observe.ByteCount;
import io.terminator.core.observe.CounterSet;
import io.terminator.core.observe.Counters;
import io.terminator.core.observe.Diagnostics;
import io.terminator.core.observe.ListenerCounters;
import io.terminator.core.observe.Recorder;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.throttle.PauseReason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One thread, one event loop, and everything that its connections share: frames, scratch memory,
 * clock, counters. Nothing here is shared with another worker. Methods are for the worker's own
 * thread unless they state otherwise.
 */
public final class Worker {
  /** The maximum that one receive takes from a socket; measurements showed no gain above it. */
  public static final int RECEIVE_SIZE = 64 * 1024;

  // The records of one receive can complete one more record whose first part arrived earlier.
  private static final int PLAIN_SIZE = RECEIVE_SIZE + 32 * 1024;
  // The size of a full plain scratch after encryption: 29 bytes more per record, plus the rest of a
  // handshake before it.
  private static final int OUT_SIZE = PLAIN_SIZE + 8 * 1024;

  private final int index;
  private final int generation;
  private volatile @Nullable Thread thread;
  private final MultiThreadIoEventLoopGroup group;
  private final IoEventLoop loop;
  private volatile boolean draining;
  private final FramePool frames;
  private final DeadlineWheel deadlines;
  private final Overload overload;
  private final Turns turns;
  private final RunQueue runQueue;
  private final Scratch received = new Scratch(RECEIVE_SIZE);
  private final Scratch plain = new Scratch(PLAIN_SIZE);
  private final Scratch encrypted = new Scratch(OUT_SIZE);
  private final Gathering gathering = new Gathering();
  private final ByteBuffer socketOption =
      ByteBuffer.allocateDirect(256).order(ByteOrder.nativeOrder());
  private final CounterSet<WorkerCount> counts = new CounterSet<>(WorkerCount.class);
  private final Counters counters = new Counters();
  private final RecentValues recent = new RecentValues();
  private final Map<Class<?>, Object> parts = new ConcurrentHashMap<>();
  private final Diagnostics diagnostics;
  private Recorder recorder = Recorder.OFF;
  private final FaultLog faults;
  private final Map<String, ListenerCounters> listenerCounters = new ConcurrentHashMap<>();
  private final Map<String, TrafficCounters> traffic = new ConcurrentHashMap<>();
  private final TrafficCounters unattributed = new TrafficCounters("");

  /**
   * {@code generation} counts restarts of the worker with this index; it is part of the thread's
   * name.
   */
  public Worker(int index, int generation, long frameBudget, Diagnostics diagnostics) {
    this(
        generation == 0 ? "worker-" + index : "worker-" + index + "." + generation,
        index,
        generation,
        frameBudget,
        diagnostics);
  }

  /** A worker without client connections; {@code name} is the name of its thread. */
  public Worker(String name, Diagnostics diagnostics) {
    this(name, 0, 0, 0, diagnostics);
  }

  private Worker(
      String name, int index, int generation, long frameBudget, Diagnostics diagnostics) {
    this.index = index;
    this.generation = generation;
    this.diagnostics = diagnostics;
    faults = new FaultLog(counts, diagnostics);
    runQueue = new RunQueue();
    turns = new Turns(runQueue, faults);
    group =
        new MultiThreadIoEventLoopGroup(
            1, (ThreadFactory) task -> newThread(task, name), turns::open);
    loop = group.next();
    frames = new FramePool(frameBudget, loop, diagnostics);
    deadlines = new DeadlineWheel(loop, counts, faults);
    overload = new Overload(index, deadlines, frames, counts, diagnostics, this::recorder);
  }

  public int index() {
    return index;
  }

  public int generation() {
    return generation;
  }

  /** Connections that carry one request after the other end after the current one. Any thread. */
  public void toDraining() {
    draining = true;
  }

  public boolean isDraining() {
    return draining;
  }

  /** Any thread. */
  public boolean isCurrentThread() {
    return loop.inEventLoop();
  }

  /** Runs {@code task} later on the worker's thread. Any thread. */
  public void execute(Runnable task) {
    loop.execute(task);
  }

  /** Any thread. */
  public void schedule(Runnable task, long delay, TimeUnit unit) {
    loop.schedule(task, delay, unit);
  }

  /**
   * Registers {@code handle}'s descriptor with the loop. No event arrives before interest is
   * submitted.
   */
  public IoRegistration register(EpollIoHandle handle) {
    try {
      // Not through the loop, which would add a promise, a wrapper and an atomic count.
      return turns.register(handle);
    } catch (Exception refused) {
      throw new IllegalStateException("the loop refused a registration", refused);
    }
  }

  public FramePool frames() {
    return frames;
  }

  public DeadlineWheel deadlines() {
    return deadlines;
  }

  /** The overload detection of this worker. */
  public Overload overload() {
    return overload;
  }

  /** The turns of the event loop. */
  public Turns turns() {
    return turns;
  }

  /** The queue of handshake steps, which lets relayed bytes overtake them. */
  public RunQueue runQueue() {
    return runQueue;
  }

  /** Leases the scratch for bytes as received from a socket. */
  @MustBeClosed
  public Scratch received() {
    return received.lease();
  }

  /** Leases the scratch for plaintext bytes. */
  @MustBeClosed
  public Scratch plain() {
    return plain.lease();
  }

  /** Leases the scratch for encrypted bytes to be written to a socket. */
  @MustBeClosed
  public Scratch encrypted() {
    return encrypted.lease();
  }

  public Gathering gathering() {
    return gathering;
  }

  /** Memory for the result of {@code getsockopt}, in native byte order; used within one call. */
  public ByteBuffer socketOption() {
    return socketOption;
  }

  /**
   * An object equal to {@code value}, which is immutable: connections that keep it share it instead
   * of having a copy each.
   */
  public <T> T shared(T value) {
    return recent.shared(value);
  }

  /**
   * The destination of this worker's messages for the operator; the worker never writes them
   * itself. Any thread.
   */
  public Diagnostics diagnostics() {
    return diagnostics;
  }

  /** The recording of this worker; {@link Recorder#OFF} unless one runs. */
  public Recorder recorder() {
    return recorder;
  }

  /** Ends the current recording, if any, and begins {@code next}. */
  public void record(Recorder next) {
    Recorder before = recorder;
    recorder = next;
    before.onEnd();
  }

  public FaultLog faults() {
    return faults;
  }

  public CounterSet<WorkerCount> counts() {
    return counts;
  }

  /** The counters of the packages on this worker, each under its own enum. */
  public Counters counters() {
    return counters;
  }

  /**
   * The object that the connections of this worker share under {@code type}; {@code maker} makes it
   * on first request. An {@link AutoCloseable} one is closed on this worker when it ends. A later
   * call may come from any thread.
   */
  public <T> T part(Class<T> type, Function<Worker, T> maker) {
    Object there = parts.get(type);
    if (there == null) {
      there = maker.apply(this);
      parts.put(type, there);
    }
    return type.cast(there);
  }

  /** As {@link #part(Class, Function)}; null if nothing has requested it yet. Any thread. */
  public <T> @Nullable T part(Class<T> type) {
    return type.cast(parts.get(type));
  }

  /**
   * This worker's counters of one listener's connections that have no backend yet; created on first
   * request and kept permanently. Any thread.
   */
  public TrafficCounters traffic(String listener) {
    return traffic.computeIfAbsent(listener, TrafficCounters::new);
  }

  /** Counters of streams that no connection owns; they are not exported. */
  public TrafficCounters unattributedTraffic() {
    return unattributed;
  }

  /** The counters of every listener and backend. Any thread. */
  public List<TrafficCounters> traffic() {
    List<TrafficCounters> all = new ArrayList<>();
    traffic.values().forEach(listener -> listener.forEachBackend(all::add));
    return all;
  }

  /** The sum over all listeners and backends. Any thread. */
  public long bytes(ByteCount what) {
    return traffic().stream().mapToLong(each -> each.bytes().get(what)).sum();
  }

  /** The sum over all listeners and backends. Any thread. */
  public long closes(CloseReason reason) {
    return traffic().stream().mapToLong(each -> each.closes().get(reason)).sum();
  }

  /** The sum over all listeners and backends. Any thread. */
  public long pauses(PauseReason reason) {
    return traffic().stream().mapToLong(each -> each.pauses().get(reason)).sum();
  }

  /** The sum over all listeners and backends. Any thread. */
  public long resumes(PauseReason reason) {
    return traffic().stream().mapToLong(each -> each.resumes().get(reason)).sum();
  }

  /**
   * This worker's counters of one listener; created on first request and kept permanently. Any
   * thread.
   */
  public ListenerCounters listenerCounters(String listener) {
    return listenerCounters.computeIfAbsent(listener, ListenerCounters::new);
  }

  /** Any thread. */
  public List<ListenerCounters> listenerCounters() {
    return List.copyOf(listenerCounters.values());
  }

  /** Adds to a gauge and updates its high watermark. */
  public void addGauge(WorkerCount gauge, WorkerCount highWatermark, long amount) {
    counts.add(gauge, amount);
    if (amount > 0) {
      counts.raise(highWatermark, counts.get(gauge));
    }
  }

  private Thread newThread(Runnable task, String name) {
    Thread made = new FastThreadLocalThread(task, name);
    thread = made;
    return made;
  }

  /** The current stack of this worker's thread; empty if it does not run. Any thread. */
  public StackTraceElement[] stack() {
    Thread current = thread;
    return current == null ? new StackTraceElement[0] : current.getStackTrace();
  }

  /** Binds this worker's thread to the core of its index, if Java can do that. Any thread. */
  public void pin() {
    execute(
        () -> CoreAffinity.pin(index % Runtime.getRuntime().availableProcessors(), diagnostics));
  }

  /**
   * Frees the memory outside the heap and the parts after {@link #stop} is done. The counters, and
   * with them this object, are kept for the life of the process. Any thread.
   */
  public void forget() {
    frames.forget();
    received.forget();
    plain.forget();
    encrypted.forget();
    parts.clear();
  }

  /**
   * Ends the thread after the tasks queued on it have run, and closes open sockets. Any thread;
   * does not wait.
   */
  public Future<?> stop() {
    try {
      execute(this::end);
    } catch (RejectedExecutionException stoppedBefore) {
      // No socket is open any more.
    }
    return group.terminationFuture();
  }

  private void end() {
    try {
      parts.values().forEach(this::close);
      turns.prepareToDestroy();
    } finally {
      // Not before: a loop that shuts down closes its sockets first, and the parts would then write
      // their last bytes to descriptors that may belong to other connections.
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    }
  }

  private void close(Object part) {
    if (part instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception fault) {
        faults.report("the end of a worker", fault);
      }
    }
  }
}
