package io.terminator.core.connect;

import static java.util.Objects.requireNonNull;

import io.terminator.core.chain.BackendLayer;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.ProxyHeader;
import io.terminator.core.chain.ProxyProtocol;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Leg;
import io.terminator.core.flow.Next;
import io.terminator.core.flow.Slot;
import io.terminator.core.observe.CounterSet;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;
import io.terminator.core.route.ConnectQueue;
import io.terminator.core.route.Routed;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerCounters;
import io.terminator.core.setting.TimeSpan;
import io.terminator.core.worker.Deadline;
import io.terminator.core.worker.DeadlineWheel;
import io.terminator.core.worker.Worker;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the backend after the client's handshake. If a server refuses or does not answer, the
 * next attempt uses another server, which is safe because no client byte has been sent. Immutable,
 * any worker.
 */
public final class Connector {
  private static final byte[] NOTHING = {};

  private final Map<String, ConnectConfig> configs;
  private final Map<String, BackendLayer> layers;

  /**
   * {@code configs} has an entry for each backend that a route selects; {@code layers} has one for
   * each backend with a protocol above TCP.
   */
  public Connector(Map<String, ConnectConfig> configs, Map<String, BackendLayer> layers) {
    this.configs = Map.copyOf(configs);
    this.layers = Map.copyOf(layers);
  }

  public Connector(Map<String, ConnectConfig> configs) {
    this(configs, Map.of());
  }

  /**
   * Passes both sides to {@code next} once they are open. If the connect fails, the owner of the
   * leg ends the leg; if the leg ends meanwhile, the connect ends without an outcome.
   */
  public void open(Routed routed, Next<Connected> next) {
    open(routed, Kept.NONE, next);
  }

  /** As {@link #open(Routed, Next)}; a connection in {@code kept} is used instead of a new one. */
  public void open(Routed routed, Kept kept, Next<Connected> next) {
    new Attempts(routed, kept, next).begin();
  }

  /**
   * Open connections to servers between two legs. Not asked for backends that receive a PROXY
   * header, because such a connection belongs to one client. Worker thread only.
   */
  public interface Kept {
    /** There are none. */
    Kept NONE = (server, layer) -> null;

    /**
     * The outermost stream of an open connection to {@code server} through {@code layer}, which now
     * is the caller's; null if there is none.
     */
    @Nullable ByteStream take(Server server, @Nullable BackendLayer layer);
  }

  /** The connects of one leg, until one succeeds. */
  private final class Attempts extends Deadline implements Dial.Caller, Leg.Stage {
    private final Routed routed;
    private final Connection connection;
    private final Worker worker;
    private final Leg leg;
    private final Next<Connected> next;
    private final Kept kept;
    private final ConnectConfig config;
    private final @Nullable BackendLayer layer;
    private int attempts;
    private @Nullable Dial dial;
    private @Nullable Server server;

    /** The place in the connect queue, or the slot on the server that is being dialled. */
    private Slot occupied = Slot.NONE;

    private CloseReason lastReason = CloseReason.CONNECT_FAILED;
    private String lastFailure = "";
    private long dialledNanos;
    private boolean dialling;
    private boolean refused;
    private boolean wokenLate;
    private boolean queued;
    private long waitUntilTick = Long.MAX_VALUE;

    Attempts(Routed routed, Kept kept, Next<Connected> next) {
      this.routed = routed;
      this.connection = routed.connection();
      this.worker = connection.worker();
      this.leg = routed.leg();
      this.next = next;
      String backend = routed.pool().name();
      this.config = configs.getOrDefault(backend, ConnectConfig.DEFAULT);
      this.layer = layers.get(backend);
      this.kept = config.proxyProtocol() == ProxyProtocol.OFF ? kept : Kept.NONE;
    }

    void begin() {
      leg.to(this);
      if (routed.pool().hasQueue()) {
        await(false);
      } else {
        dialNext();
      }
    }

    private void dialNext() {
      while (attempts < config.attempts()) {
        Server chosen = routed.servers().next();
        if (chosen == null) {
          if (routed.servers().isFull()) {
            await(waitUntilTick != Long.MAX_VALUE);
            return;
          }
          break;
        }
        if (dial(chosen)) {
          return;
        }
      }
      if (attempts == 0) {
        fail(CloseReason.NO_BACKEND, "the backend has no server to try");
      } else {
        fail(lastReason, lastFailure);
      }
    }

    /** Every server that may be tried has reached its connection limit. */
    private void await(boolean first) {
      QueueConfig queue = config.queue();
      DeadlineWheel wheel = worker.deadlines();
      ConnectQueue connectQueue = routed.pool().queue();
      ConnectQueue.Waiter waiter =
          connectQueue.enter(
              worker, queue.length(), first, () -> connection.attempt(() -> onTurn(connectQueue)));
      if (waiter == null) {
        fail(
            CloseReason.QUEUE_FULL, "every server is full and " + queue.length() + " wait already");
        return;
      }
      occupied = waiter;
      if (waitUntilTick == Long.MAX_VALUE) {
        waitUntilTick = wheel.currentTick() + DeadlineWheel.ticksOf(queue.timeout());
      }
      queued = true;
      wheel.armTicks(this, waitUntilTick - wheel.currentTick());
      // A slot released between the check and the entry into the queue has woken no connection.
      Server free = connectQueue.size() == 1 ? routed.servers().next() : null;
      if (free != null) {
        wokenLate = !waiter.leave();
        occupied = Slot.NONE;
        disarm();
        if (!dial(free)) {
          dialNext();
        }
      }
    }

