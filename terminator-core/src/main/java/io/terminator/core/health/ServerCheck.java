package io.terminator.core.health;

import io.terminator.core.chain.BackendLayer;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.Protection;
import io.terminator.core.chain.ProxyHeader;
import io.terminator.core.chain.ProxyProtocol;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.chain.TcpConfig;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.connect.CheckConfig;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.connect.Dial;
import io.terminator.core.frame.Scratch;
import io.terminator.core.http.h2.H2Probe;
import io.terminator.core.observe.CounterSet;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerHealth;
import io.terminator.core.route.ServerState;
import io.terminator.core.setting.AddressText;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Deadline;
import io.terminator.core.worker.DeadlineWheel;
import io.terminator.core.worker.Worker;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Checks one address of a server at intervals. Its health changes after a configured number of
 * consecutive results to the contrary; the very first success is effective immediately. Checker's
 * thread only.
 */
final class ServerCheck extends Deadline implements Dial.Caller, StreamEvents, H2Probe.Caller {
  /** A longer first line is not HTTP. */
  private static final int MOST_LINE = 512;

  private static final Duration QUIET = Duration.ofSeconds(1);

  private final Worker checker;
  private final BackendPool pool;
  private final Server server;
  private final CheckConfig config;
  private final ConnectConfig connect;
  private final @Nullable BackendLayer layer;
  private final StringBuilder answer = new StringBuilder();
  private @Nullable Dial dial;
  private @Nullable ByteStream stream;
  private @Nullable H2Probe probe;
  private boolean asking;
  private boolean stopped;
  private long begunNanos;

  /** Consecutive results that contradict the current health. */
  private int against;

  ServerCheck(
      Worker checker,
      BackendPool pool,
      Server server,
      CheckConfig config,
      ConnectConfig connect,
      @Nullable BackendLayer layer) {
    this.checker = checker;
    this.pool = pool;
    this.server = server;
    this.config = config;
    this.connect = connect;
    this.layer = config.type().isTls() ? layer : null;
  }

  void start() {
    ask();
  }

  void stop() {
    stopped = true;
    checker.deadlines().cancel(this);
    leave();
  }

  @Override
  protected void onDue() {
    if (asking) {
      leave();
      conclude(false, "no answer within " + config.timing().timeout().toMillis() + " ms");
    } else {
      ask();
    }
  }

  private void ask() {
    if (server.state() == ServerState.DISABLED) {
      againLater();
      return;
    }
    asking = true;
    begunNanos = System.nanoTime();
    answer.setLength(0);
    checker.deadlines().arm(this, config.timing().timeout());
    Dial started =
        new Dial(
            checker,
            checker.unattributedTraffic(),
            server.name(),
            target(),
            TcpConfig.DEFAULT,
            this::proxyHeader,
            layer,
            Protection.NONE,
            this);
    dial = started;
    started.begin();
  }

  private SocketAddress target() {
    return config.port() > 0 && server.address() instanceof InetSocketAddress inet
        ? new InetSocketAddress(inet.getAddress(), config.port())
        : server.address();
  }

  /**
   * Version 2 sends LOCAL. Version 1 names the check's own socket as the client, because some
   * servers refuse UNKNOWN (Apache 2.4, Varnish 7.1).
   */
  private byte[] proxyHeader(TcpStream socket) {
    ProxyProtocol protocol = config.port() > 0 ? ProxyProtocol.OFF : connect.proxyProtocol();
    return switch (protocol) {
      case OFF -> new byte[0];
      case V1 ->
          new ProxyHeader(
                  socket.socket().localAddress(), server.address(), Protection.NONE, "", List.of())
              .toVersion1();
      case V2 -> ProxyHeader.localVersion2();
    };
  }

