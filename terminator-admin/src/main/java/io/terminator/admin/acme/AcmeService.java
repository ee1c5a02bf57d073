package io.terminator.admin.acme;

import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.managed.ManagedCertificates;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.source.CertificateSource;
import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.certificate.source.ManagedSources;
import io.terminator.tls.certificate.upload.StateDocuments;
import io.terminator.tls.certificate.upload.StateException;
import io.terminator.tls.challenge.PendingChallenges;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the managed certificates valid: decides when to order, orders on threads of its own, and
 * shares state, challenges and certificates with other processes through one directory. One of them
 * orders; all answer challenges and serve. {@link #look} is called every second. Control plane;
 * thread-safe.
 */
public final class AcmeService implements ManagedSources, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AcmeService.class);

  /** Orders at the same time. */
  private static final int MOST_AT_ONCE = 4;

  private static final Duration HEARTBEAT = Duration.ofSeconds(15);
  private static final Duration HEARTBEAT_KEPT = Duration.ofMinutes(1);

  /** Another process looks every second. */
  private static final Duration SPREAD = Duration.ofMillis(2500);

  private static final String RENEW = "renew-";
  private static final String PROCESS = "process-";
  private static final String JSON = ".json";

  private final Path directory;
  private final CredentialLoader loader;
  private final InstantSource clock;
  private final @Nullable Secret secret;
  private final PendingChallenges handshakes;
  private final AcmeCounters counters = new AcmeCounters();
  private final String process = PROCESS + UUID.randomUUID() + JSON;
  private final Set<String> inFlight = ConcurrentHashMap.newKeySet();
  private final AtomicInteger threads = new AtomicInteger();
  private final ThreadPoolExecutor executor =
      new ThreadPoolExecutor(
          MOST_AT_ONCE,
          MOST_AT_ONCE,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          this::daemon);
  private final LeaderLease lease;
  private volatile @Nullable ManagedCertificates certificates;
  private volatile @Nullable Shared shared;
  private volatile @Nullable Setup setup;
  private volatile @Nullable String problem;
  private volatile boolean isLeader;
  private volatile int processes = 1;
  private Instant lastHeartbeat = Instant.MIN;
  private boolean isClosed;

  /** What the processes share. */
  private record Shared(StateDocuments documents, ChallengeBoard board, OrderStates states) {}

  private record Setup(AcmeConfig config, List<Target> targets, AcmeClient client) {}

  /** {@code directory} is created when it is needed. */
  public AcmeService(
      Path directory,
      CredentialLoader loader,
      InstantSource clock,
      @Nullable Secret secret,
      PendingChallenges handshakes) {
    this.directory = directory;
    this.loader = loader;
    this.clock = clock;
    this.secret = secret;
    this.handshakes = handshakes;
    this.lease = new LeaderLease(directory.resolve("leader.lock"));
    executor.allowCoreThreadTimeOut(true);
  }

  private Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "acme-order-" + threads.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public CertificateSource open(List<ManagedCertificate> managed, CredentialLoader reader) {
    return certificates().open(managed, reader);
  }

  private synchronized ManagedCertificates certificates() {
    ManagedCertificates open = certificates;
    if (open == null) {
      open = new ManagedCertificates(directory.resolve("certificates"), loader, clock, secret);
      certificates = open;
    }
    return open;
  }

  private synchronized Shared shared() throws StateException {
    Shared open = shared;
    if (open == null) {
      StateDocuments documents = StateDocuments.open(directory, secret);
      open =
          new Shared(
              documents,
              new ChallengeBoard(documents, handshakes, clock),
              new OrderStates(documents));
      shared = open;
    }
    return open;
  }

  /** Keeps {@code managed} valid from now on; null or an empty list stops ordering. */
  public synchronized void configure(
      @Nullable AcmeConfig config, List<ManagedCertificate> managed) {
    if (config == null || managed.isEmpty()) {
      setup = null;
      return;
    }
    List<Target> targets =
        managed.stream().distinct().flatMap(each -> Target.of(each, config).stream()).toList();
    Setup before = setup;
    if (before != null && before.config().equals(config) && before.targets().equals(targets)) {
      return;
    }
    try {
      setup =
          new Setup(
              config,
              targets,
              before != null
                      && before.config().authority().equals(config.authority())
                      && before.config().contacts().equals(config.contacts())
                  ? before.client()
                  : new AcmeClient(config.authority(), config.contacts(), shared().documents()));
    } catch (StateException unusable) {
      tell(unusable.getMessage());
      setup = null;
    }
  }

  /**
   * One look: takes over what other processes have done, and begins the orders that are due.
   * Returns quickly. One thread.
   */
  public void look() {
    Setup now = setup;
    ManagedCertificates stored = certificates;
    if (now == null || stored == null) {
      return;
    }
    try {
      Shared open = shared();
      if (stored.rescan()) {
        stored.publish();
      }
      open.board().refresh();
      beat(open.documents());
      lead(open);
      if (isLeader) {
        order(now, open, stored);
      }
      problem = null;
    } catch (StateException unusable) {
      tell(unusable.getMessage());
    } catch (IOException unlockable) {
      tell(
          directory
              + ": cannot be locked ("
              + unlockable
              + "). Expected a writable directory on a file system with locks");
    }
  }

  /** Logged once for each new problem. */
  private void tell(@Nullable String text) {
    if (text != null && !text.equals(problem)) {
      LOG.error("acme: no certificate is ordered: {}", text);
    }
    problem = text;
  }

  /** Lets the other processes know of this one, and counts them. */
  private void beat(StateDocuments documents) throws StateException {
    Instant now = clock.instant();
    if (Duration.between(lastHeartbeat, now).abs().compareTo(HEARTBEAT) < 0) {
      return;
    }
    lastHeartbeat = now;
    documents.write(process, now.toString().getBytes(StandardCharsets.US_ASCII));
    int living = 0;
    for (String name : documents.names()) {
      if (name.startsWith(PROCESS)) {
        Instant last = time(documents.read(name));
        if (last != null && Duration.between(last, now).abs().compareTo(HEARTBEAT_KEPT) < 0) {
          living++;
        } else {
          documents.delete(name);
        }
      }
    }
    processes = Math.max(1, living);
  }

  private static @Nullable Instant time(byte @Nullable [] text) {
    try {
      return text == null ? null : Instant.parse(new String(text, StandardCharsets.US_ASCII));
    } catch (java.time.DateTimeException damaged) {
      return null;
    }
  }

  private void lead(Shared open) throws IOException, StateException {
    boolean held = lease.tryHold();
    if (held && !isLeader) {
      open.states().reload();
      open.board().sweep();
      LOG.info("acme: this process orders the certificates in {}", directory);
    }
    isLeader = held;
  }

  private void order(Setup now, Shared open, ManagedCertificates stored) throws StateException {
    Instant time = clock.instant();
    Set<String> requests = new HashSet<>(open.documents().names());
    List<OrderPlan> due = new ArrayList<>();
    for (Target target : now.targets()) {
      OrderPlan plan = plan(now, target, open.states().of(target.name()), requests, time);
      if (!plan.at().isAfter(time) && !inFlight.contains(target.name())) {
        due.add(plan);
      }
    }
    due.sort(Comparator.comparing(OrderPlan::at));
    for (OrderPlan plan : due) {
      boolean isNew = open.states().of(plan.target().name()).open() == null;
      if (inFlight.size() >= MOST_AT_ONCE
          || isNew
              && OrderStates.withinHour(open.states().all(), time)
                  >= now.config().ordersPerHour()) {
        return;
      }
      if (inFlight.add(plan.target().name())) {
        executor.execute(() -> run(plan, now, open, stored));
      }
    }
  }

  private OrderPlan plan(
      Setup now, Target target, OrderState state, Set<String> requests, Instant time) {
    return OrderPlan.of(
        target,
        certificates().find(target.name()),
        state,
        Set.of(now.client().directory()),
        requests.contains(RENEW + target.name()),
        time);
  }

  private void run(OrderPlan plan, Setup now, Shared open, ManagedCertificates stored) {
    Target target = plan.target();
    String name = target.name();
    LOG.info("certificate={}: ordering from {}: {}", name, now.client().directory(), plan.reason());
    try {
      if (plan.isRequested()) {
        open.documents().delete(RENEW + name);
      }
      new OrderRun(
              target,
              now.config(),
              now.client(),
              stored,
              open.board(),
              open.states().journal(name),
              clock,
              processes > 1 ? SPREAD : Duration.ZERO)
          .run();
      counters.issued();
      open.states().set(name, open.states().of(name).succeeded(now.client().directory()));
      stored.publish();
    } catch (AcmeFailure failure) {
      onFailure(failure, target, now, open);
    } catch (StateException unusable) {
      onFailure(Faults.of(unusable), target, now, open);
    } catch (InterruptedException stopped) {
      // The process ends; the order continues at the next start.
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error fault) {
      LOG.error("certificate={}: ordering failed. Report the stack", name, fault);
      onFailure(
          new AcmeFailure(Faults.OTHER, fault.toString(), "report it", null, false, fault),
          target,
          now,
          open);
    } finally {
      inFlight.remove(name);
    }
  }

  private void onFailure(AcmeFailure failure, Target target, Setup now, Shared open) {
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
        now.client().directory(),
        failure.type(),
        failure.detail(),
        failure.fix(),
        next);
    LOG.debug("certificate={}: the cause", target.name(), failure);
    OrderState after =
        before.failed(
            new OrderState.LastError(
                time, now.client().directory(), failure.type(), failure.detail(), failure.fix()),
            failure.isOrderLost() ? null : before.open(),
            next);
    try {
      open.states().set(target.name(), after);
      if (failure.type().equals("accountDoesNotExist")) {
        now.client().forget();
      }
    } catch (StateException unwritten) {
      // The pause holds in memory; the failure may be this very one.
      LOG.warn(
          "certificate={}: the failure is not stored: {}", target.name(), unwritten.getMessage());
    }
  }

  /** The body that answers an HTTP-01 request for {@code token}; null if none. Never waits. */
  public byte @Nullable [] answer(String token) {
    Shared open = shared;
    return open == null ? null : open.board().answer(token);
  }

  public AcmeCounters counters() {
    return counters;
  }

  /** Null if ACME is not configured. */
  public @Nullable AcmeView view() {
    Setup now = setup;
    if (now == null) {
      return null;
    }
    Instant time = clock.instant();
    String trouble = problem;
    Map<String, OrderState> known = Map.of();
    List<AcmeView.Account> accounts = List.of();
    Set<String> requests = Set.of();
    try {
      Shared open = shared();
      StateDocuments documents = open.documents();
      requests = documents.names();
      known = isLeader ? open.states().all() : open.states().read();
      accounts =
          AcmeClient.accounts(documents).stream()
              .map(each -> new AcmeView.Account(each.directory(), each.url(), each.contacts()))
              .toList();
    } catch (StateException unusable) {
      trouble = unusable.getMessage();
    }
    List<AcmeView.Certificate> all = new ArrayList<>();
    for (Target target : now.targets()) {
      all.add(
          view(now, target, known.getOrDefault(target.name(), OrderState.NONE), requests, time));
    }
    return new AcmeView(
        now.client().directory(),
        isLeader,
        processes,
        trouble,
        OrderStates.withinHour(known, time),
        now.config().ordersPerHour(),
        accounts,
        all);
  }

  private AcmeView.Certificate view(
      Setup setup, Target target, OrderState state, Set<String> requests, Instant now) {
    OrderPlan plan = plan(setup, target, state, requests, now);
    Credential served = certificates().find(target.name());
    OrderState.LastError error = state.lastError();
    OrderState.Open order = state.open();
    return new AcmeView.Certificate(
        target.name(),
        target.names(),
        target.keyType().name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
        target.profile(),
        served != null,
        served == null ? null : served.notAfter(),
        state.issuedBy(),
        inFlight.contains(target.name()),
        order == null ? null : order.url(),
        plan.at(),
        plan.reason(),
        state.failures(),
        error == null
            ? null
            : new AcmeView.Failure(
                error.at(), error.directory(), error.type(), error.detail(), error.fix()));
  }

  /** The names that are managed; empty if ACME is not configured. */
  public Set<String> managedNames() {
    Setup now = setup;
    return now == null
        ? Set.of()
        : now.targets().stream()
            .flatMap(target -> target.names().stream())
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Interrupts orders; they continue at the next start. */
  @Override
  public void close() {
    synchronized (this) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      setup = null;
    }
    executor.shutdownNow();
    handshakes.publish(Map.of());
    try {
      Shared open = shared;
      if (open != null) {
        open.documents().delete(process);
      }
      lease.close();
    } catch (IOException | StateException unimportant) {
      LOG.debug("acme: the state directory was not left in order", unimportant);
    }
  }
}
