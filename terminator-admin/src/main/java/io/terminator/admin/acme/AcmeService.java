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
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the managed certificates valid: decides when to order, orders on threads of its own, and
 * shares state, challenges and certificates with other processes through one directory. One of them
 * orders; all answer challenges and serve. {@link #look} is called every second. Control plane;
 * thread-safe. Long because what begins an order (time, operator, dry run) shares what is in
 * flight.
 */
public final class AcmeService implements ManagedSources, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AcmeService.class);

  /** Orders at the same time. */
  private static final int MOST_AT_ONCE = 4;

  private static final Duration LONGEST_WITHOUT = Duration.ofDays(1);

  /** Another process looks every second. */
  private static final Duration SPREAD = Duration.ofMillis(2500);

  /** Most dry runs are over by then; a request to the API must not wait for longer ones. */
  private static final Duration DRY_RUN_PATIENCE = Duration.ofSeconds(20);

  private static final String RENEW = "renew-";

  private final Path directory;
  private final CredentialLoader loader;
  private final InstantSource clock;
  private final @Nullable Secret secret;
  private final PendingChallenges handshakes;
  private final TextRecords records;
  private volatile Supplier<Set<String>> revoked = Set::of;
  private final AcmeCounters counters = new AcmeCounters();
  private final DryRuns dryRuns;
  private final Heartbeat heartbeat;

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
  private final LeaderLease lease;
  private volatile @Nullable ManagedCertificates certificates;
  private volatile @Nullable Shared shared;
  private volatile @Nullable Setup setup;
  private volatile @Nullable String problem;
  private volatile boolean isLeader;
  private boolean isClosed;

  /** What the processes share. */
  private record Shared(StateDocuments documents, ChallengeBoard board, OrderStates states) {}

  /** {@code directory} is created when it is needed. */
  public AcmeService(
      Path directory,
      CredentialLoader loader,
      InstantSource clock,
      @Nullable Secret secret,
      PendingChallenges handshakes,
      TextRecords records) {
    this.records = records;
    this.directory = directory;
    this.loader = loader;
    this.clock = clock;
    this.secret = secret;
    this.handshakes = handshakes;
    this.heartbeat = new Heartbeat(clock);
    this.dryRuns = new DryRuns(clock);
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

  /** {@code names} are the certificates that their issuer has revoked. */
  public void onRevoked(Supplier<Set<String>> names) {
    revoked = names;
  }

  /**
   * Orders the certificate {@code name} soon, whichever process orders; a pause after failures is
   * not waited for. Returns false if no such certificate is managed.
   */
  public boolean renew(String name) throws StateException {
    Setup now = setup;
    if (now == null || now.targets().stream().noneMatch(each -> each.name().equals(name))) {
      return false;
    }
    shared().documents().write(RENEW + name, new byte[0]);
    return true;
  }

  /**
   * Revokes the certificate {@code name} at its authority and orders a new one. Waits for the
   * authority. Returns false if no such certificate is managed and issued.
   */
  public boolean revoke(String name, boolean isCompromised)
      throws StateException, AcmeRefusedException {
    Setup now = setup;
    ManagedCertificates stored = certificates;
    Credential served = stored == null ? null : stored.find(name);
    if (now == null || served == null) {
      return false;
    }
    OrderState state = shared().states().read().getOrDefault(name, OrderState.NONE);
    AcmeClient client = now.client(state.issuedBy());
    if (client == null) {
      return false;
    }
    try {
      client.revoke(served, isCompromised);
    } catch (AcmeFailure failure) {
      throw new AcmeRefusedException(failure);
    }
    LOG.warn("certificate={}: revoked at {}", name, client.directory());
    return renew(name);
  }

  /**
   * Orders the certificate {@code name} at a staging directory and forgets it. Waits for the end,
   * but not for long: it is shown by {@link #view} later. Returns null if no such certificate is
   * managed.
   */
  public AcmeView.@Nullable DryRun dryRun(String name) throws StateException, AcmeRefusedException {
    Setup now = setup;
    Target target =
        now == null
            ? null
            : now.targets().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElse(null);
    if (now == null || target == null) {
      return null;
    }
    AcmeConfig config = DryRuns.of(now.config());
    AuthorityConfig staging = Objects.requireNonNull(config.staging(), "checked above");
    if (!isLeader) {
      throw new AcmeRefusedException(
          "another process that shares state-dir orders the certificates; ask that one");
    }
    Shared open = shared();
    String task = name + " dry run";
    if (!begin(task, target)) {
      throw new AcmeRefusedException(
          "an order for one of its names, or too many orders, are in progress; try again later");
    }
    dryRuns.begin(name);
    executor.execute(
        () -> {
          try {
            dryRuns.run(target, config, staging, certificates(), proofs(config, open));
          } finally {
            inFlight.remove(task);
          }
        });
    dryRuns.await(name, DRY_RUN_PATIENCE.toMillis());
    return dryRuns.of(name, config);
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
      StateDocuments documents = shared().documents();
      boolean isSame = before != null && before.config().contacts().equals(config.contacts());
      AuthorityConfig second = config.fallback();
      setup =
          new Setup(
              config,
              targets,
              before != null && isSame && before.config().authority().equals(config.authority())
                  ? before.client()
                  : new AcmeClient(config.authority(), config.contacts(), documents),
              second == null ? null : new AcmeClient(second, config.contacts(), documents));
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
      heartbeat.beat(open.documents());
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
      if (isNew
          && OrderStates.withinHour(open.states().all(), time) >= now.config().ordersPerHour()) {
        return;
      }
      if (begin(plan.target().name(), plan.target())) {
        executor.execute(() -> run(plan, now, open, stored));
      }
    }
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

  private OrderPlan plan(
      Setup now, Target target, OrderState state, Set<String> requests, Instant time) {
    return OrderPlan.of(
        target,
        certificates().find(target.name()),
        state,
        now.directories(),
        requests.contains(RENEW + target.name()),
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
    List<AcmeClient.StoredAccount> accounts = List.of();
    Set<String> requests = Set.of();
    try {
      Shared open = shared();
      StateDocuments documents = open.documents();
      requests = documents.names();
      known = isLeader ? open.states().all() : open.states().read();
      accounts = AcmeClient.accounts(documents);
    } catch (StateException unusable) {
      trouble = unusable.getMessage();
    }
    List<AcmeView.Certificate> all = new ArrayList<>();
    for (Target target : now.targets()) {
      OrderState state = known.getOrDefault(target.name(), OrderState.NONE);
      all.add(
          AcmeView.Certificate.of(
              plan(now, target, state, requests, time),
              state,
              certificates().find(target.name()),
              inFlight.containsKey(target.name()),
              dryRuns.of(target.name(), now.config())));
    }
    return new AcmeView(
        now.client().directory(),
        isLeader,
        heartbeat.living(),
        trouble,
        OrderStates.withinHour(known, time),
        now.config().ordersPerHour(),
        accounts.stream()
            .map(each -> new AcmeView.Account(each.directory(), each.url(), each.contacts()))
            .toList(),
        all,
        persistent(now, accounts));
  }

  /** The records for dns-persist-01 that an operator sets, as far as the accounts are known. */
  private static List<AcmeView.Persistent> persistent(
      Setup now, List<AcmeClient.StoredAccount> accounts) {
    List<AcmeView.Persistent> all = new ArrayList<>();
    if (now.config().challenges().contains(ChallengeType.DNS_PERSIST_01)) {
      for (AcmeClient.StoredAccount account : accounts) {
        PersistTerms terms = account.terms();
        if (terms != null && now.directories().contains(account.directory())) {
          terms
              .records(now.targets(), null)
              .forEach(each -> all.add(new AcmeView.Persistent(account.directory(), each)));
        }
      }
    }
    return all;
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
        heartbeat.stop(open.documents());
      }
      lease.close();
    } catch (IOException | StateException unimportant) {
      LOG.debug("acme: the state directory was not left in order", unimportant);
    }
  }
}
