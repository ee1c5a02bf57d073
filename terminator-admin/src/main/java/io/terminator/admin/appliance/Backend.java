package io.terminator.admin.appliance;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.NetUtil;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.admin.config.format.Problem;
import io.terminator.admin.lifecycle.Parts;
import io.terminator.admin.resolve.NameResolver;
import io.terminator.core.chain.BackendLayer;
import io.terminator.core.connect.BackendConfig;
import io.terminator.core.connect.CheckConfig;
import io.terminator.core.connect.ServerProtocol;
import io.terminator.core.connect.StickyConfig;
import io.terminator.core.health.CheckCount;
import io.terminator.core.health.HealthChecks;
import io.terminator.core.http.exchange.StickyCookie;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerConfig;
import io.terminator.core.route.ServerHealth;
import io.terminator.core.setting.AddressText;
import io.terminator.core.setting.Endpoint;
import io.terminator.core.setting.Quantity;
import io.terminator.core.setting.Secret;
import io.terminator.tls.backend.BackendTls;
import io.terminator.tls.backend.BackendTlsConfig;
import io.terminator.tls.backend.BackendTlsException;
import io.terminator.tls.engine.BoringSsl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backend: its servers, the resolution of their names, and their health checks. The constructor
 * waits for the first DNS answers, for a limited time. Control plane only.
 */
