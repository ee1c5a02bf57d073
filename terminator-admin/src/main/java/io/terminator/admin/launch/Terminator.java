package io.terminator.admin.launch;

import io.terminator.admin.config.ServiceConfig;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.admin.http.AdminAccess;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.AdminServer;
import io.terminator.admin.http.Route;
import io.terminator.admin.metrics.ApplianceMetrics;
import io.terminator.admin.metrics.Metrics;
import io.terminator.core.connect.BackendConfig;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.flow.ConnectionLog;
import io.terminator.core.flow.ConnectionObserver;
import io.terminator.core.logbuffer.LogConfig;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.logbuffer.LogSinks;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.CredentialLoader;
import io.terminator.tls.certificate.WatchSettings;
import io.terminator.tls.certificate.WeakKeys;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.ticket.TicketKeyRing;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The appliance, assembled by hand: what is connected to what stands in {@link #start}. Control
 * plane: its methods may block, and none is called on a worker.
 */
public final class Terminator implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Terminator.class);
  private static final Duration TICKET_ROTATION = Duration.ofHours(8);
  private static final Duration REFRESH = Duration.ofSeconds(30);

  private final TerminatorConfig config;
  private final BoringSsl library;
  private final TicketKeyRing tickets;
  private final LogFlusher log;
  private final WorkerGroup workers;
  private final Metrics metrics;
  private final AdminServer admin;
  private final Map<String, Backend> backends;
  private final Certificates certificates;
  private final Map<String, Service> services;
  private final Map<String, SocketAddress> addresses = new TreeMap<>();
  private final ScheduledExecutorService chores =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "chores");
            thread.setDaemon(true);
            return thread;
          });
  private volatile boolean ready;

  private Terminator(TerminatorConfig config, String version) throws IOException {
    this.config = config;
    library = BoringSsl.load();
    tickets = new TicketKeyRing();
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
            worker -> silent ? ConnectionObserver.NONE : new ConnectionLog(log.newBuffer()));
    backends = new LinkedHashMap<>();
    for (BackendConfig backend : config.backends().values()) {
      backends.put(backend.name(), new Backend(backend));
    }
    InstantSource clock = InstantSource.system();
    certificates =
        new Certificates(
            new CredentialLoader(clock, WeakKeys.REFUSED),
            clock,
            WatchSettings.DEFAULT,
            new Certificates.Keeping(config.stateDirectory().resolve("certificates"), null));
    services = new LinkedHashMap<>();
    for (ServiceConfig service : config.services()) {
      services.put(
          service.listener().name(),
          new Service(service, backends, library, tickets, certificates));
    }
    metrics =
        new Metrics(
            new ApplianceMetrics(
                    workers,
                    backends.values().stream().map(Backend::pool).toList(),
                    log,
                    library,
                    version)
                ::collect);
    admin =
        AdminServer.start(
            config.admin().bind(),
            routes(version),
            new AdminAccess(config.admin().tokenFile(), null));
  }

  /**
   * Starts everything in {@code config}; the exception says what is in the way, and nothing is left
   * running then.
   */
  public static Terminator start(TerminatorConfig config, String version) throws IOException {
    Terminator terminator = new Terminator(config, version);
    try {
      terminator.logCertificates();
      for (Service service : terminator.services.values()) {
        terminator.addresses.put(
            service.config().listener().name(),
            terminator.workers.open(service.config().listener(), service.plan()));
      }
      terminator.certificates.watch();
      terminator.scheduleChores();
      terminator.ready = true;
      return terminator;
    } catch (IOException | RuntimeException failure) {
      terminator.close();
      throw failure;
    }
  }

  /** Where clients connect, by listener; ports are the real ones. */
  public Map<String, SocketAddress> addresses() {
    return Map.copyOf(addresses);
  }

  public InetSocketAddress adminAddress() {
    return admin.address();
  }

  public WorkerGroup workers() {
    return workers;
  }

  public LogFlusher log() {
    return log;
  }

  public BoringSsl library() {
    return library;
  }

  /** Looks at every certificate now; what did not change keeps serving as it is. */
  public void loadCertificates() {
    certificates.reload();
    logCertificates();
  }

  /** New tickets are sealed with a new key from now on; those of the keys before still open. */
  public synchronized void rotateTickets() {
    tickets.rotate();
    services.values().forEach(service -> service.identities().rekey());
  }

  /**
   * Ends in order: unready but accepting for the grace, so that balancers look elsewhere first,
   * then no new connections, idle ones closed first, and after the window whatever is left. Returns
   * how many that was.
   */
  public int drain() {
    ready = false;
    pause(config.drain().acceptGrace());
    return workers.drain(config.drain().window());
  }

  /** Ends now. */
  @Override
  public void close() {
    ready = false;
    chores.shutdownNow();
    workers.close();
    certificates.close();
    services.values().forEach(Service::close);
    admin.close();
    metrics.close();
    log.close();
  }

  private void logCertificates() {
    for (Service service : services.values()) {
      LOG.info(
          "listener={}: {} certificates for {} names",
          service.config().listener().name(),
          service.store().credentials().size(),
          service.store().snapshot().size());
    }
  }

  private void scheduleChores() {
    chores.scheduleWithFixedDelay(
        this::rotateTickets,
        TICKET_ROTATION.toMillis(),
        TICKET_ROTATION.toMillis(),
        TimeUnit.MILLISECONDS);
    chores.scheduleWithFixedDelay(
        () -> backends.values().forEach(Backend::resolve),
        REFRESH.toMillis(),
        REFRESH.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  private AdminRoutes routes(String version) {
    return new AdminRoutes(version)
        .add(
            "GET",
            "/livez",
            Route.Access.OPEN,
            "200 as long as the process can answer",
            request -> AdminResponse.text(200, "ok\n"))
        .add(
            "GET",
            "/readyz",
            Route.Access.OPEN,
            "200 while new connections are welcome, 503 before and during a drain",
            request ->
                ready ? AdminResponse.text(200, "ready\n") : AdminResponse.text(503, "not ready\n"))
        .add(
            "GET",
            "/metrics",
            Route.Access.OPEN,
            "Prometheus metrics",
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
