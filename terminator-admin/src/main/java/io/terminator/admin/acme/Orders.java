package io.terminator.admin.acme;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.managed.ManagedCertificates;
import io.terminator.tls.certificate.upload.StateDocuments;
import io.terminator.tls.certificate.upload.StateException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins orders and dry runs in the process that orders, and runs them on threads of its own: at
 * most four at the same time, and one for a host. Thread-safe.
 */
final class Orders implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Orders.class);

  private static final int MOST_AT_ONCE = 4;

  private static final Duration LONGEST_WITHOUT = Duration.ofDays(1);

  /** Another process looks every second. */
  private static final Duration SPREAD = Duration.ofMillis(2500);

  private static final String RENEW = "renew-";

  private final InstantSource clock;
  private final TextRecords records;
  private final Heartbeat heartbeat;
  private final AcmeCounters counters;
  private final Supplier<Set<String>> revoked;

  /** By the name of the target. */
  private final Map<String, Target> inFlight = new ConcurrentHashMap<>();

  private final AtomicInteger threads = new AtomicInteger();
  private final ThreadPoolExecutor executor =
      new ThreadPoolExecutor(
          MOST_AT_ONCE,
          MOST_AT_ONCE,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          this::daemon);

  /** {@code revoked} are the certificates that their issuer has revoked. */
  Orders(
      InstantSource clock,
      TextRecords records,
      Heartbeat heartbeat,
      AcmeCounters counters,
      Supplier<Set<String>> revoked) {
    this.clock = clock;
    this.records = records;
    this.heartbeat = heartbeat;
    this.counters = counters;
    this.revoked = revoked;
    executor.allowCoreThreadTimeOut(true);
  }

  private Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "acme-order-" + threads.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /** Asks the process that orders to order {@code certificate} soon. */
  static void request(String certificate, StateDocuments documents) throws StateException {
    documents.write(RENEW + certificate, new byte[0]);
  }

  boolean isInFlight(String certificate) {
    return inFlight.containsKey(certificate);
  }

  /** Begins what is requested or due. One thread. */
  void begin(Setup now, Shared open, ManagedCertificates stored) throws StateException {
    Set<String> documents = open.documents().names();
    rehearse(now, open, stored, documents);
    order(now, open, stored, documents);
  }

  /** A dry run waits for orders of the same names, but is not put off by orders that are due. */
  private void rehearse(Setup now, Shared open, ManagedCertificates stored, Set<String> documents)
      throws StateException {
    for (String name : open.dryRuns().requested(documents)) {
      Target target = now.target(name);
      if (target == null) {
        open.dryRuns().refuse(name, "it does not order this certificate");
        continue;
      }
      try {
        AcmeConfig config = DryRuns.of(now.config());
        AuthorityConfig staging = Objects.requireNonNull(config.staging(), "checked above");
        String task = name + " dry run";
        if (begin(task, target)) {
          executor.execute(
              () -> {
                try {
                  open.dryRuns().run(target, config, staging, stored, proofs(config, open));
                } finally {
                  inFlight.remove(task);
                }
              });
        }
      } catch (AcmeRefusedException refused) {
        open.dryRuns().refuse(name, refused.getMessage());
      }
    }
  }

  private void order(Setup now, Shared open, ManagedCertificates stored, Set<String> documents)
      throws StateException {
    Instant time = clock.instant();
    List<OrderPlan> due = new ArrayList<>();
    for (Target target : now.targets()) {
      OrderPlan plan = plan(now, target, open.states().of(target.name()), stored, documents, time);
      if (inFlight.containsKey(target.name())) {
        continue;
      }
      if (!plan.at().isAfter(time)) {
        due.add(plan);
      } else {
        askForProposal(now, target, open, stored, time);
      }
    }
    due.sort(Comparator.comparing(OrderPlan::at));
    for (OrderPlan plan : due) {
      boolean isNew = open.states().of(plan.target().name()).open() == null;
      if (isNew && isHourFull(now, open, time)) {
        return;
      }
      if (begin(plan.target().name(), plan.target())) {
        executor.execute(() -> run(plan, now, open, stored));
      }
    }
  }

  /** An order is stored by its own thread: one that was begun just now counts before that. */
  private boolean isHourFull(Setup now, Shared open, Instant time) {
    long unstored =
        inFlight.entrySet().stream()
            .filter(each -> each.getKey().equals(each.getValue().name()))
            .filter(each -> open.states().of(each.getKey()).open() == null)
            .count();
    return OrderStates.withinHour(open.states().all(), time) + unstored
        >= now.config().ordersPerHour();
  }

  /** Whether {@code task} for the names of {@code target} may begin now. */
  private boolean begin(String task, Target target) {
    synchronized (inFlight) {
      // A hello is answered with one challenge only: a second order for the name has to wait.
      return inFlight.size() < MOST_AT_ONCE
          && inFlight.values().stream().noneMatch(target::sharesName)
          && inFlight.putIfAbsent(task, target) == null;
    }
  }

  private Proofs proofs(AcmeConfig config, Shared open) {
    return new Proofs(
        config, open.board(), records, clock, heartbeat.living() > 1 ? SPREAD : Duration.ZERO);
  }

  /** Asks the authority when it wants the certificate renewed, if it is time to ask. */
  private void askForProposal(
      Setup now, Target target, Shared open, ManagedCertificates stored, Instant time) {
    OrderState state = open.states().of(target.name());
    Credential served = stored.find(target.name());
    AcmeClient client = now.client(state.issuedBy());
    OrderState.Proposal known = state.proposal();
    boolean isFresh =
        known != null
            && served != null
            && known.fingerprint().equals(served.fingerprint())
            && known.askAgain().isAfter(time);
    if (client == null || served == null || isFresh || inFlight.size() >= MOST_AT_ONCE) {
      return;
    }
    if (inFlight.putIfAbsent(target.name(), target) == null) {
      executor.execute(
          () -> {
            try {
              open.states().propose(target.name(), served, client, time);
            } finally {
              inFlight.remove(target.name());
            }
          });
    }
  }

  /** When the next order for {@code target} begins; {@code documents} are the names of all. */
  OrderPlan plan(
      Setup now,
      Target target,
      OrderState state,
      ManagedCertificates stored,
      Set<String> documents,
      Instant time) {
    return OrderPlan.of(
        target,
        stored.find(target.name()),
        state,
        now.directories(),
        documents.contains(RENEW + target.name()),
        revoked.get().contains(target.name()),
        time);
  }

  private void run(OrderPlan plan, Setup now, Shared open, ManagedCertificates stored) {
    Target target = plan.target();
    String name = target.name();
    AcmeClient client = now.client(open.states().of(name).failures());
    LOG.info("certificate={}: ordering from {}: {}", name, client.directory(), plan.reason());
    try {
      if (plan.isRequested()) {
        open.documents().delete(RENEW + name);
      }
      new OrderRun(
              target,
              now.config(),
              client,
              proofs(now.config(), open),
              open.states().journal(name, stored),
              clock)
          .run();
      counters.issued();
      open.states().set(name, open.states().of(name).succeeded(client.directory()));
      stored.publish();
    } catch (AcmeFailure failure) {
      onFailure(failure, target, client, open);
    } catch (StateException unusable) {
      onFailure(Faults.of(unusable), target, client, open);
    } catch (InterruptedException stopped) {
      // The process ends; the order continues at the next start.
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error fault) {
      LOG.error("certificate={}: ordering failed. Report the stack", name, fault);
      onFailure(
          new AcmeFailure(
              Faults.OTHER,
              "an internal error, whose stack is in the log",
              "report it",
              null,
              false,
              fault),
          target,
          client,
          open);
    } finally {
      inFlight.remove(name);
    }
  }

  private void onFailure(AcmeFailure failure, Target target, AcmeClient client, Shared open) {
    counters.failed(failure.type());
    OrderState before = open.states().of(target.name());
    Instant time = clock.instant();
    Instant next =
        Pacing.next(
            before.failures() + 1,
            time,
            failure.retryAfter(),
            target.name().hashCode() + time.toEpochMilli());
    LOG.warn(
        "certificate={}: not issued by {}: type={}: {}. To fix it: {}. Next try at {}",
        target.name(),
        client.directory(),
        failure.type(),
        failure.detail(),
        failure.fix(),
        next);
    LOG.debug("certificate={}: the cause", target.name(), failure);
    OrderState after =
        before.failed(
            new OrderState.LastError(
                time, client.directory(), failure.type(), failure.detail(), failure.fix()),
            failure.isOrderLost() ? null : before.open(),
            next);
    OrderState.Proposal asked = before.proposal();
    if (failure.type().equals("alreadyReplaced") && asked != null) {
      after =
          after.withProposal(
              new OrderState.Proposal(
                  asked.fingerprint(), null, null, null, time.plus(LONGEST_WITHOUT)));
    }
    try {
      open.states().set(target.name(), after);
      if (failure.type().equals("accountDoesNotExist")) {
        client.forget();
      }
    } catch (StateException unwritten) {
      // The pause holds in memory; the failure may be this very one.
      LOG.warn(
          "certificate={}: the failure is not stored: {}", target.name(), unwritten.getMessage());
    }
  }

  /** Interrupts what is in flight; it continues at the next start. */
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