    private void onTurn(ConnectQueue connectQueue) {
      if (wokenLate || leg.isEnded()) {
        wokenLate = false;
        connectQueue.wakeNext();
        return;
      }
      occupied = Slot.NONE;
      disarm();
      dialNext();
    }

    private void disarm() {
      queued = false;
      worker.deadlines().cancel(this);
    }

    @Override
    protected void onDue() {
      connection.attempt(queued ? this::onQueueTimeout : this::onTimeout);
    }

    private void fail(CloseReason reason, String detail) {
      disarm();
      next.onFailed(connection, new Failed(reason, detail));
    }

    private void onQueueTimeout() {
      fail(
          CloseReason.QUEUE_TIMEOUT,
          "no server had room within " + TimeSpan.spell(config.queue().timeout()));
    }

    /** True when an answer is awaited or has arrived; false when the next server must be tried. */
    private boolean dial(Server target) {
      boolean again = attempts > 0;
      attempts++;
      server = target;
      ServerCounters counters = target.counters(worker);
      occupied = counters;
      ByteStream idle = kept.take(target, layer);
      if (idle != null) {
        counters.reopened();
        toOpen(target, idle);
        return true;
      }
      counters.opened();
      CounterSet<ConnectCount> counts = worker.counters().of(ConnectCount.class);
      counts.add(ConnectCount.ATTEMPTS);
      if (again) {
        leg.retried();
        counts.add(ConnectCount.RETRIES);
      }
      Dial started =
          new Dial(
              worker,
              connection.traffic(),
              target.name(),
              target.address(),
              config.tcp(),
              socket -> proxyHeader(),
              layer,
              connection.protection(),
              this);
      dial = started;
      dialledNanos = System.nanoTime();
      refused = false;
      // An immediate refusal must not connect to the next server from within this call: the call
      // depth would grow with the number of servers.
      dialling = true;
      started.begin();
      dialling = false;
      if (dial == started) {
        worker.deadlines().arm(this, config.timeout());
      }
      return !refused;
    }

    private byte[] proxyHeader() {
      if (config.proxyProtocol() == ProxyProtocol.OFF) {
        return NOTHING;
      }
      ProxyHeader header =
          new ProxyHeader(
              connection.clientAddress(),
              connection.destination(),
              connection.protection(),
              Long.toHexString(connection.id()),
              config.proxyTlvs().pass() ? connection.proxiedClient().tlvs() : List.of());
      return config.proxyProtocol() == ProxyProtocol.V1
          ? header.toVersion1()
          : header.toVersion2(config.proxyTlvs());
    }

    @Override
    public void onOpen(ByteStream stream) {
      dial = null;
      disarm();
      Server answering = requireNonNull(server);
      answering.restore();
      record(answering, "");
      toOpen(answering, stream);
    }

    private void toOpen(Server answering, ByteStream stream) {
      BackendConnection open = new BackendConnection(answering, occupied, stream);
      occupied = Slot.NONE;
      leg.to(open);
      next.onValue(new Connected(routed.secured(), leg, open));
    }

    @Override
    public void onRefused(CloseReason reason, String why) {
      Dial failed = dial;
      dial = null;
      lastReason = reason;
      lastFailure = why;
      Server silent = requireNonNull(server);
      record(silent, reason.label());
      if (failed == null || !failed.isClientsChoice()) {
        silent.refused(worker);
      }
      vacate();
      refused = true;
      if (!dialling) {
        disarm();
        dialNext();
      }
    }

    private void record(Server dialled, String failure) {
      worker
          .recorder()
          .onConnect(
              connection.id(),
              routed.pool().name(),
              dialled.name(),
              System.nanoTime() - dialledNanos,
              failure);
    }

    private void onTimeout() {
      Dial silent = dial;
      if (silent != null) {
        silent.giveUp();
        onRefused(
            CloseReason.CONNECT_TIMEOUT,
            server() + ": no answer within " + TimeSpan.spell(config.timeout()));
      }
    }

    @Override
    public void onFault(Throwable fault) {
      connection.fault(fault);
    }

    private void vacate() {
      Slot vacated = occupied;
      occupied = Slot.NONE;
      vacated.release();
    }

    /** The leg ended before a server was connected. */
    @Override
    public void end(boolean clean) {
      disarm();
      Dial begun = dial;
      dial = null;
      try {
        if (begun != null) {
          begun.giveUp();
        }
      } finally {
        vacate();
      }
    }

    @Override
    public @Nullable String server() {
      Server last = server;
      return last == null ? null : last.name();
    }

    @Override
    public boolean occupies(Slot slot) {
      return occupied == slot;
    }
  }
}
