package io.terminator.core.connect;

import io.terminator.core.chain.BackendLayer;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.ProxiedClient;
import io.terminator.core.chain.ProxyHeader;
import io.terminator.core.chain.ProxyProtocol;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.flow.Connection;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import io.terminator.core.route.ConnectQueue;
import io.terminator.core.route.Routed;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerTally;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.DeadlineWheel;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Dials the backend once the client has proved to be one; a server that refuses or is silent costs another attempt on the
 * next, which is safe since nothing has been sent. Immutable, any worker.
 */
public final class Connector {
  private static final byte[] NOTHING = {};

  private final Map<String, ConnectConfig> configs;
  private final Map<String, BackendLayer> layers;

  /**
   * {@code configs} has an entry for each backend that a route leads to, {@code layers} one for those with whose servers more
   * than TCP is spoken.
   */
  public Connector(Map<String, ConnectConfig> configs, Map<String, BackendLayer> layers) {
    this.configs = Map.copyOf(configs);
    this.layers = Map.copyOf(layers);
  }

  public Connector(Map<String, ConnectConfig> configs) {
    this(configs, Map.of());
  }

  public void open(Routed routed, Consumer<Connected> next) {
    Connection connection = routed.connection();
    connection.enter(Phase.CONNECT);
    ByteStream client = connection.client();
    if (client == null) {
      throw new IllegalStateException("connect before the handshake");
    }
    new Attempts(routed, client, next).begin();
  }

  private final class Attempts implements Dial.Caller {
    private final Routed routed;
    private final Connection connection;
    private final ByteStream client;
    private final Consumer<Connected> next;
    private final ConnectConfig config;
    private final @Nullable BackendLayer layer;
    private int attempts;
    private @Nullable Dial dial;
    private @Nullable Server server;
    private CloseReason lastReason = CloseReason.CONNECT_FAILED;
    private String lastFailure = "";
    private boolean dialling;
    private boolean refused;
    private boolean wokenLate;
    private long waitUntilTick = Long.MAX_VALUE;

    Attempts(Routed routed, ByteStream client, Consumer<Connected> next) {
      this.routed = routed;
      this.connection = routed.connection();
      this.client = client;
      this.next = next;
      String backend = routed.pool().name();
      this.config = configs.getOrDefault(backend, ConnectConfig.DEFAULT);
      this.layer = layers.get(backend);
    }

    void begin() {
      client.gate().hold(PauseReason.SETUP);
      client.attach(new ClientWhileConnecting());
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
        connection.end(CloseReason.NO_BACKEND, "the backend has no server to try");
      } else {
        connection.end(lastReason, lastFailure);
      }
    }

    /** Every server that may be tried has as many connections as it may. */
    private void await(boolean first) {
      QueueConfig queue = config.queue();
      DeadlineWheel wheel = connection.worker().deadlines();
      ConnectQueue connectQueue = routed.pool().queue();
      ConnectQueue.Waiter waiter =
          connectQueue.enter(
              connection.worker(),
              queue.length(),
              first,
              () -> connection.attempt(() -> onTurn(connectQueue)));
      if (waiter == null) {
        connection.end(
            CloseReason.QUEUE_FULL, "every server is full and " + queue.length() + " wait already");
        return;
      }
      connection.occupy(waiter);
      if (waitUntilTick == Long.MAX_VALUE) {
        waitUntilTick = wheel.currentTick() + DeadlineWheel.ticksOf(queue.timeout());
      }
      connection.armTicks(waitUntilTick - wheel.currentTick(), this::onQueueTimeout);
      // Whoever left between our look and our place in the queue found nobody to call.
      Server free = connectQueue.size() == 1 ? routed.servers().next() : null;
      if (free != null) {
        wokenLate = !waiter.leave();
        connection.occupy(null);
        connection.disarm();
        if (!dial(free)) {
          dialNext();
        }
      }
    }

