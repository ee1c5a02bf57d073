package io.terminator.core.connection;

import io.netty.channel.unix.Socket;
import io.terminator.core.accept.AddressLists;
import io.terminator.core.accept.Admission;
import io.terminator.core.accept.Binding;
import io.terminator.core.accept.Capacity;
import io.terminator.core.accept.InheritedSockets;
import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.ConnectionObserver;
import io.terminator.core.frame.FrameConfig;
import io.terminator.core.observe.Diagnostics;
import io.terminator.core.observe.Recorder;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerCounters;
import io.terminator.core.setting.TimeSpan;
import io.terminator.core.worker.DeadlineWheel;
import io.terminator.core.worker.OverloadConfig;
import io.terminator.core.worker.StallWatch;
import io.terminator.core.worker.Worker;
import io.terminator.core.worker.WorkerConfig;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All workers of the appliance: opens and closes listeners on them, replaces a running worker,
 * drains them. Control plane: its methods may block and are never called on a worker. Synchronized
 * on itself, so that changes are serialized.
 */
public final class WorkerGroup implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerGroup.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** The distance between the first ids of a worker and of each of its replacements. */
  private static final int ID_BITS = 40;

  private final long framesPerWorker;
  private final boolean pin;
  private final InheritedSockets inherited;
  private final IntFunction<ConnectionObserver> observers;
  private final Duration report;
  private final List<WorkerUnit> units = new CopyOnWriteArrayList<>();
  private final List<Worker> everMade = new CopyOnWriteArrayList<>();
  private final List<WorkerUnit> retiring = new CopyOnWriteArrayList<>();
  // By key, in the order of the configuration.
  private final Map<String, Open> listeners = new LinkedHashMap<>();
  // By listener name, including closed listeners: one that is opened again still has its clients.
  private final Map<String, Admission> admissions = new TreeMap<>();
  private final Capacity capacity = new Capacity();
  private final Diagnostics diagnostics;
  private final StallWatch watch = new StallWatch(this::workers);
  private OverloadConfig overload = OverloadConfig.DEFAULT;
  private Supplier<Recorder> recorders = () -> Recorder.OFF;
  private int unitsMade;

  private record Open(ListenerConfig config, ConnectionFlow.Plan plan, SocketAddress address) {}

  /**
   * {@code observers} creates the observer of the worker with that index. The observer is told
   * about long connections every {@code report}; never if that is zero.
   */
  public WorkerGroup(
      WorkerConfig workers,
      FrameConfig frames,
      IntFunction<ConnectionObserver> observers,
      Duration report) {
    this(workers, frames, observers, report, InheritedSockets.NONE, new Diagnostics());
  }

  /**
   * As above; listeners may use {@code inherited} sockets. Workers report messages for the operator
   * to {@code diagnostics}, which the caller closes.
   */
  public WorkerGroup(
      WorkerConfig workers,
      FrameConfig frames,
      IntFunction<ConnectionObserver> observers,
      Duration report,
      InheritedSockets inherited,
      Diagnostics diagnostics) {
    this.inherited = inherited;
    this.diagnostics = diagnostics;
    this.report = report;
    this.framesPerWorker = frames.budget().bytes() / workers.count();
    this.pin = workers.pin();
    this.observers = observers;
    for (int i = 0; i < workers.count(); i++) {
      units.add(newUnit(i, 0));
    }
  }

  /** Listens on every worker; returns the address with its actual port. */
  public synchronized SocketAddress open(ListenerConfig config, ConnectionFlow.Plan plan)
      throws IOException {
    Binding binding = Binding.bind(config, units.size(), pin, inherited, diagnostics);
    List<Socket> sockets = binding.sockets();
    for (int i = 0; i < sockets.size(); i++) {
      await(units.get(i).open(sockets.get(i), config, admission(config), plan));
    }
    listeners.put(config.key(), new Open(config, plan, binding.address()));
    return binding.address();
  }

  /**
   * Binds sockets that listen on {@code config}'s address and do not accept yet, for {@link
   * #rearrange} or to be closed.
   */
  public synchronized Binding bind(ListenerConfig config) throws IOException {
    return Binding.bind(config, units.size(), pin, inherited, diagnostics);
  }

  /**
   * One listener of a {@link #rearrange}. {@code sockets} are those of an open listener, or new
   * ones.
   */
  public record Placing(ListenerConfig config, ConnectionFlow.Plan plan, Sockets sockets) {}

  /** The source of a listener's sockets. */
  public sealed interface Sockets {
    /** The sockets of the open listener with that key, with all connections in their queues. */
    record Of(String listener) implements Sockets {}

    /** Sockets from {@link #bind}; the group now owns them. */
    record Fresh(Binding binding) implements Sockets {}
  }

  /**
   * Makes exactly these listeners the open ones. No connection in a kernel queue is lost, and live
   * connections stay open, including those of removed listeners.
   */
  public synchronized void rearrange(List<Placing> placings) {
    Map<String, Open> next = new LinkedHashMap<>();
    for (Placing placing : placings) {
      next.put(
          placing.config().key(),
          new Open(placing.config(), placing.plan(), address(placing.sockets())));
    }
    for (int i = 0; i < units.size(); i++) {
      List<WorkerUnit.Assignment> assignments = new ArrayList<>();
      for (Placing placing : placings) {
        assignments.add(assignment(placing, i));
      }
      await(units.get(i).rearrange(assignments));
    }
    listeners.clear();
    listeners.putAll(next);
  }

  /** The connection limit of each open listener; 0 means no limit. */
  public synchronized Map<String, Integer> limits() {
    Map<String, Integer> limits = new TreeMap<>();
    listeners
        .values()
        .forEach(open -> limits.put(open.config().name(), open.config().connections()));
    return limits;
  }

  /** The addresses that clients connect to, by listener, with the actual ports. */
  public synchronized Map<String, List<SocketAddress>> addresses() {
    Map<String, List<SocketAddress>> addresses = new TreeMap<>();
    listeners
        .values()
        .forEach(
            open ->
                addresses
                    .computeIfAbsent(open.config().name(), name -> new ArrayList<>())
                    .add(open.address()));
    return addresses;
  }

  private SocketAddress address(Sockets sockets) {
    if (sockets instanceof Sockets.Fresh fresh) {
      return fresh.binding().address();
    }
    String key = ((Sockets.Of) sockets).listener();
    Open open = listeners.get(key);
    if (open == null) {
      throw new IllegalArgumentException("there is no listener " + key);
    }
    return open.address();
  }

  private WorkerUnit.Assignment assignment(Placing placing, int unit) {
    String from = null;
    Socket socket = null;
    if (placing.sockets() instanceof Sockets.Fresh fresh) {
      List<Socket> all = fresh.binding().sockets();
      socket = unit < all.size() ? all.get(unit) : null;
    } else {
      from = ((Sockets.Of) placing.sockets()).listener();
    }
    return new WorkerUnit.Assignment(
        placing.config(), admission(placing.config()), placing.plan(), from, socket);
  }

  private Admission admission(ListenerConfig config) {
    return admission(config.name());
  }

  /** How much of its limits the clients of the listener with that name have used. */
  public synchronized Admission admission(String listener) {
    return admissions.computeIfAbsent(listener, name -> new Admission(capacity));
  }

  /** The content of each open listener's address files. */
  public synchronized Map<String, AddressLists> addressLists() {
    Map<String, AddressLists> all = new TreeMap<>();
    for (Open open : listeners.values()) {
      all.put(open.config().name(), admission(open.config()).lists());
    }
    return all;
  }

  /** Sets the thresholds at which a worker counts as overloaded. */
  public synchronized void configure(OverloadConfig marks) {
    overload = marks;
    allUnits().forEach(unit -> unit.worker().overload().configure(marks));
  }

  /**
   * Gives every worker a recorder from {@code each}, in place of the current one, which receives no
   * more calls when this returns.
   */
  public synchronized void record(Supplier<Recorder> each) {
    recorders = each;
    allUnits().forEach(unit -> await(unit.record(each.get())));
  }

  /** The limit on the total number of connections; initially there is no limit. Any thread. */
  public Capacity capacity() {
    return capacity;
  }

  /**
   * Replaces worker {@code index} with a new worker. The listening sockets move with every
   * connection in their queues, new connections go to the new worker, and the old worker ends with
   * its last connection or after {@code window}.
   */
  public synchronized void restart(int index, Duration window) {
    WorkerUnit old = units.get(index);
    WorkerUnit fresh = newUnit(index, old.worker().generation() + 1);
    Map<String, Socket> sockets = await(old.handOver());
    for (Map.Entry<String, Socket> entry : sockets.entrySet()) {
      Open open = listeners.get(entry.getKey());
      if (open != null) {
        await(fresh.open(entry.getValue(), open.config(), admission(open.config()), open.plan()));
      }
    }
    units.set(index, fresh);
    retiring.add(old);
    LOG.info(
        "worker={} generation={}: restarted, the old one drains",
        index,
        fresh.worker().generation());
    Thread retirement = new Thread(() -> retire(old, window), "worker-" + index + "-retirement");
    retirement.setDaemon(true);
    retirement.start();
  }

  private void retire(WorkerUnit old, Duration window) {
    drainUnits(List.of(old), window);
    retiring.remove(old);
    old.worker().stop().awaitUninterruptibly(PATIENCE.toMillis());
    old.toGone();
  }

  /**
   * Stops accepting, closes connections as they become idle, and the rest after {@code window}.
   * Returns the number closed then.
   */
  public int drain(Duration window) {
    List<WorkerUnit> all = allUnits();
    synchronized (this) {
      listeners.clear();
    }
    for (WorkerUnit unit : all) {
      await(unit.closeListeners());
    }
    return drainUnits(all, window);
  }

  /**
   * Closes idle connections first, a share at a time so that their clients do not all reconnect at
   * once. The required idle time becomes shorter towards the end of the window.
   */
  private static int drainUnits(List<WorkerUnit> drained, Duration window) {
    long start = System.nanoTime();
    long end = start + window.toNanos();
    long quietAtFirst =
        Math.max(
            1, DeadlineWheel.ticksOf(Duration.ofMillis(Math.min(1000, window.toMillis() / 10))));
    while (true) {
      boolean late = System.nanoTime() >= end;
      int left = 0;
      for (WorkerUnit unit : drained) {
        int live = await(unit.liveConnections());
        left += live;
        if (live > 0) {
          int share = late ? Integer.MAX_VALUE : Math.max(16, live / 8);
          await(unit.closeQuiet(late ? -1 : quietAtFirst, share, CloseReason.DRAINED));
        }
      }
      if (left == 0 || late) {
        return left;
      }
      pause(50);
    }
  }

  /**
   * The results of {@code reader} for each live connection, worker by worker. Runs on the workers,
   * so it must be fast.
   */
  public <T> List<T> read(ConnectionReader<T> reader) {
    List<T> all = new ArrayList<>();
    for (WorkerUnit unit : allUnits()) {
      all.addAll(await(unit.read(reader)));
    }
    return all;
  }

  /**
   * Closes every connection that is open to {@code server} or is being established. Asynchronous;
   * does not wait.
   */
  public void closeConnections(Server server, String why) {
    for (WorkerUnit unit : allUnits()) {
      ServerCounters counters = server.counters(unit.worker());
      unit.severLegs(leg -> leg.stage().occupies(counters), CloseReason.SERVER_DOWN, why);
    }
  }

  /** Ends the connections to {@code server} that no request uses. Asynchronous; does not wait. */
  public void closeIdleConnections(Server server) {
    for (WorkerUnit unit : allUnits()) {
      unit.endIdle(server);
    }
  }

  /**
   * A step of a retirement of the connections that {@code which}, which runs on the workers,
   * selects: {@code most} of those that are not chosen yet are, the longest idle ones of each
   * worker first. A chosen connection is closed when it is idle for {@code quiet}; with HTTP it
   * ends after its current exchanges. A negative {@code most} closes all. Does not wait.
   */
  public CompletionStage<Retired> retire(Predicate<Connection> which, int most, Duration quiet) {
    List<WorkerUnit> all = allUnits();
    long ticks = Math.max(1, DeadlineWheel.ticksOf(quiet));
    CompletionStage<Retired> sum = CompletableFuture.completedStage(new Retired(0, 0));
    for (int i = 0; i < all.size(); i++) {
      // The rest of a division goes to the first workers.
      int own = most < 0 ? most : (most + all.size() - 1 - i) / all.size();
      sum = sum.thenCombine(all.get(i).retire(which, own, ticks), Retired::plus);
    }
    return sum;
  }

  public boolean closeConnection(long id) {
    for (WorkerUnit unit : allUnits()) {
      if (await(unit.closeConnection(id, CloseReason.ADMIN))) {
        return true;
      }
    }
    return false;
  }

  /** The workers in service, by index. Any thread. */
  public List<Worker> workers() {
    return units.stream().map(WorkerUnit::worker).toList();
  }

  /** Sums over all workers, including replaced ones. Any thread. */
  public WorkerTotals totals() {
    return new WorkerTotals(everMade);
  }

  /** The watch over the workers in service. Any thread. */
  public StallWatch watch() {
    return watch;
  }

  /** The number of replaced workers that still have connections. Any thread. */
  public List<Worker> retiringWorkers() {
    return retiring.stream().map(WorkerUnit::worker).toList();
  }

  /** Ends immediately: listeners, connections, threads. */
  @Override
  public void close() {
    watch.close();
    drain(Duration.ZERO);
    for (WorkerUnit unit : allUnits()) {
      unit.worker().stop().awaitUninterruptibly(PATIENCE.toMillis());
    }
  }

  /** The destination of the workers' messages for the operator. */
  public Diagnostics diagnostics() {
    return diagnostics;
  }

  private List<WorkerUnit> allUnits() {
    List<WorkerUnit> all = new ArrayList<>(units);
    all.addAll(retiring);
    return all;
  }

  private WorkerUnit newUnit(int index, int generation) {
    long firstId = ((long) unitsMade++ << ID_BITS) + 1;
    Worker worker = new Worker(index, generation, framesPerWorker, diagnostics);
    everMade.add(worker);
    worker.overload().configure(overload);
    if (pin) {
      worker.pin();
    }
    Recorder recorder = recorders.get();
    worker.execute(() -> worker.record(recorder));
    return new WorkerUnit(worker, firstId, observers.apply(index), report);
  }

  private static <T extends @Nullable Object> T await(CompletionStage<T> stage) {
    CompletableFuture<T> future = stage.toCompletableFuture();
    try {
      return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a worker", interrupted);
    } catch (java.util.concurrent.ExecutionException failure) {
      throw new IllegalStateException("a worker failed at a task", failure.getCause());
    } catch (java.util.concurrent.TimeoutException stalled) {
      throw new IllegalStateException(
          "a worker did not answer within " + TimeSpan.spell(PATIENCE), stalled);
    }
  }

  private static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