public final class Backend implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Backend.class);
  private static final Duration PATIENCE = Duration.ofSeconds(6);
  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final int MOST_LEFT_DOWN = 1000;
  private static final int STICKY_SECRET = 32;

  private final BackendConfig config;
  private final BackendSurroundings surroundings;
  private final Parts parts = new Parts();
  private final BackendPool pool;
  private final @Nullable BackendTls tls;
  private final @Nullable BackendTls checkTls;

  /** For HTTP to the servers; null until a listener needs it. Guarded by this. */
  private @Nullable BackendTls httpTls;

  /** For requests that need HTTP/1.1 while {@link #httpTls} offers h2, too. Guarded by this. */
  private @Nullable BackendTls http1Tls;

  private final @Nullable HealthChecks checks;
  private final byte[] stickySecret;
  private final @Nullable StickyCookie sticky;

  /** The last good addresses of each server. Guarded by this. */
  private final Map<ServerConfig, List<SocketAddress>> addresses = new LinkedHashMap<>();

  private final Map<ServerConfig, Duration> again = new LinkedHashMap<>();
  private final Set<ServerConfig> unresolved = new LinkedHashSet<>();
  private final List<Future<?>> scheduled = new ArrayList<>();
  private final List<Server> known = new ArrayList<>();

  /**
   * Servers that were down when their address left DNS, most recent last. If it returns, they are
   * still down.
   */
  private final LinkedHashSet<Server> leftDown = new LinkedHashSet<>();

  private boolean started;
  private boolean closed;

  /**
   * Reuses servers that {@code before} has with the same settings, with their counters, states and
   * health.
   */
  Backend(BackendConfig config, @Nullable Backend before, BackendSurroundings surroundings)
      throws BackendTlsException {
    this.config = config;
    this.surroundings = surroundings;
    CheckConfig check = config.check();
    this.pool =
        new BackendPool(
            config.name(),
            config.balance(),
            (check == null ? CheckConfig.DEFAULT : check).thresholds().panicPercent(),
            surroundings.connections(),
            before == null ? null : before.pool);
    this.stickySecret = before == null ? randomSecret() : before.stickySecret;
    StickyConfig stickyConfig = config.sticky();
    this.sticky = stickyConfig == null ? null : sticky(stickyConfig);
    BackendTlsConfig spoken = (BackendTlsConfig) config.layer();
    try {
      this.tls =
          spoken == null ? null : parts.add("tls", new BackendTls(surroundings.library(), spoken));
      String warning = tls == null ? null : tls.warning(Instant.now());
      if (warning != null) {
        LOG.warn("backends.{}.tls.{}", config.name(), warning);
      }
      this.checkTls =
          check == null || !check.type().isTls()
              ? null
              : parts.add(
                  "tls of checks",
                  BackendTls.forChecks(
                      surroundings.library(),
                      forChecks(spoken, check.type()),
                      check.request().host()));
      this.checks =
          check == null
              ? null
              : parts.add(
                  "checks",
                  new HealthChecks(
                      surroundings.checker(), pool, check, config.connect(), checkTls));
      if (before != null) {
        known.addAll(before.pool.servers());
      }
      resolveFirst(before);
    } catch (BackendTlsException | RuntimeException failure) {
      parts.close();
      throw failure;
    }
  }

  private static byte[] randomSecret() {
    byte[] secret = new byte[STICKY_SECRET];
    new SecureRandom().nextBytes(secret);
    return secret;
  }

  private StickyCookie sticky(StickyConfig wanted) {
    Secret secret = wanted.secret();
    return new StickyCookie(
        config.name(),
        wanted,
        secret == null ? stickySecret : secret.reveal().getBytes(StandardCharsets.UTF_8));
  }

  /** The cookie that names a server; null without sticky sessions. */
  @Nullable StickyCookie sticky() {
    return sticky;
  }

  BackendConfig config() {
    return config;
  }

  BackendPool pool() {
    return pool;
  }

  /** The layer on top of TCP to the servers; null for plaintext. */
  @Nullable BackendLayer layer() {
    return tls;
  }

  /**
   * As {@link #layer}, for requests, whatever protocol the client negotiated. {@link #prepareHttp}
   * must have been called.
   */
  synchronized @Nullable BackendLayer httpLayer() {
    return httpTls == null ? tls : httpTls;
  }

  /** As {@link #httpLayer}, for requests that can only be sent in HTTP/1.1. */
  synchronized @Nullable BackendLayer upgradeLayer() {
    return http1Tls == null ? httpLayer() : http1Tls;
  }

  /** Makes {@link #httpLayer} and {@link #upgradeLayer} possible. Blocking. */
  synchronized void prepareHttp() throws BackendTlsException {
    BackendTlsConfig spoken = (BackendTlsConfig) config.layer();
    if (spoken == null || httpTls != null) {
      return;
    }
    boolean both = config.protocol() == ServerProtocol.H2;
    if (spoken.alpn() == null) {
      httpTls = offering(spoken, both ? List.of("h2", "http/1.1") : List.of("http/1.1"));
    }
    if (both) {
      http1Tls = offering(spoken, List.of("http/1.1"));
    }
  }

  private BackendTls offering(BackendTlsConfig spoken, List<String> protocols)
      throws BackendTlsException {
    return parts.add(
        "tls of " + String.join(" and ", protocols),
        new BackendTls(surroundings.library(), spoken.offering(protocols)));
  }

  private static BackendTlsConfig forChecks(
      @Nullable BackendTlsConfig spoken, CheckConfig.Type type) {
    BackendTlsConfig base = spoken == null ? BackendTlsConfig.anybody() : spoken;
    List<String> told = base.alpn();
    // A health check has no client to negotiate ALPN with, and speaks HTTP/1.1.
    return base.offering(type.isHttp() ? List.of("http/1.1") : told == null ? List.of() : told);
  }

  /**
   * Whether this backend is what {@code next} would produce, including the content of files.
   * Blocking.
   */
  boolean is(BackendConfig next) {
    return config.equals(next) && (tls == null || !tls.isStale());
  }

  /**
   * Adds what is wrong with the files that backends refer to. Nothing is kept. {@code file} is
   * named in the findings.
   */
  static void examine(
      TerminatorConfig config, String file, List<Problem> problems, List<Problem> warnings) {
    for (BackendConfig backend : config.backends().values()) {
      if (backend.layer() instanceof BackendTlsConfig settings) {
        try (BackendTls tls = new BackendTls(BoringSsl.load(), settings)) {
          String warning = tls.warning(Instant.now());
          if (warning != null) {
            warnings.add(found(backend, file, warning));
          }
        } catch (BackendTlsException unusable) {
          problems.add(problem(backend, file, unusable));
        }
      }
    }
  }

  static Problem problem(BackendConfig backend, String file, BackendTlsException unusable) {
    return found(backend, file, String.valueOf(unusable.getMessage()));
  }

  private static Problem found(BackendConfig backend, String file, String finding) {
    return new Problem(file, 0, "backends." + backend.name() + ".tls", finding, "", "");
  }

  /** Starts name resolution and health checks. Call it once, when the backend is in use. */
  synchronized void start() {
    started = true;
    new LinkedHashMap<>(again).forEach(this::scheduleAgain);
    if (checks != null) {
      checks.refresh();
    } else {
      // Clears results of checks that are no longer configured.
      pool.servers().forEach(server -> pool.setHealth(server, ServerHealth.UNCHECKED, false));
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    scheduled.forEach(future -> future.cancel(false));
    parts.close();
  }

  private void resolveFirst(@Nullable Backend before) {
    List<CompletableFuture<NameResolver.Answer>> asked = new ArrayList<>();
    for (ServerConfig server : config.servers()) {
      List<SocketAddress> literal = literal(server.address());
      if (literal != null) {
        addresses.put(server, literal);
        continue;
      }
      addresses.put(server, before == null ? List.of() : before.addressesOf(server.address()));
      asked.add(ask(server));
    }
    long end = System.nanoTime() + PATIENCE.toNanos();
    for (CompletableFuture<NameResolver.Answer> one : asked) {
      try {
        one.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (ExecutionException | TimeoutException later) {
        // A failure is reported where the answer is handled. Other
        // names are resolved when DNS answers.
        LOG.debug("backend={}: starts before every address is known", config.name());
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    publish();
  }

  private synchronized List<SocketAddress> addressesOf(Endpoint endpoint) {
    return addresses.entrySet().stream()
        .filter(entry -> entry.getKey().address().equals(endpoint))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(List.of());
  }

  /** The address of an IP literal or unix socket; null for a name. */
  private static @Nullable List<SocketAddress> literal(Endpoint endpoint) {
    if (endpoint instanceof Endpoint.Unix unix) {
      return List.of(new DomainSocketAddress(unix.kernelName()));
    }
    Endpoint.Inet inet = (Endpoint.Inet) endpoint;
    if (!NetUtil.isValidIpV4Address(inet.host()) && !NetUtil.isValidIpV6Address(inet.host())) {
      return null;
    }
    try {
      return List.of(new InetSocketAddress(InetAddress.getByName(inet.host()), inet.port()));
    } catch (UnknownHostException noSuchInterface) {
      LOG.warn("address={}: this machine has no such interface", endpoint);
      return List.of();
    }
  }

  private CompletableFuture<NameResolver.Answer> ask(ServerConfig server) {
    Endpoint.Inet inet = (Endpoint.Inet) server.address();
    NameResolver resolver = surroundings.resolver();
    return resolver
        .resolve(inet.host())
        .whenComplete(
            (answer, failure) -> {
              if (answer != null && !answer.addresses().isEmpty()) {
                take(server, inet, answer);
              } else {
                keep(
                    server, failure == null ? "DNS knows no address" : NameResolver.words(failure));
              }
            });
  }

  private synchronized void take(
      ServerConfig server, Endpoint.Inet inet, NameResolver.Answer answer) {
    List<SocketAddress> next = new ArrayList<>();
    for (InetAddress address : answer.addresses()) {
      next.add(new InetSocketAddress(address, inet.port()));
    }
    // DNS rotates its answers: the same addresses in another order are not a change.
    next.sort((one, other) -> one.toString().compareTo(other.toString()));
    List<SocketAddress> before = addresses.put(server, Collections.unmodifiableList(next));
    if (unresolved.remove(server)) {
      LOG.info("backend={} server={}: the name resolves again", config.name(), inet);
    }
    if (started && !next.equals(before)) {
      LOG.info(
          "backend={} server={}: the addresses are now {}",
          config.name(),
          inet,
          String.join(", ", next.stream().map(AddressText::of).toList()));
      publish();
    }
    scheduleAgain(server, answer.timeToLive());
  }

  private synchronized void keep(ServerConfig server, String why) {
    List<SocketAddress> kept = addresses.getOrDefault(server, List.of());
    if (!closed && unresolved.add(server)) {
      LOG.warn(
          "backend={} server={}: the name does not resolve; {} ({}). Expected a name that DNS"
              + " knows",
          config.name(),
          server.address(),
          kept.isEmpty()
              ? "it gets no connections until it does"
              : Quantity.of(kept.size(), "address") + " from before: still in use",
          why.strip());
    }
    Duration most = surroundings.resolver().config().most();
    scheduleAgain(server, RETRY.compareTo(most) > 0 ? most : RETRY);
  }

  private synchronized void scheduleAgain(ServerConfig server, Duration in) {
    if (closed) {
      return;
    }
    again.put(server, in);
    if (started) {
      scheduled.removeIf(Future::isDone);
      scheduled.add(surroundings.resolver().schedule(() -> ask(server), in));
    }
  }

  private synchronized void publish() {
    List<Server> servers = new ArrayList<>();
    addresses.forEach(
        (server, all) -> all.forEach(address -> servers.add(sameOrNew(server, address))));
    servers.forEach(leftDown::remove);
    for (Server server : known) {
      if (server.health() == ServerHealth.DOWN && !servers.contains(server)) {
        leftDown.add(server);
      }
    }
    while (leftDown.size() > MOST_LEFT_DOWN) {
      leftDown.remove(leftDown.iterator().next());
    }
    known.clear();
    known.addAll(servers);
    pool.publish(servers);
    if (started && checks != null) {
      checks.refresh();
    }
  }

  private Server sameOrNew(ServerConfig server, SocketAddress address) {
    return Stream.concat(known.stream(), leftDown.stream())
        .filter(there -> there.is(server, address))
        .findFirst()
        .orElseGet(() -> newServer(server, address));
  }

  private Server newServer(ServerConfig config, SocketAddress address) {
    Server server = new Server(config, address);
    // Exported as zero without health checks, too.
    server.counters(surroundings.checker()).of(CheckCount.class);
    return server;
  }
}