    private void onTurn(ConnectQueue connectQueue) {
      if (wokenLate || connection.isClosed()) {
        wokenLate = false;
        connectQueue.wakeNext();
        return;
      }
      connection.occupy(null);
      connection.disarm();
      dialNext();
    }

    private void onQueueTimeout() {
      connection.end(
          CloseReason.QUEUE_TIMEOUT, "no server had room within " + config.queue().timeout());
    }

    /** True when an answer is awaited or has come; false when the next server is due. */
    private boolean dial(Server target) {
      boolean again = attempts > 0;
      attempts++;
      connection.dialled(target.name(), again);
      server = target;
      ServerTally tally = target.tally(connection.worker());
      tally.opened();
      connection.occupy(tally);
      connection.worker().counts().add(WorkerCount.CONNECT_ATTEMPTS);
      if (again) {
        connection.worker().counts().add(WorkerCount.CONNECT_RETRIES);
      }
      Dial started =
          new Dial(
              connection.worker(),
              target.name(),
              target.address(),
              config.tcp(),
              socket -> proxyHeader(),
              layer,
              connection.protection(),
              this);
      dial = started;
      refused = false;
      // A refusal that comes at once must not dial the next from within: many servers would be as
      // many calls deep.
      dialling = true;
      started.begin();
      dialling = false;
      if (server == target && !refused && dial != null && !connection.isClosed()) {
        connection.arm(config.timeout(), this::onTimeout);
      }
      return !refused;
    }

    private byte[] proxyHeader() {
      if (config.proxyProtocol() == ProxyProtocol.OFF) {
        return NOTHING;
      }
      ProxiedClient proxiedClient = connection.proxiedClient();
      ProxyHeader header =
          new ProxyHeader(
              connection.clientAddress(),
              connection.destination(),
              connection.protection(),
              Long.toHexString(connection.id()),
              config.proxyTlvs().pass() && proxiedClient != null
                  ? proxiedClient.tlvs()
                  : List.of());
      return config.proxyProtocol() == ProxyProtocol.V1
          ? header.toVersion1()
          : header.toVersion2(config.proxyTlvs());
    }

    @Override
    public void onStream(ByteStream stream) {
      connection.dialling(stream);
    }

    @Override
    public void onOpen(ByteStream stream) {
      dial = null;
      connection.disarm();
      Server answering = server;
      if (answering != null) {
        answering.restore();
      }
      if (!connection.isClosed()) {
        next.accept(new Connected(routed, client, stream));
      }
    }

    @Override
    public void onRefused(CloseReason reason, String why) {
      dial = null;
      lastReason = reason;
      lastFailure = why;
      Server silent = server;
      if (silent != null) {
        ServerTally tally = silent.tally(connection.worker());
        tally.failed();
        connection.occupy(null);
        silent.eject(System.nanoTime());
        tally.release();
        server = null;
      }
      refused = true;
      if (!dialling && !connection.isClosed()) {
        connection.disarm();
        dialNext();
      }
    }

    private void onTimeout() {
      Dial silent = dial;
      if (silent != null) {
        silent.giveUp();
        onRefused(
            CloseReason.CONNECT_TIMEOUT,
            connection.serverName() + ": no answer within " + config.timeout());
      }
    }

    @Override
    public void onFault(Throwable fault) {
      connection.fault(fault);
    }

    /** The client is not read, but may leave. */
    private final class ClientWhileConnecting implements StreamEvents {
      @Override
      public void onReadable() {
        // Reading is paused: SETUP.
      }

      @Override
      public void onWritable() {
        // The rest of a handshake flight left.
      }

      @Override
      public void onHangUp() {
        connection.end(
            CloseReason.CLIENT_LEFT,
            "the client reset while the backend connection was being made");
      }

      @Override
      public void onFault(Throwable fault) {
        Attempts.this.onFault(fault);
      }
    }
  }
}
