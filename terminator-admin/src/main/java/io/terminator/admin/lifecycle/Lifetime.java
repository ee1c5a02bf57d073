package io.terminator.admin.lifecycle;

import io.terminator.admin.appliance.Terminator;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From the start to the last connection: signals are orders, and one thread carries them out. */
public final class Lifetime {
  private static final Logger LOG = LoggerFactory.getLogger(Lifetime.class);

  private enum Order {
    STOP,
    DRAINED
  }

  private final BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
  private final AtomicReference<@Nullable Terminator> serving = new AtomicReference<>();

  private final Supervisor supervisor;

  private Lifetime(Supervisor supervisor) {
    this.supervisor = supervisor;
  }

  /** From now on signals no longer end the process; {@code supervisor} hears of what follows. */
  public static Lifetime begin(Supervisor supervisor) {
    Lifetime lifetime = new Lifetime(supervisor);
    Signals.on("TERM", lifetime::stop);
    Signals.on("INT", lifetime::stop);
    Signals.on("HUP", lifetime::reload);
    return lifetime;
  }

  /** First a drain, the second time an end at once. Any thread. */
  void stop() {
    orders.add(Order.STOP);
  }

  /** Signals are for {@code terminator} from now on; before anybody is told that it is ready. */
  public void take(Terminator terminator) {
    serving.set(terminator);
    terminator.onDrainOrder(this::stop);
  }

  /** Returns when {@code terminator}, which was taken, is closed. */
  public void serve(Terminator terminator) {
    await();
    supervisor.stopping("Draining");
    LOG.info("Draining. A second signal ends at once");
    Thread drain = new Thread(() -> drain(terminator), "drain");
    drain.setDaemon(true);
    drain.start();
    if (await() == Order.STOP) {
      LOG.warn("Ending at once");
    }
    serving.set(null);
    terminator.close();
    LOG.info("Stopped");
  }

  private void drain(Terminator terminator) {
    try {
      int cut = terminator.drain();
      LOG.info("Drained; {} connections were left and are closed now", cut);
    } catch (RuntimeException failure) {
      // Also when a second signal closes the workers under it; then nobody waits for this any more.
      LOG.warn("The drain ended early: {}", failure.toString());
    } finally {
      orders.add(Order.DRAINED);
    }
  }

  private void reload() {
    Terminator terminator = serving.get();
    if (terminator == null) {
      return;
    }
    supervisor.reloading();
    try {
      terminator.reload("SIGHUP");
    } catch (RuntimeException failure) {
      LOG.error("The reload failed; what served before keeps serving", failure);
    } finally {
      supervisor.ready("Serving");
    }
  }

  private Order await() {
    while (true) {
      try {
        return orders.take();
      } catch (InterruptedException interrupted) {
        // Nothing interrupts this thread to stop it: signals do.
        LOG.debug("interrupted, still serving");
      }
    }
  }
}
