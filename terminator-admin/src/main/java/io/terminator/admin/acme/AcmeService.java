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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the managed certificates valid, and shares state, challenges and certificates with other
 * processes through one directory. One of them orders; all answer challenges and serve. {@link
 * #look} is called every second. Control plane; thread-safe.
 */
public final class AcmeService implements ManagedSources, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AcmeService.class);

  /** Most dry runs are over by then; a request to the API must not wait for longer ones. */
  private static final Duration DRY_RUN_PATIENCE = Duration.ofSeconds(20);

  private final Path directory;
  private final CredentialLoader loader;
  private final InstantSource clock;
  private final @Nullable Secret secret;
  private final PendingChallenges handshakes;
  private volatile Supplier<Set<String>> revoked = Set::of;
  private final AcmeCounters counters = new AcmeCounters();
  private final Heartbeat heartbeat;
  private final Orders orders;

  private final LeaderLease lease;
  private volatile @Nullable ManagedCertificates certificates;
  private volatile @Nullable Shared shared;
  private volatile @Nullable Setup setup;
  private volatile @Nullable String problem;
  private volatile boolean isLeader;
  private boolean isClosed;

  /** {@code directory} is created when it is needed. */
  public AcmeService(
      Path directory,
      CredentialLoader loader,
      InstantSource clock,
      @Nullable Secret secret,
      PendingChallenges handshakes,
      TextRecords records) {
    this.directory = directory;
    this.loader = loader;
    this.clock = clock;
    this.secret = secret;
    this.handshakes = handshakes;
    this.heartbeat = new Heartbeat(clock);
    this.orders = new Orders(clock, records, heartbeat, counters, () -> revoked.get());
    this.lease = new LeaderLease(directory.resolve("leader.lock"));
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
      open = Shared.open(directory, secret, handshakes, clock);
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
    if (now == null || now.target(name) == null) {
      return false;
    }
    Orders.request(name, shared().documents());
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
   * Orders the certificate {@code name} at a staging directory and forgets it, whichever process
   * orders. Waits for the end, but not for long: {@link #view} shows it later. Returns null if no
   * such certificate is managed.
   */
  public AcmeView.@Nullable DryRun dryRun(String name) throws StateException, AcmeRefusedException {
    Setup now = setup;
    if (now == null || now.target(name) == null) {
      return null;
    }
    AuthorityConfig staging =
        Objects.requireNonNull(DryRuns.of(now.config()).staging(), "checked by it");
    DryRuns dryRuns = shared().dryRuns();
    dryRuns.request(name, staging.directory().toString());
    return dryRuns.await(name, DRY_RUN_PATIENCE);
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
        orders.begin(now, open, stored);
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
      open.dryRuns().sweep();
      LOG.info("acme: this process orders the certificates in {}", directory);
    }
    isLeader = held;
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
    Set<String> names = Set.of();
    Map<String, AcmeView.DryRun> rehearsed = Map.of();
    try {
      Shared open = shared();
      StateDocuments documents = open.documents();
      names = documents.names();
      rehearsed = open.dryRuns().all(names);
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
              orders.plan(now, target, state, certificates(), names, time),
              state,
              certificates().find(target.name()),
              orders.isInFlight(target.name()),
              rehearsed.get(target.name())));
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
    orders.close();
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
