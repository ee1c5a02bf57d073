package io.terminator.admin.appliance;

import io.terminator.admin.acme.AcmeService;
import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.config.ServiceConfig;
import io.terminator.admin.config.format.Problem;
import io.terminator.admin.plain.PlainHttpConfig;
import io.terminator.admin.plain.PlainHttpCounters;
import io.terminator.admin.plain.PlainHttpServer;
import io.terminator.core.accept.Binding;
import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.connect.BackendConfig;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.connection.WorkerGroup.Placing;
import io.terminator.core.connection.WorkerGroup.Sockets;
import io.terminator.core.http.HttpConfig;
import io.terminator.core.setting.Endpoint;
import io.terminator.tls.backend.BackendTlsException;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.policy.NamedPolicy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The step from one assembly to the next. Everything that can fail happens first, so that a refused
 * configuration has no effect. Objects with unchanged configuration are reused. Single use, one
 * thread, not a worker.
 */
final class Reload {
  private final @Nullable Assembly before;
  private final ConfigFile.Loaded loaded;
  private final String file;
  private final Service.Surroundings surroundings;
  private final BackendSurroundings backendSurroundings;
  private final WorkerGroup workers;
  private final Map<String, Backend> backends = new LinkedHashMap<>();
  private final Map<String, Service> services = new LinkedHashMap<>();
  private final List<Placing> placings = new ArrayList<>();
  private final List<Binding> fresh = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private final PlainHttpCounters httpCounters;
  private final AcmeService acme;
  private @Nullable PlainHttpServer http;

  /** {@code before} is null at startup; {@code file} is named in problems. */
  Reload(
      @Nullable Assembly before,
      ConfigFile.Loaded loaded,
      String file,
      Service.Surroundings surroundings,
      BackendSurroundings backendSurroundings,
      WorkerGroup workers,
      PlainHttpCounters httpCounters,
      AcmeService acme) {
    this.before = before;
    this.loaded = loaded;
    this.file = file;
    this.surroundings = surroundings;
    this.backendSurroundings = backendSurroundings;
    this.workers = workers;
    this.httpCounters = httpCounters;
    this.acme = acme;
  }

  /**
   * Builds new objects and binds new addresses. If this finds problems or throws, everything that
   * it created has been released, and {@link #carryOut} must not be called.
   */
  List<Problem> prepare() {
    try {
      List<Problem> found = make();
      if (!found.isEmpty()) {
        giveUp();
      }
      return found;
    } catch (RuntimeException | Error failure) {
      giveUp();
      throw failure;
    }
  }

  private List<Problem> make() {
    for (BackendConfig backend : loaded.config().backends().values()) {
      try {
        backends.put(backend.name(), backend(backend));
      } catch (BackendTlsException unusable) {
        problems.add(Backend.problem(backend, file, unusable));
      }
    }
    prepareBackendsOfHttp();
    if (!problems.isEmpty()) {
      return List.copyOf(problems);
    }
    for (ServiceConfig service : loaded.config().services()) {
      services.put(service.listener().name(), service(service));
    }
    place();
    prepareHttp();
    return List.copyOf(problems);
  }

  private void prepareBackendsOfHttp() {
    for (ServiceConfig service : loaded.config().services()) {
      HttpConfig http = service.http();
      for (String name : http == null ? List.<String>of() : http.backends()) {
        Backend backend = backends.get(name);
        try {
          if (backend != null) {
            backend.prepareHttp();
          }
        } catch (BackendTlsException unusable) {
          problems.add(Backend.problem(backend.config(), file, unusable));
        }
      }
    }
  }

  private void prepareHttp() {
    PlainHttpConfig config = loaded.config().http();
    if (config == null) {
      return;
    }
    PlainHttpServer there = before == null ? null : before.http();
    if (there != null && there.suits(config)) {
      http = there;
      return;
    }
    try {
      http = PlainHttpServer.start(config, httpCounters, acme::answer);
    } catch (IOException taken) {
      problems.add(new Problem(file, 0, "http.bind", String.valueOf(taken.getMessage()), "", ""));
    }
  }

  private boolean isHttpNew() {
    return http != null && (before == null || before.http() != http);
  }

  private Backend backend(BackendConfig config) throws BackendTlsException {
    Backend there = before == null ? null : before.backends().get(config.name());
    return there != null && there.is(config)
        ? there
        : new Backend(config, there, backendSurroundings);
  }