  @Override
  public void onOpen(ByteStream open) {
    dial = null;
    stream = open;
    if (!config.type().isHttp()) {
      open.finishOutput(true);
      leave();
      conclude(true, "connected");
      return;
    }
    if (config.type() == CheckConfig.Type.H2C) {
      H2Probe begun = new H2Probe(open, this);
      probe = begun;
      begun.begin(host(), config.request().path());
      return;
    }
    byte[] request =
        ("GET "
                + config.request().path()
                + " HTTP/1.1\r\nHost: "
                + host()
                + "\r\nUser-Agent: terminator-check\r\nAccept: */*\r\nConnection: close\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    open.attach(this);
    boolean written;
    try (Scratch scratch = checker.plain()) {
      scratch.buffer().put(0, request);
      written = open.write(scratch, 0, request.length);
    }
    if (!written) {
      onHangUp();
      return;
    }
    open.gate().release(PauseReason.SETUP);
    open.gate().start();
    if (open.hasBufferedInput()) {
      onReadable();
    }
  }

  private String host() {
    String told = config.request().host();
    return told != null ? told : server.name().startsWith("unix:") ? "localhost" : server.name();
  }

  @Override
  public void onReadable() {
    ByteStream open = stream;
    if (!asking || open == null) {
      return;
    }
    int read;
    boolean whole = false;
    try (Scratch scratch = checker.plain()) {
      read = open.read(scratch);
      for (int i = 0; i < read && answer.length() <= MOST_LINE && !whole; i++) {
        char one = (char) (scratch.buffer().get(i) & 0xff);
        whole = one == '\n';
        if (!whole) {
          answer.append(one);
        }
      }
    }
    if (whole) {
      judge(answer.toString().trim());
    } else if (read < 0 || answer.length() > MOST_LINE) {
      String failure = open.failure();
      leave();
      conclude(
          false,
          read >= 0
              ? "its response is not HTTP"
              : failure.isEmpty() ? "closed before it answered" : failure);
    }
  }

  private void judge(String line) {
    leave();
    if (!line.matches("HTTP/1\\.[01] [1-5]\\d\\d( .*)?")) {
      conclude(false, "its response is not HTTP/1");
      return;
    }
    judge(Integer.parseInt(line.substring(9, 12)));
  }

  private void judge(int status) {
    CheckConfig.Statuses expected = config.request().statuses();
    boolean passed = expected.contains(status);
    conclude(passed, "status " + status + (passed ? "" : ", expected " + expected));
  }

  @Override
  public void onStatus(int status) {
    leave();
    judge(status);
  }

  @Override
  public void onNoStatus(String why) {
    leave();
    conclude(false, why);
  }

  @Override
  public void onWritable() {
    // The request fits into any socket's buffer.
  }

  @Override
  public void onHangUp() {
    if (asking) {
      leave();
      conclude(false, "reset before it answered");
    }
  }

  @Override
  public void onRefused(CloseReason reason, String why) {
    dial = null;
    leave();
    conclude(
        false,
        why.startsWith(server.name() + ": ") ? why.substring(server.name().length() + 2) : why);
  }

  @Override
  public void onFault(Throwable fault) {
    leave();
    checker.faults().report("a health check", fault);
    conclude(false, "an internal error, which the log has");
  }

  private void leave() {
    Dial under = dial;
    dial = null;
    if (under != null) {
      under.giveUp();
    }
    H2Probe asked = probe;
    probe = null;
    if (asked != null) {
      asked.close();
    }
    ByteStream open = stream;
    stream = null;
    if (open != null) {
      open.close();
      open.release();
    }
  }

  private void conclude(boolean passed, String what) {
    if (!asking || stopped) {
      return;
    }
    asking = false;
    long millis = Duration.ofNanos(System.nanoTime() - begunNanos).toMillis();
    String finding = what + " (after " + millis + " ms)";
    server.toFinding(finding);
    CounterSet<CheckCount> counts = server.counters(checker).of(CheckCount.class);
    counts.add(CheckCount.CHECKS);
    if (!passed) {
      counts.add(CheckCount.FAILURES);
    }
    ServerHealth now = server.health();
    boolean agrees = passed ? now == ServerHealth.UP : now == ServerHealth.DOWN;
    against = agrees ? 0 : against + 1;
    int needed =
        now == ServerHealth.UNCHECKED && passed
            ? 1
            : passed ? config.thresholds().rise() : config.thresholds().fall();
    if (!agrees && against >= needed) {
      against = 0;
      boolean changed =
          pool.setHealth(
              server,
              passed ? ServerHealth.UP : ServerHealth.DOWN,
              config.onDown() == CheckConfig.OnDown.CLOSE);
      if (changed) {
        tell(now, passed, finding);
      }
    }
    againLater();
  }

  private void tell(ServerHealth before, boolean up, String found) {
    if (up && before != ServerHealth.DOWN) {
      return;
    }
    String who =
        "backend="
            + pool.name()
            + " server="
            + server.name()
            + " address="
            + AddressText.of(server.address());
    if (up) {
      checker.diagnostics().info("up " + who, QUIET, () -> who + ": up, " + found);
    } else {
      String panic = pool.isPanicking() ? ". Below the panic threshold: all servers are used" : "";
      checker.diagnostics().warn("down " + who, QUIET, () -> who + ": down, " + found + panic);
    }
  }

  /** Spread, so that many servers or many appliances are not checked simultaneously. */
  private void againLater() {
    long ticks = DeadlineWheel.ticksOf(config.timing().interval());
    long spread = ticks * config.timing().jitterPercent() / 100;
    long offset = spread == 0 ? 0 : ThreadLocalRandom.current().nextLong(-spread, spread + 1);
    checker.deadlines().armTicks(this, Math.max(1, ticks + offset));
  }
}
