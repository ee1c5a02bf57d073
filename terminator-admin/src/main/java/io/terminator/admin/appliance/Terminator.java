package io.terminator.admin.appliance;

import io.terminator.admin.acme.AcmeConfig;
import io.terminator.admin.acme.AcmeService;
import io.terminator.admin.api.ApiRoutes;
import io.terminator.admin.api.Appliance;
import io.terminator.admin.api.AskedRequest;
import io.terminator.admin.api.Effect;
import io.terminator.admin.api.Explanation;
import io.terminator.admin.api.PolicyView;
import io.terminator.admin.api.RetirementView;
import io.terminator.admin.api.Throughput;
import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.config.ConfigProblems;
import io.terminator.admin.config.StartupSetting;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.admin.config.format.Problem;
import io.terminator.admin.config.format.WrittenSettings.Difference;
import io.terminator.admin.dashboard.Dashboard;
import io.terminator.admin.http.AdminCounters;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.AdminServer;
import io.terminator.admin.http.ApiOperation;
import io.terminator.admin.http.Contract;
import io.terminator.admin.lifecycle.Chores;
import io.terminator.admin.lifecycle.LifeCycle;
import io.terminator.admin.lifecycle.Lifetime;
import io.terminator.admin.lifecycle.Parts;
import io.terminator.admin.lifecycle.State;
import io.terminator.admin.lifecycle.Supervisor;
import io.terminator.admin.metrics.AcmeMetrics;
import io.terminator.admin.metrics.ApplianceMetrics;
import io.terminator.admin.metrics.CertificateMetrics;
import io.terminator.admin.metrics.Exposition;
import io.terminator.admin.metrics.LifeMetrics;
import io.terminator.admin.metrics.Metrics;
import io.terminator.admin.metrics.PolicyMetrics;
import io.terminator.admin.metrics.PostQuantumMetrics;
import io.terminator.admin.metrics.RetirementMetrics;
import io.terminator.admin.metrics.TrustMetrics;
import io.terminator.admin.plain.PlainHttpCounters;
import io.terminator.admin.plain.PlainHttpServer;
import io.terminator.admin.recording.ConnectionEvents;
import io.terminator.admin.recording.Recordings;
import io.terminator.admin.reload.ConfigSource;
import io.terminator.admin.reload.ConfigWatch;
import io.terminator.admin.reload.ReloadCounters;
import io.terminator.admin.reload.ReloadLog;
import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.admin.tracing.SpanExport;
import io.terminator.admin.tracing.TracingConfig;
import io.terminator.core.connection.DrainConfig;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.flow.ClientTops;
import io.terminator.core.flow.ConnectionLog;
import io.terminator.core.flow.ConnectionObserver;
import io.terminator.core.flow.FailureInbox;
import io.terminator.core.logbuffer.LogConfig;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.logbuffer.LogSinks;
import io.terminator.core.observe.Diagnostics;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerConnections;
import io.terminator.core.setting.AddressText;
import io.terminator.core.setting.Quantity;
import io.terminator.core.trace.ConnectionSpans;
import io.terminator.core.trace.Tracer;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.KeyKind;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.WeakKeys;
import io.terminator.tls.certificate.source.WatchSettings;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.challenge.PendingChallenges;
import io.terminator.tls.client.ClientTrust;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.judgement.Verdict;
import io.terminator.tls.keylog.KeyLog;
import io.terminator.tls.keylog.KeyLogConfig;
import io.terminator.tls.ocsp.Staples;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.replay.HelloMemory;
import io.terminator.tls.report.CanaryReport;
import io.terminator.tls.report.PolicyReport;
import io.terminator.tls.report.PostQuantum;
import io.terminator.tls.sni.RetiredSessions;
import io.terminator.tls.ticket.TicketKeyRing;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The appliance, assembled by hand: {@link #start} connects its parts. Control plane: methods may
 * block and must not be called on a worker. Long, because every part is created, connected and
 * closed here and nowhere else.
 */
public final class Terminator implements Appliance, Lifetime.Served, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Terminator.class);
  private static final Duration TICKET_LOOK = Duration.ofSeconds(5);

  /**
   * Stored OCSP responses are read and verified before readiness; 1000 responses take about 1 s.
   */
  private static final Duration STAPLES = Duration.ofSeconds(10);

  private static final Duration SIGNING = Duration.ofSeconds(1);
  private static final Duration TRUST_LOOK = Duration.ofSeconds(2);
  private static final Duration CANARY_LOOK = Duration.ofSeconds(1);
  private static final Duration ACME_LOOK = Duration.ofSeconds(1);
  private static final Duration SELECTION_REVIEW = Duration.ofMinutes(10);
  private static final Duration RELOAD_PATIENCE = Duration.ofSeconds(10);
  private static final long SMALL_HEAP = 16L << 20;

  private final ConfigSource source;
  private final Supervisor supervisor;
  private final LifeCycle life = new LifeCycle();
  private final Parts parts;
  private final Chores chores;
  private final TicketKeyRing tickets;
  private final AcmeService acme;
  private final Service.Surroundings surroundings;
  private final BackendSurroundings backendSurroundings;
  private final LogFlusher log;
  private final WorkerGroup workers;
  private final Recordings recordings;
  private final Retirements retirements;
  private final AddressFiles addressFiles;
  private final Metrics metrics;
  private final AdminServer admin;
  private final ReloadCounters reloads = new ReloadCounters();
  private final AdminCounters requests = new AdminCounters();
  private final PlainHttpCounters httpRequests = new PlainHttpCounters();
  private final FailureInbox failures = new FailureInbox();
  private final ClientTops clientTops = new ClientTops();
  private final Throughput throughput;
  private final Instant started = Instant.now();
  private final String version;

  /**
   * Held while one assembly replaces another: by reloads, and by a drain or close, which ends them.
   */
  private final ReentrantLock change = new ReentrantLock();

  /**
   * The configuration as the file has it, and what differs from it; written under {@link #change}.
   */
  private volatile ConfigFile.Loaded fromFile;

  private volatile PolicyModes modes = PolicyModes.NONE;

  private final TerminatorConfig startedWith;
  private volatile Runnable onDrainOrder = () -> {};

  private volatile Assembly assembly;

  /**
   * Every resource opened here is added to {@code parts} before anything else can fail. Closed in
   * reverse order.
   */
  private Terminator(
      ConfigFile.Loaded loaded,
      ConfigSource source,
      String version,
      Supervisor supervisor,
      Parts parts)
      throws IOException {
    this.source = source;
    this.version = version;
    this.supervisor = supervisor;
    this.parts = parts;
    TerminatorConfig config = loaded.config();
    startedWith = config;
    fromFile = loaded;
    assembly = new Assembly(loaded, Map.of(), Map.of(), null);
    tickets = new TicketKeyRing(config.tickets(), InstantSource.system());
    Diagnostics diagnostics = parts.add("diagnostics", new Diagnostics());
    log =
        parts.add(
            "log",
            new LogFlusher(
                LogSinks.of(config.log().access()),
                config.log().flushInterval(),
                (int) config.log().buffer().bytes()));
    KeyLogConfig secrets = config.keyLog();
    KeyLog keyLog = secrets == null ? null : parts.add("key log", KeyLog.open(secrets));
    BoringSsl library = parts.add("signing", BoringSsl.load(config.signing(), keyLog));
    InstantSource clock = InstantSource.system();
    Staples staples =
        parts.add("stapling", new Staples(config.stateDirectory().resolve("ocsp"), clock));
    CredentialLoader loader = new CredentialLoader(clock, WeakKeys.REFUSED);
    PendingChallenges challenges = new PendingChallenges();
    acme =
        parts.add(
            "ACME",
            new AcmeService(
                config.stateDirectory().resolve("acme"),
                loader,
                clock,
                config.stateSecret(),
                challenges,
                this::texts));
    Certificates certificates =
        parts.add(
            "certificates",
            new Certificates(
                loader,
                clock,
                WatchSettings.DEFAULT,
                new Certificates.UploadConfig(
                    config.stateDirectory().resolve("certificates"), config.stateSecret()),
                acme));
    backendSurroundings =
        parts.add(
            "name resolution",
            new BackendSurroundings(config.dns(), connections(), library, diagnostics));
    parts.add("assembly", this::closeAssembly);
    TracingConfig tracing = config.tracing();
    SpanExport spans =
        tracing == null ? null : parts.add("tracing", SpanExport.start(tracing, version));
    Tracer tracer = spans == null ? null : spans.tracer();
    boolean silent = config.log().access() == LogConfig.Stream.OFF;
    workers =
        parts.add(
            "workers",
            new WorkerGroup(
                config.workers(),
                config.frames(),
                worker -> observer(silent, tracer),
                config.log().longConnections(),
                source.inherited(),
                diagnostics));
    recordings = parts.add("recording", new Recordings(workers, config.stateDirectory()));
    surroundings =
        new Service.Surroundings(
            library,
            tickets,
            staples,
            certificates,
            challenges,
            new PostQuantum(),
            new HelloMemory(config.workers().count()),
            new RetiredSessions(),
            workers,
            silent ? null : log,
            tracer);
    retirements = new Retirements(workers, life::state);
    addressFiles = new AddressFiles(workers);
    throughput = new Throughput(workers::totals);
    chores = parts.add("chores", new Chores());
    metrics =
        parts.add(
            "metrics",
            new Metrics(
                new ApplianceMetrics(
                        workers,
                        this::pools,
                        log,
                        library,
                        new CertificateMetrics(
                            certificates, this::certificateProblems, this::terminatingListeners),
                        new TrustMetrics(tickets, staples, library, this::trusts),
                        new LifeMetrics(life, chores, reloads),
                        new AcmeMetrics(acme),
                        new PolicyMetrics(this::policyReports, this::canaries, this::policies),
                        new PostQuantumMetrics(surroundings.postQuantum()),
                        new RetirementMetrics(retirements::views),
                        spans == null
                            ? List.of(requests, httpRequests)
                            : List.of(requests, httpRequests, spans),
                        version)
                    ::collect));
    admin = parts.add("admin API", AdminServer.start(config.admin(), routes(version), requests));
  }

  private ConnectionObserver observer(boolean silent, @Nullable Tracer tracer) {
    ConnectionObserver watching =
        ConnectionObserver.both(
            new ConnectionEvents(),
            ConnectionObserver.both(failures.newObserver(), clientTops.newObserver()));
    if (tracer != null) {
      watching = ConnectionObserver.both(watching, new ConnectionSpans(tracer));
    }
    return silent ? watching : ConnectionObserver.both(new ConnectionLog(log), watching);
  }

  /**
   * Starts the appliance with the configuration of {@code source}. On an exception, everything has
   * been closed; the message names the cause.
   */
  public static Terminator start(ConfigSource source, String version)
      throws IOException, ConfigProblems {
    return start(source.load(), source, version, Supervisor.NONE, new Parts());
  }

  /**
   * As above, for a {@code loaded} that was already read from {@code source}. {@code supervisor} is
   * notified of reloads. Resources are added to {@code parts}, which must be empty.
   */
  public static Terminator start(
      ConfigFile.Loaded loaded,
      ConfigSource source,
      String version,
      Supervisor supervisor,
      Parts parts)
      throws IOException {
    try {
      Terminator terminator = new Terminator(loaded, source, version, supervisor, parts);
      terminator.begin(loaded);
      return terminator;
    } catch (IOException | RuntimeException | Error failure) {
      parts.close();
      throw failure;
    }
  }

  private void begin(ConfigFile.Loaded loaded) throws IOException {
    protect(loaded.config());
    addressFiles.use(loaded.config());
    Reload first =
        new Reload(
            null,
            loaded,
            source.name(),
            surroundings,
            backendSurroundings,
            workers,
            httpRequests,
            acme);
    List<Problem> problems = first.prepare();
    if (!problems.isEmpty()) {
      throw new IOException(loaded.mask().hide(problems).get(0).finding());
    }
    shrinkHeap();
    assembly = first.carryOut();
    // The first client may require a stapled OCSP response.
    awaitStaples();
    logCertificates();
    surroundings.certificates().watch();
    scheduleChores();
    life.toServing();
    prepareSigning();
  }

  /**
   * Reading encrypted keys leaves arrays of 16 MiB and more on the heap (scrypt), which only a full
   * collection returns to the system. Now no client waits for it.
   */
  private static void shrinkHeap() {
    if (Runtime.getRuntime().totalMemory() > SMALL_HEAP) {
      System.gc();
    }
  }

  private void awaitStaples() {
    try {
      surroundings.staples().kept().get(STAPLES.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      LOG.warn(
          "ocsp: kept responses are not all in use after {} s; the first clients may get none",
          STAPLES.toSeconds());
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void reopenLog() {
    log.reopen();
  }

  /**
   * Reopens the access log, then reads the configuration and all certificates again. On any problem
   * nothing changes. {@code by} names the initiator in the log. Existing connections survive in
   * both cases, as do the sockets of listeners that remain. Refused in every state except serving.
   */
  @Override
  public ReloadOutcome reload(String by) {
    // In every state and regardless of the result: log rotation sends SIGHUP.
    reopenLog();
    change.lock();
    try {
      long begun = System.nanoTime();
      boolean told = life.state() == State.SERVING;
      if (told) {
        supervisor.reloading();
      }
      ReloadOutcome outcome = refusedUnlessFinished();
      try {
        outcome = reloadOnce();
        return outcome;
      } finally {
        reloads.count(outcome.result());
        ReloadLog.write(by, outcome);
        recordings.reloaded(
            by, outcome.result().label(), Duration.ofNanos(System.nanoTime() - begun));
        tell(outcome, told);
      }
    } finally {
      change.unlock();
    }
  }

  /** The outcome of a reload that ended with an exception. The caller logs the exception. */
  private ReloadOutcome refusedUnlessFinished() {
    return refused("the reload ended with an unexpected exception", "a report with the log");
  }

  private void tell(ReloadOutcome outcome, boolean begun) {
    String refusal =
        outcome.result() == ReloadOutcome.Result.REFUSED ? ReloadLog.refusal(outcome) : "";
    if (life.state() == State.SERVING) {
      String serving = "Serving " + listening();
      supervisor.ready(refusal.isEmpty() ? serving : serving + " as before; " + refusal);
    } else if (begun || life.state() == State.DRAINING) {
      // READY=1 would revoke STOPPING=1.
      supervisor.status("Draining" + (refusal.isEmpty() ? "" : "; " + refusal));
    }
  }

  private ReloadOutcome refused(String finding, String expected) {
    return ReloadOutcome.refused(
        List.of(new Problem(source.name(), 0, "", finding, expected, "")), List.of());
  }

  /** Why a reload is refused now; null if it is possible. */
  private @Nullable ReloadOutcome refusedNow() {
    State state = life.state();
    return state == State.SERVING
        ? null
        : refused(
            "the appliance is " + state.label() + " and cannot be reloaded",
            "a reload while it is serving");
  }

  private ReloadOutcome reloadOnce() {
    ReloadOutcome tooLate = refusedNow();
    if (tooLate != null) {
      return tooLate;
    }
    surroundings.certificates().reload();
    ConfigFile.Loaded loaded;
    try {
      loaded = source.load();
    } catch (ConfigProblems unusable) {
      return ReloadOutcome.refused(unusable.problems(), unusable.warnings());
    }
    PolicyModes kept = modes.retained(loaded.config());
    ReloadOutcome outcome = replace(loaded.with(kept.applyTo(loaded.config())));
    if (outcome.result() != ReloadOutcome.Result.REFUSED) {
      fromFile = loaded;
      modes = kept;
    }
    return outcome;
  }

  /** Replaces the assembly by that of {@code loaded}, unless it is refused. */
  private ReloadOutcome replace(ConfigFile.Loaded loaded) {
    Assembly before = assembly;
    Reload reload =
        new Reload(
            before,
            loaded,
            source.name(),
            surroundings,
            backendSurroundings,
            workers,
            httpRequests,
            acme);
    List<Problem> problems = reload.prepare();
    if (!problems.isEmpty()) {
      return ReloadOutcome.refused(loaded.mask().hide(problems), loaded.warnings());
    }
    // Reading the configuration takes time: a drain may have begun meanwhile.
    ReloadOutcome tooLate = refusedNow();
    if (tooLate != null) {
      reload.giveUp();
      return tooLate;
    }
    protect(loaded.config());
    List<String> atNextStart = StartupSetting.differing(startedWith, loaded.config());
    addressFiles.use(loaded.config());
    boolean isSame = reload.isSame();
    assembly = reload.carryOut();
    if (tickets.configure(loaded.config().tickets())) {
      rekey();
    }
    List<Problem> warnings = new ArrayList<>(loaded.warnings());
    warnings.addAll(
        loaded.mask().hide(CertificateCheck.adminWarnings(loaded.config(), source.name())));
    return new ReloadOutcome(
        isSame ? ReloadOutcome.Result.UNCHANGED : ReloadOutcome.Result.APPLIED,
        List.of(),
        warnings,
        before.loaded().written().differencesTo(loaded.written()),
        atNextStart);
  }

  @Override
  public ReloadOutcome setPolicyMode(String name, NamedPolicy.@Nullable Mode mode, String by) {
    return setModes(
        (listener, policy) -> policy.name().equals(name),
        mode == null ? null : new PolicyModes.Choice(mode, "set by " + by),
        "policy=" + name + ": " + (mode == null ? "mode as in the file" : mode) + " by " + by);
  }

  private ReloadOutcome setModes(
      BiPredicate<String, NamedPolicy> which, PolicyModes.@Nullable Choice choice, String words) {
    change.lock();
    try {
      ReloadOutcome tooLate = refusedNow();
      if (tooLate != null) {
        return tooLate;
      }
      PolicyModes next = modes.with(fromFile.config(), which, choice);
      ReloadOutcome outcome = replace(fromFile.with(next.applyTo(fromFile.config())));
      if (outcome.result() != ReloadOutcome.Result.REFUSED) {
        modes = next;
        LOG.warn("{}", words);
      }
      return outcome;
    } finally {
      change.unlock();
    }
  }

  private void undo(CanaryReport canary, String why) {
    ReloadOutcome unused =
        setModes(
            (listener, policy) ->
                listener.equals(canary.listener()) && policy.name().equals(canary.policy().name()),
            new PolicyModes.Choice(NamedPolicy.Mode.OFF, "undone: " + why),
            "policy="
                + canary.policy().name()
                + " listener="
                + canary.listener()
                + ": the canary is undone, "
                + why);
  }

  @Override
  public PostQuantum postQuantum() {
    return surroundings.postQuantum();
  }

  /** The canaries of all listeners that serve clients. */
  private List<CanaryReport> canaries() {
    return assembly.services().values().stream()
        .flatMap(service -> service.canaryReports().stream())
        .toList();
  }

  @Override
  public List<PolicyView> policies() {
    return PolicyViews.of(fromFile.config(), modes, policyReports(), canaries());
  }

  @Override
  public List<PolicyReport> policyReports() {
    return assembly.services().values().stream()
        .flatMap(service -> service.policyReports().stream())
        .toList();
  }

  private void protect(TerminatorConfig config) {
    workers.configure(config.overload());
    CapacityEstimate estimate = CapacityEstimate.ofThisProcess(config.frames());
    int connections = config.connections() == 0 ? estimate.connections() : config.connections();
    if (connections != workers.capacity().most()) {
      estimate.log(connections, config.connections() == 0);
      workers.capacity().resize(connections);
    }
  }

  /**
   * Watches the source from now on. A change triggers a reload when two successive polls see the
   * same text: an editor may have written only half of it.
   */
  public void watchConfig() {
    ConfigWatch watch = new ConfigWatch(source, () -> reload("file watch"));
    chores.every(Duration.ofSeconds(1), "config-watch", watch::look);
  }

  /**
   * Reports what a reload would do, without changing anything. {@code content} replaces the content
   * of the file; null uses the file. Names of addresses are resolved, but nothing is bound.
   */
  @Override
  public ReloadOutcome check(byte @Nullable [] content) {
    ConfigFile.Loaded loaded;
    try {
      loaded = content == null ? source.load() : source.load(content, assembly.loaded().mentions());
    } catch (ConfigProblems unusable) {
      return ReloadOutcome.refused(unusable.problems(), unusable.warnings());
    }
    CertificateCheck certificates = CertificateCheck.of(loaded.config(), source.name());
    List<Problem> warnings = new ArrayList<>(loaded.warnings());
    warnings.addAll(certificates.warnings());
    List<Problem> problems = new ArrayList<>(certificates.problems());
    problems.addAll(BindCheck.of(loaded.config(), source.name()));
    if (!problems.isEmpty()) {
      return ReloadOutcome.refused(loaded.mask().hide(problems), loaded.mask().hide(warnings));
    }
    Assembly now = assembly;
    List<Difference> changes = now.loaded().written().differencesTo(loaded.written());
    return new ReloadOutcome(
        changes.isEmpty() ? ReloadOutcome.Result.UNCHANGED : ReloadOutcome.Result.APPLIED,
        List.of(),
        loaded.mask().hide(warnings),
        changes,
        StartupSetting.differing(startedWith, loaded.config()));
  }

  @Override
  public @Nullable Effect effect(byte @Nullable [] content) {
    TerminatorConfig config;
    try {
      config =
          (content == null ? source.load() : source.load(content, assembly.loaded().mentions()))
              .config();
    } catch (ConfigProblems unusable) {
      return null;
    }
    return effect(
        Answering.of(
            modes.retained(config).applyTo(config).services(), surroundings.certificates()));
  }

  @Override
  public Effect effect(Credential uploaded) {
    return effect(answering(store -> surroundings.certificates().after(store, uploaded)));
  }

  private Effect effect(Map<String, Answering> then) {
    return new EffectReplay(answering(CredentialStore::snapshot), then, Instant.now())
        .of(surroundings.hellos());
  }

  private Map<String, Answering> answering(Function<CredentialStore, CredentialSnapshot> then) {
    Map<String, Answering> all = new LinkedHashMap<>();
    assembly.services().forEach((name, service) -> all.put(name, Answering.of(service, then)));
    return all;
  }

  @Override
  public @Nullable RetirementView retire(String name, Duration window, @Nullable Instant before) {
    Set<String> present = surroundings.certificates().fingerprints(name);
    RetirementView begun = retirements.begin(name, present, window, before);
    if (begun != null) {
      surroundings.retired().retire(name, present.isEmpty() ? name : present.iterator().next());
    }
    return begun;
  }

  @Override
  public @Nullable RetirementView stopRetirement(String name) {
    return retirements.stop(name);
  }

  @Override
  public List<RetirementView> retirements() {
    return retirements.views();
  }

  /** The addresses that clients connect to, by listener, with the actual ports. */
  @Override
  public Map<String, List<SocketAddress>> addresses() {
    return workers.addresses();
  }

  /** The address of an admin API that does not use a unix socket, with the actual port. */
  public InetSocketAddress adminAddress() {
    return Objects.requireNonNull(admin.address(), "admin.bind is a unix socket");
  }

  /** The address of plain HTTP, with the actual port; null if it is not configured. */
  public @Nullable InetSocketAddress httpAddress() {
    PlainHttpServer http = assembly.http();
    return http == null ? null : http.address();
  }

  /**
   * The client addresses on one line, for people: {@code web on 0.0.0.0:8443, plain HTTP on
   * 0.0.0.0:8080}.
   */
  public String listening() {
    List<String> all = new ArrayList<>();
    addresses()
        .forEach(
            (name, addresses) ->
                all.add(
                    name
                        + " on "
                        + String.join(" and ", addresses.stream().map(AddressText::of).toList())));
    InetSocketAddress http = httpAddress();
    if (http != null) {
      all.add("plain HTTP on " + AddressText.of(http));
    }
    return String.join(", ", all);
  }

  /** {@code http://127.0.0.1:9443}, {@code https://...} or {@code unix:/run/admin.sock}. */
  public String adminUrl() {
    return admin.url();
  }

  @Override
  public WorkerGroup workers() {
    return workers;
  }

  /** Every certificate that is in use or stored. */
  @Override
  public Certificates certificates() {
    return surroundings.certificates();
  }

  /** The currently configured backends. */
  @Override
  public List<BackendPool> pools() {
    return assembly.backends().values().stream().map(Backend::pool).toList();
  }

  @Override
  public LogFlusher log() {
    return log;
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public Instant started() {
    return started;
  }

  @Override
  public State state() {
    return life.state();
  }

  @Override
  public FailureInbox failures() {
    return failures;
  }

  @Override
  public Recordings recordings() {
    return recordings;
  }

  @Override
  public ClientTops clientTops() {
    return clientTops;
  }

  @Override
  public Throughput throughput() {
    return throughput;
  }

  /**
   * Passes the order to the thread that waits for the process to end. Without such a thread nothing
   * happens.
   */
  @Override
  public void beginDrain() {
    onDrainOrder.run();
  }

  @Override
  public void onDrainOrder(Runnable order) {
    onDrainOrder = order;
  }

  @Override
  public @Nullable Verdict judge(
      String listener,
      ClientHello hello,
      SocketAddress client,
      @Nullable SocketAddress destination) {
    Service service = assembly.services().get(listener);
    return service == null ? null : service.layer().judge(hello, client, destination);
  }

  @Override
  public List<Explanation> explain(
      ClientHello hello,
      InetAddress address,
      @Nullable InetAddress destination,
      AskedRequest asked) {
    InetSocketAddress client = new InetSocketAddress(address, 0);
    InetSocketAddress there = destination == null ? null : new InetSocketAddress(destination, 0);
    return assembly.services().values().stream()
        .map(service -> new Explainer(service).explain(hello, client, there, asked))
        .toList();
  }

  public BoringSsl library() {
    return surroundings.library();
  }

  /**
   * Seals new tickets with a new key; tickets sealed with earlier keys are still accepted. Shared
   * fleet keys depend only on the clock and the secret, which is checked for changes.
   */
  public void rotateTickets() {
    if (tickets.rotate()) {
      rekey();
    }
  }

  @Override
  public TicketKeyRing.Revocation revokeTickets() {
    TicketKeyRing.Revocation revocation = tickets.revoke();
    if (revocation == TicketKeyRing.Revocation.DONE) {
      rekey();
      LOG.warn("tickets: revoked: sessions that were begun before are not resumed");
    }
    return revocation;
  }

  @Override
  public List<ReportedProblem> certificateProblems() {
    List<ReportedProblem> problems = new ArrayList<>(surroundings.certificates().problems());
    problems.addAll(surroundings.staples().problems());
    return problems;
  }

  @Override
  public AcmeService acme() {
    return acme;
  }

  @Override
  public Map<String, Boolean> terminatingListeners() {
    Map<String, Boolean> terminating = new java.util.TreeMap<>();
    assembly
        .services()
        .forEach(
            (listener, service) -> {
              if (service.config().terminates()) {
                terminating.put(listener, !service.lacksCertificate());
              }
            });
    return terminating;
  }

  /** The verifiers of client certificates, by listener. */
  private Map<String, List<ClientTrust>> trusts() {
    Map<String, List<ClientTrust>> trusts = new java.util.TreeMap<>();
    assembly
        .services()
        .forEach((listener, service) -> trusts.put(listener, service.policies().trusts()));
    return trusts;
  }

  private void refreshTrust() {
    assembly.services().values().forEach(service -> service.policies().refreshTrust());
  }

  private void refreshTickets() {
    if (tickets.refresh()) {
      rekey();
    }
  }

  private synchronized void rekey() {
    assembly.services().values().forEach(service -> service.policies().rekey());
  }

  @Override
  public Duration drainWindow() {
    return assembly.loaded().config().drain().window();
  }

  @Override
  public void toDraining() {
    life.toDraining();
  }

  /**
   * Ends in order: not ready but still accepting for the grace period, so that load balancers move
   * away; then no new connections, idle connections closed first; and after the window all
   * remaining connections. Returns the number of connections cut at the end.
   */
  @Override
  public int drain() {
    life.toDraining();
    long begun = System.nanoTime();
    recordings.drained("begun", Duration.ZERO);
    DrainConfig drain = assembly.loaded().config().drain();
    pause(drain.acceptGrace());
    // A reload may be in progress when the drain begins; what it opens must be closed too.
    change.lock();
    try {
      PlainHttpServer http = assembly.http();
      if (http != null) {
        http.stopAccepting();
      }
    } finally {
      change.unlock();
    }
    int cut = workers.drain(drain.window());
    recordings.drained("ended", Duration.ofNanos(System.nanoTime() - begun));
    return cut;
  }

  /** Ends at once. Further calls have no effect. */
  @Override
  public void close() {
    if (!life.toStopped()) {
      return;
    }
    boolean alone = lockForEnd();
    try {
      parts.close();
    } finally {
      if (alone) {
        change.unlock();
      }
    }
  }

  /**
   * Waits for a reload in progress, but for a limited time: an ordered stop must not wait for a
   * slow reload forever.
   */
  private boolean lockForEnd() {
    try {
      return change.tryLock(RELOAD_PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void closeAssembly() {
    Assembly last = assembly;
    PlainHttpServer http = last.http();
    if (http != null) {
      http.close();
    }
    last.services().values().forEach(Service::close);
    last.backends().values().forEach(Backend::close);
  }

  private List<String> texts(String name) throws IOException, InterruptedException {
    Duration patience = startedWith.dns().timeout().multipliedBy(2).plusSeconds(1);
    try {
      return backendSurroundings
          .resolver()
          .texts(name)
          .get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException failure) {
      throw new IOException("no answer for " + name + " from DNS", failure);
    }
  }

  private ServerConnections connections() {
    return new ServerConnections() {
      @Override
      public void close(Server server, String why) {
        workers.closeConnections(server, why);
      }

      @Override
      public void closeIdle(Server server) {
        workers.closeIdleConnections(server);
      }
    };
  }

  private void logCertificates() {
    for (Service service : assembly.services().values()) {
      LOG.info(
          "listener={}: {} for {}",
          service.config().listener().name(),
          Quantity.of(service.store().credentials().size(), "certificate"),
          Quantity.of(service.store().snapshot().size(), "name"));
      if (service.lacksCertificate()) {
        LOG.warn(
            "listener={}: no usable certificate; readiness stays false until there is one",
            service.config().listener().name());
      }
    }
  }

  /** Later, because loading AWS-LC takes longer than a start; BoringSSL signs meanwhile. */
  private void prepareSigning() {
    if (surroundings.certificates().credentials().values().stream()
        .anyMatch(credential -> credential.keyKind() == KeyKind.RSA)) {
      library().rsaSigning().prepare(SIGNING);
    }
  }

  private void scheduleChores() {
    KeyLog keyLog = library().keyLog();
    if (keyLog != null) {
      chores.every(Duration.ofMinutes(5), "key-log-warning", keyLog::warn);
    }
    chores.every(Duration.ofSeconds(1), "throughput", throughput::sample);
    chores.every(Duration.ofMillis(500), "address-files", addressFiles::look);
    chores.every(Duration.ofSeconds(1), "admin-credentials", admin::look);
    chores.every(TRUST_LOOK, "client-trust", this::refreshTrust);
    chores.every(TICKET_LOOK, "ticket-keys", this::refreshTickets);
    acme.onRevoked(
        () ->
            surroundings.staples().problems().stream()
                .filter(each -> each.problem().kind() == CredentialProblem.Kind.REVOKED)
                .map(ReportedProblem::certificate)
                .collect(Collectors.toSet()));
    chores.every(ACME_LOOK, "acme", acme::look);
    CanaryWatch canaryWatch = new CanaryWatch(this::undo);
    chores.every(CANARY_LOOK, "canaries", () -> canaryWatch.look(canaries()));
    chores.every(Retirements.INTERVAL, "retirements", retirements::look);
    chores.every(SELECTION_REVIEW, "certificate-selection", this::rekey);
  }

  private AdminResponse readiness() {
    State state = life.state();
    if (state != State.SERVING) {
      return AdminResponse.text(503, "not ready: " + state.label() + "\n");
    }
    if (!workers.watch().stalled().isEmpty()) {
      return AdminResponse.text(503, "not ready: a worker is stalled\n");
    }
    // Without a certificate every handshake fails: a rollout must not replace working instances.
    for (Service service : assembly.services().values()) {
      NamedPolicy lacking = service.policyWithoutCertificate();
      if (service.lacksCertificate() || lacking != null) {
        return AdminResponse.text(
            503,
            "not ready: "
                + (service.lacksCertificate() || lacking == null
                    ? ""
                    : "policy " + lacking.name() + " of ")
                + "listener "
                + service.config().listener().name()
                + " has no usable certificate\n");
      }
    }
    AcmeConfig orders = assembly.loaded().config().acme();
    if (orders != null && !orders.readyWithPlaceholder()) {
      for (Service service : assembly.services().values()) {
        if (service.hasPlaceholder()) {
          return AdminResponse.text(
              503,
              "not ready: listener "
                  + service.config().listener().name()
                  + " waits for its first certificate from ACME\n");
        }
      }
    }
    return AdminResponse.text(200, "ready\n");
  }

  private AdminRoutes routes(String version) {
    AdminRoutes routes = new AdminRoutes(version);
    ApiRoutes.addTo(routes, this);
    Exposition.addTo(routes, metrics);
    Dashboard.addTo(routes);
    return routes
        .add(
            "GET",
            "/livez",
            ApiOperation.Access.HEALTH,
            "200 while the process can answer",
            Contract.text(),
            request -> AdminResponse.text(200, "ok\n"))
        .add(
            "GET",
            "/readyz",
            ApiOperation.Access.HEALTH,
            "200 while new connections are accepted; 503 before start, during a drain,"
                + " while a worker is stalled and while a listener or policy has no usable certificate",
            Contract.text(),
            request -> readiness());
  }

  private static void pause(Duration length) {
    try {
      TimeUnit.NANOSECONDS.sleep(length.toNanos());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
