package io.terminator.admin.appliance;

import io.terminator.admin.api.ApiRoutes;
import io.terminator.admin.api.Appliance;
import io.terminator.admin.api.Explanation;
import io.terminator.admin.api.Throughput;
import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.config.ConfigProblems;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.admin.config.format.Problem;
import io.terminator.admin.config.format.WrittenSettings.Difference;
import io.terminator.admin.dashboard.Dashboard;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.AdminServer;
import io.terminator.admin.http.AdminTally;
import io.terminator.admin.http.ApiOperation;
import io.terminator.admin.http.Contract;
import io.terminator.admin.metrics.ApplianceMetrics;
import io.terminator.admin.metrics.Metrics;
import io.terminator.admin.metrics.TrustMetrics;
import io.terminator.admin.plain.PlainHttpServer;
import io.terminator.admin.plain.PlainHttpTally;
import io.terminator.admin.reload.ConfigSource;
import io.terminator.admin.reload.ConfigWatch;
import io.terminator.admin.reload.ReloadLog;
import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.admin.reload.ReloadTally;
import io.terminator.core.connection.DrainConfig;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.flow.ConnectionLog;
import io.terminator.core.flow.ConnectionObserver;
import io.terminator.core.flow.FailureInbox;
import io.terminator.core.logbuffer.LogConfig;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.logbuffer.LogSinks;
import io.terminator.core.route.BackendPool;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.credential.KeyKind;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.WeakKeys;
import io.terminator.tls.certificate.source.WatchSettings;
import io.terminator.tls.client.ClientTrust;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.keylog.KeyLog;
import io.terminator.tls.keylog.KeyLogConfig;
import io.terminator.tls.layer.ListenerPolicies;
import io.terminator.tls.ocsp.Staples;
import io.terminator.tls.ticket.TicketKeyRing;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The appliance, assembled by hand: what is connected to what stands in {@link #start}. Control
 * plane: its methods may block, and none is called on a worker. Long since every part is made,
 * joined and ended here, and nowhere else.
 */
public final class Terminator implements Appliance, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Terminator.class);
  private static final Duration TICKET_LOOK = Duration.ofSeconds(5);
  private static final Duration TRUST_LOOK = Duration.ofSeconds(2);
  private static final Duration SELECTION_REVIEW = Duration.ofMinutes(10);

  private final ConfigSource source;
  private final TicketKeyRing tickets;
  private final Service.Surroundings surroundings;
  private final BackendSurroundings backendSurroundings;
  private final LogFlusher log;
  private final WorkerGroup workers;
  private final AddressFiles addressFiles;
  private final Metrics metrics;
  private final AdminServer admin;
  private final ReloadTally reloads = new ReloadTally();
  private final AdminTally requests = new AdminTally();
  private final PlainHttpTally httpRequests = new PlainHttpTally();
  private final FailureInbox failures = new FailureInbox();
  private final Throughput throughput;
  private final Instant started = Instant.now();
  private final String version;
  private final ScheduledExecutorService chores =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "chores");
            thread.setDaemon(true);
            return thread;
          });
  private final TerminatorConfig startedWith;
  private volatile boolean ready;
  private volatile Runnable onDrainOrder = () -> {};

  private volatile Assembly assembly;

  private Terminator(ConfigFile.Loaded loaded, ConfigSource source, String version)
      throws IOException {
    this.source = source;
    this.version = version;
    TerminatorConfig config = loaded.config();
    startedWith = config;
    assembly = new Assembly(loaded, Map.of(), Map.of(), null);
    tickets = new TicketKeyRing(config.tickets(), InstantSource.system());
    KeyLogConfig secrets = config.keyLog();
    KeyLog keyLog = secrets == null ? null : KeyLog.open(secrets);
    log =
        new LogFlusher(
            LogSinks.of(config.log().access()),
            config.log().flushInterval(),
            (int) config.log().buffer().bytes());
    boolean silent = config.log().access() == LogConfig.Stream.OFF;
    workers =
        new WorkerGroup(
            config.workers(),
            config.frames(),
            worker ->
                silent
                    ? failures.newObserver()
                    : ConnectionObserver.both(new ConnectionLog(log), failures.newObserver()),
            config.log().longConnections(),
            source.inherited());
    addressFiles = new AddressFiles(workers);
    BoringSsl library = BoringSsl.load(config.signing(), keyLog);
    throughput = new Throughput(workers::totals);
    backendSurroundings = new BackendSurroundings(config.dns(), workers::closeConnections, library);
    InstantSource clock = InstantSource.system();
    surroundings =
        new Service.Surroundings(
            library,
            tickets,
            new Staples(config.stateDirectory().resolve("ocsp"), clock),
            new Certificates(
                new CredentialLoader(clock, WeakKeys.REFUSED),
                clock,
                WatchSettings.DEFAULT,
                new Certificates.UploadConfig(
                    config.stateDirectory().resolve("certificates"), config.stateSecret())),
            workers);
    metrics =
        new Metrics(
            new ApplianceMetrics(
                    workers,
                    this::pools,
                    log,
                    surroundings.library(),
                    surroundings.certificates(),
                    new TrustMetrics(
                        tickets, surroundings.staples(), surroundings.library(), this::trusts),
                    reloads,
                    requests,
                    httpRequests,
                    version)
                ::collect);
    admin = startAdmin(config, version);
  }

  private AdminServer startAdmin(TerminatorConfig config, String version) throws IOException {
    try {
      return AdminServer.start(config.admin(), routes(version), requests);
    } catch (IOException | RuntimeException failure) {
      chores.shutdownNow();
      workers.close();
      surroundings.certificates().close();
      surroundings.staples().close();
      surroundings.library().close();
      metrics.close();
      log.close();
      throw failure;
    }
  }

  /**
   * Starts what {@code source} says; the exception says what is in the way, and nothing is left
   * running then.
   */
  public static Terminator start(ConfigSource source, String version)
      throws IOException, ConfigProblems {
    return start(source.load(), source, version);
  }

  /** As above, where {@code loaded} was read from {@code source} already. */
  public static Terminator start(ConfigFile.Loaded loaded, ConfigSource source, String version)
      throws IOException {
    Terminator terminator = new Terminator(loaded, source, version);
    try {
      terminator.begin(loaded);
      return terminator;
    } catch (IOException | RuntimeException failure) {
      terminator.close();
      throw failure;
    }
  }

  private void begin(ConfigFile.Loaded loaded) throws IOException {
    protect(loaded.config());
    addressFiles.use(loaded.config());
    Reload first =
        new Reload(
            null, loaded, source.name(), surroundings, backendSurroundings, workers, httpRequests);
    List<Problem> problems = first.prepare();
    if (!problems.isEmpty()) {
      first.giveUp();
      throw new IOException(problems.get(0).finding());
    }
    assembly = first.carryOut();
    logCertificates();
    surroundings.certificates().watch();
    scheduleChores();
    ready = true;
  }

  /**
   * Reads the configuration and every certificate again. Anything wrong, and all stays as it is;
   * {@code by} says in the log who wanted it. Connections live on either way, and so do the sockets
   * of listeners that stay.
   */
  @Override
  public ReloadOutcome reload(String by) {
    ReloadOutcome outcome;
    synchronized (reloads) {
      outcome = reloadOnce();
      reloads.count(outcome.result());
    }
    ReloadLog.write(by, outcome);
    return outcome;
  }

  private ReloadOutcome reloadOnce() {
    surroundings.certificates().reload();
    ConfigFile.Loaded loaded;
    try {
      loaded = source.load();
    } catch (ConfigProblems unusable) {
      return ReloadOutcome.refused(unusable.problems(), unusable.warnings());
    }
    Assembly before = assembly;
    Reload reload =
        new Reload(
            before,
            loaded,
            source.name(),
            surroundings,
            backendSurroundings,
            workers,
            httpRequests);
    List<Problem> problems = reload.prepare();
    if (!problems.isEmpty()) {
      reload.giveUp();
      return ReloadOutcome.refused(problems, loaded.warnings());
    }
    protect(loaded.config());
    List<String> atNextStart = Reload.atNextStart(startedWith, loaded.config());
    addressFiles.use(loaded.config());
    boolean isSame = reload.isSame();
    assembly = reload.carryOut();
    if (tickets.configure(loaded.config().tickets())) {
      rekey();
    }
    return new ReloadOutcome(
        isSame ? ReloadOutcome.Result.UNCHANGED : ReloadOutcome.Result.APPLIED,
        List.of(),
        loaded.warnings(),
        before.loaded().written().differencesTo(loaded.written()),
        atNextStart);
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
   * From now on a change of the source is a reload, once it has not changed for a look: an editor
   * may be half way through.
   */
  public void watchConfig() {
    ConfigWatch watch = new ConfigWatch(source, () -> reload("file watch"));
    chores.scheduleWithFixedDelay(watch::look, 1, 1, TimeUnit.SECONDS);
  }

  /**
   * What a reload would do, and change nothing; {@code content} stands in for the file's, null for
   * what it holds now. Addresses are not tried.
   */
  @Override
  public ReloadOutcome check(byte @Nullable [] content) {
    ConfigFile.Loaded loaded;
    try {
      loaded = content == null ? source.load() : source.load(content);
    } catch (ConfigProblems unusable) {
      return ReloadOutcome.refused(unusable.problems(), unusable.warnings());
    }
    CertificateCheck certificates = CertificateCheck.of(loaded.config(), source.name());
    List<Problem> warnings = new ArrayList<>(loaded.warnings());
    warnings.addAll(certificates.warnings());
    List<Problem> problems = new ArrayList<>(certificates.problems());
    problems.addAll(Backend.problems(loaded.config(), source.name()));
    problems.addAll(CertificateCheck.ofAdmin(loaded.config(), source.name()));
    if (!problems.isEmpty()) {
      return ReloadOutcome.refused(problems, warnings);
    }
    Assembly now = assembly;
    List<Difference> changes = now.loaded().written().differencesTo(loaded.written());
    return new ReloadOutcome(
        changes.isEmpty() ? ReloadOutcome.Result.UNCHANGED : ReloadOutcome.Result.APPLIED,
        List.of(),
        warnings,
        changes,
        Reload.atNextStart(startedWith, loaded.config()));
  }

  /** Where clients connect, by listener; ports are the real ones. */
  @Override
  public Map<String, List<SocketAddress>> addresses() {
    return workers.addresses();
  }

  /** Of an admin API that is not on a unix socket; the port is the real one. */
  public InetSocketAddress adminAddress() {
    return Objects.requireNonNull(admin.address(), "admin.bind is a unix socket");
  }

  /** Where plain HTTP is answered, with the real port; null where it is not. */
  public @Nullable InetSocketAddress httpAddress() {
    PlainHttpServer http = assembly.http();
    return http == null ? null : http.address();
  }

  /** {@code http://127.0.0.1:9443}, {@code https://...} or {@code unix:/run/admin.sock}. */
  public String adminUrl() {
    return admin.url();
  }

  @Override
  public WorkerGroup workers() {
    return workers;
  }

  /** Every certificate that is served or kept. */
  @Override
  public Certificates certificates() {
    return surroundings.certificates();
  }

  /** The backends that are configured now. */
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
  public boolean isReady() {
    return ready && workers.watch().stalled().isEmpty();
  }

  @Override
  public FailureInbox failures() {
    return failures;
  }

  @Override
  public Throughput throughput() {
    return throughput;
  }

  /** Whoever waits for this process to end takes the order; without one nothing happens. */
  @Override
  public void beginDrain() {
    onDrainOrder.run();
  }

  public void onDrainOrder(Runnable order) {
    onDrainOrder = order;
  }

  @Override
  public ListenerPolicies.@Nullable Met policy(String listener, @Nullable String sni) {
    Service service = assembly.services().get(listener);
    return service == null ? null : service.met(sni);
  }

  @Override
  public List<Explanation> explain(@Nullable String sni, List<String> alpn, InetAddress address) {
    InetSocketAddress client = new InetSocketAddress(address, 0);
    return assembly.services().values().stream()
        .map(service -> new Explainer(service).explain(sni, alpn, client))
        .toList();
  }

  public BoringSsl library() {
    return surroundings.library();
  }

  /**
   * New tickets are sealed with a new key from now on, and those of the keys before still open; a
   * fleet's keys follow the clock and their secret alone, which are looked at.
   */
  public void rotateTickets() {
    if (tickets.rotate()) {
      rekey();
    }
  }

  /** By whom client certificates are judged, by listener. */
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

  /**
   * Ends in order: unready but accepting for the grace, so that balancers look elsewhere first,
   * then no new connections, idle ones closed first, and after the window whatever is left. Returns
   * how many that was.
   */
  public int drain() {
    ready = false;
    DrainConfig drain = assembly.loaded().config().drain();
    pause(drain.acceptGrace());
    PlainHttpServer http = assembly.http();
    if (http != null) {
      http.stopAccepting();
    }
    return workers.drain(drain.window());
  }

  /** Ends now. */
  @Override
  public void close() {
    ready = false;
    chores.shutdownNow();
    workers.close();
    surroundings.certificates().close();
    surroundings.staples().close();
    surroundings.library().close();
    assembly.services().values().forEach(Service::close);
    assembly.backends().values().forEach(Backend::close);
    backendSurroundings.close();
    PlainHttpServer http = assembly.http();
    if (http != null) {
      http.close();
    }
    admin.close();
    metrics.close();
    log.close();
  }

  private void logCertificates() {
    for (Service service : assembly.services().values()) {
      LOG.info(
          "listener={}: {} certificates for {} names",
          service.config().listener().name(),
          service.store().credentials().size(),
          service.store().snapshot().size());
    }
  }

  /** Not part of the start, which it would make a third of a second longer. */
  private void prepareSigning() {
    if (surroundings.certificates().credentials().values().stream()
        .anyMatch(credential -> credential.keyKind() == KeyKind.RSA)) {
      library().rsaSigning().prepare();
    }
  }

  private void scheduleChores() {
    KeyLog keyLog = library().keyLog();
    if (keyLog != null) {
      chores.scheduleWithFixedDelay(keyLog::warn, 5, 5, TimeUnit.MINUTES);
    }
    chores.schedule(this::prepareSigning, 1, TimeUnit.SECONDS);
    chores.scheduleWithFixedDelay(throughput::sample, 0, 1, TimeUnit.SECONDS);
    chores.scheduleWithFixedDelay(addressFiles::look, 500, 500, TimeUnit.MILLISECONDS);
    chores.scheduleWithFixedDelay(admin::look, 1, 1, TimeUnit.SECONDS);
    chores.scheduleWithFixedDelay(
        this::refreshTrust, TRUST_LOOK.toMillis(), TRUST_LOOK.toMillis(), TimeUnit.MILLISECONDS);
    chores.scheduleWithFixedDelay(
        this::refreshTickets,
        TICKET_LOOK.toMillis(),
        TICKET_LOOK.toMillis(),
        TimeUnit.MILLISECONDS);
    chores.scheduleWithFixedDelay(
        this::rekey,
        SELECTION_REVIEW.toMillis(),
        SELECTION_REVIEW.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  private AdminResponse readiness() {
    if (isReady()) {
      return AdminResponse.text(200, "ready\n");
    }
    return AdminResponse.text(503, ready ? "not ready: a worker is stalled\n" : "not ready\n");
  }

  private AdminRoutes routes(String version) {
    AdminRoutes routes = new AdminRoutes(version);
    ApiRoutes.addTo(routes, this);
    Dashboard.addTo(routes);
    return routes
        .add(
            "GET",
            "/livez",
            ApiOperation.Access.OPEN,
            "200 as long as the process can answer",
            Contract.text(),
            request -> AdminResponse.text(200, "ok\n"))
        .add(
            "GET",
            "/readyz",
            ApiOperation.Access.OPEN,
            "200 while new connections are welcome, 503 before and during a drain and while a worker is stalled",
            Contract.text(),
            request -> readiness())
        .add(
            "GET",
            "/metrics",
            ApiOperation.Access.OPEN,
            "Prometheus metrics",
            Contract.text(),
            request ->
                AdminResponse.of(
                    "text/plain; version=0.0.4; charset=utf-8",
                    metrics.scrape().getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  private static void pause(Duration length) {
    try {
      TimeUnit.NANOSECONDS.sleep(length.toNanos());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
