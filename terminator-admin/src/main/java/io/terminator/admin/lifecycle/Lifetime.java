package io.terminator.admin.lifecycle;

import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.core.setting.Quantity;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of the process from start to the last connection: signals are orders, carried out by one
 * thread.
 */
public final class Lifetime {
  private static final Logger LOG = LoggerFactory.getLogger(Lifetime.class);

  /** The appliance as its life cycle sees it. Any thread except a worker; methods may block. */
  public interface Served extends AutoCloseable {
    /** From now on not ready, and reloads are refused. Returns at once; {@link #drain} follows. */
    void toDraining();

    ReloadOutcome reload(String by);

    /** Opens the access log anew; errors are logged and counted by the log. */
    void reopenLog();

    /** {@code order} begins the drain when a client requests it through the API. */
    void onDrainOrder(Runnable order);

    /** Returns the number of connections that were cut at the end. */
    int drain();

    @Override
    void close();
  }

  private enum Order {
    STOP,
    DRAIN,
    DRAINED
  }

  private final BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
  private final AtomicReference<@Nullable Served> serving = new AtomicReference<>();
  private final Supervisor supervisor;

  private Lifetime(Supervisor supervisor) {
    this.supervisor = supervisor;
  }

  /** From now on signals no longer end the process; {@code supervisor} is notified of the end. */
  public static Lifetime begin(Supervisor supervisor) {
    Lifetime lifetime = new Lifetime(supervisor);
    Signals.on("TERM", lifetime::stop);
    Signals.on("INT", lifetime::stop);
    Signals.on("HUP", lifetime::reload);
    // Rules for the logs of other servers send it, and by default it ends a process.
    Signals.on("USR1", lifetime::reopenLog);
    IgnoredSignals.warn();
    return lifetime;
  }

  /** The first call begins a drain, the second ends the process at once. Any thread. */
  void stop() {
    orders.add(Order.STOP);
  }

  /**
   * Begins the drain. Further calls have no effect: a repeated API request must not cut draining
   * connections.
   */
  private void drain() {
    orders.add(Order.DRAIN);
  }

  /** From now on signals act on {@code served}. Call this before readiness is reported. */
  public void take(Served served) {
    serving.set(served);
    served.onDrainOrder(this::drain);
  }

  /** Returns when {@code served}, which must have been passed to {@link #take}, is closed. */
  public void serve(Served served) {
    next();
    // Before systemd hears of it: a reload that came in between would take STOPPING=1 back.
    served.toDraining();
    supervisor.stopping("Draining");
    LOG.info("Draining. A second signal exits at once");
    Thread drain = new Thread(() -> drain(served), "drain");
    drain.setDaemon(true);
    drain.start();
    Order order = next();
    while (order == Order.DRAIN) {
      order = next();
    }
    if (order == Order.STOP) {
      LOG.warn("Exiting at once");
    }
    serving.set(null);
    served.close();
    LOG.info("Stopped");
  }

  private void drain(Served served) {
    try {
      int cut = served.drain();
      LOG.info(
          "Drained; {} remained and {} closed now",
          Quantity.of(cut, "connection"),
          cut == 1 ? "is" : "are");
    } catch (RuntimeException failure) {
      // Also when a second signal closes the workers during the
      // drain; the result is then irrelevant.
      LOG.warn("The drain ended early; the connections that remain are closed now");
      LOG.debug("Why the drain ended early", failure);
    } finally {
      orders.add(Order.DRAINED);
    }
  }

  private void reload() {
    Served served = serving.get();
    if (served == null) {
      LOG.warn("reload by=SIGHUP: refused: the appliance is starting or has stopped");
      return;
    }
    try {
      served.reload("SIGHUP");
    } catch (RuntimeException failure) {
      LOG.error("The reload failed; the previous configuration stays active", failure);
    }
  }

  private void reopenLog() {
    Served served = serving.get();
    if (served != null) {
      served.reopenLog();
    }
  }

  private Order next() {
    while (true) {
      try {
        return orders.take();
      } catch (InterruptedException interrupted) {
        // This thread is not stopped by interrupts but by signals.
        LOG.debug("interrupted, still serving");
      }
    }
  }
}