  private Service service(ServiceConfig config) {
    Service there = before == null ? null : before.services().get(config.listener().name());
    if (there != null && there.config().equals(config) && there.leadsTo(backends)) {
      return there;
    }
    Service next = new Service(config, backends, surroundings, there);
    // At startup the operator sees it in the log. In a reload, clients would lose service.
    if (before != null && config.terminates() && next.store().credentials().isEmpty()) {
      problems.add(CertificateCheck.none(file, config));
    }
    NamedPolicy lacking = before == null ? null : next.policyWithoutCertificate();
    if (lacking != null) {
      problems.add(CertificateCheck.none(file, config, lacking));
    }
    return next;
  }

  /**
   * A listener keeps its sockets, even under another name. A new listener or a new address gets new
   * sockets.
   */
  private void place() {
    Map<String, ListenerConfig> open = new HashMap<>();
    if (before != null) {
      before.services().values().stream()
          .flatMap(service -> service.config().listeners().stream())
          .forEach(listener -> open.put(listener.key(), listener));
    }
    Set<String> staying = new HashSet<>();
    services.values().stream()
        .flatMap(service -> service.config().listeners().stream())
        .map(ListenerConfig::key)
        .filter(open::containsKey)
        .forEach(staying::add);
    Map<Endpoint, String> leftAt = new HashMap<>();
    open.values().stream()
        .filter(listener -> !staying.contains(listener.key()) && !isAnyPort(listener))
        .forEach(listener -> leftAt.put(listener.bind(), listener.key()));
    for (Service service : services.values()) {
      for (ListenerConfig listener : service.config().listeners()) {
        String key = listener.key();
        String from = staying.contains(key) ? key : leftAt.get(listener.bind());
        try {
          Sockets sockets = from == null ? bound(listener) : new Sockets.Of(from);
          placings.add(new Placing(listener, service.plan(), sockets));
        } catch (IOException taken) {
          problems.add(
              new Problem(
                  file,
                  0,
                  "listeners[" + listener.name() + "].bind",
                  String.valueOf(taken.getMessage()),
                  "",
                  ""));
        }
      }
    }
  }

  /** Port 0 twice means two different addresses. */
  private static boolean isAnyPort(ListenerConfig listener) {
    return listener.bind() instanceof Endpoint.Inet inet && inet.port() == 0;
  }

  private Sockets bound(ListenerConfig listener) throws IOException {
    Binding binding = workers.bind(listener);
    fresh.add(binding);
    return new Sockets.Fresh(binding);
  }

  /** Whether nothing changes. */
  boolean isSame() {
    return before != null && before.loaded().config().equals(loaded.config());
  }

  /** Undoes a successful {@link #prepare}. */
  void giveUp() {
    fresh.forEach(Binding::close);
    if (http != null && isHttpNew()) {
      http.close();
    }
    services.values().stream().filter(service -> !isOld(service)).forEach(Service::giveUp);
    backends.values().stream().filter(backend -> !isOld(backend)).forEach(Backend::close);
    retain(before);
  }

  /**
   * Publishes and returns the new assembly, for new connections; existing ones keep their
   * configuration.
   */
  Assembly carryOut() {
    Assembly after = new Assembly(loaded, backends, services, http);
    workers.rearrange(placings);
    backends.values().stream().filter(backend -> !isOld(backend)).forEach(Backend::start);
    if (before != null) {
      before.backends().values().stream()
          .filter(backend -> backends.get(backend.config().name()) != backend)
          .forEach(Backend::close);
      before.services().values().stream()
          .filter(service -> services.get(service.config().listener().name()) != service)
          .forEach(service -> service.retire(services.values()));
    }
    carryOutHttp();
    retain(after);
    acme.configure(loaded.config().acme(), loaded.config().managed());
    return after;
  }

  private void carryOutHttp() {
    PlainHttpConfig config = loaded.config().http();
    if (http != null && config != null) {
      http.configure(config);
    }
    PlainHttpServer there = before == null ? null : before.http();
    if (there != null && there != http) {
      there.close();
    }
  }

  private boolean isOld(Service service) {
    return before != null && before.services().containsValue(service);
  }

  private boolean isOld(Backend backend) {
    return before != null && before.backends().containsValue(backend);
  }

  private void retain(@Nullable Assembly assembly) {
    Set<CertificatesConfig> used = new HashSet<>();
    if (assembly != null) {
      assembly
          .services()
          .values()
          .forEach(service -> used.addAll(service.config().allCertificates()));
    }
    surroundings.certificates().retain(used);
  }
}
