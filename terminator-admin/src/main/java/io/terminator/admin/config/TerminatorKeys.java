package io.terminator.admin.config;

import io.terminator.admin.acme.AcmeConfig;
import io.terminator.admin.acme.ChallengeType;
import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Names;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.admin.http.AdminConfig;
import io.terminator.admin.plain.PlainHttpConfig;
import io.terminator.admin.resolve.DnsConfig;
import io.terminator.admin.tracing.TracingConfig;
import io.terminator.core.chain.ProxyProtocol;
import io.terminator.core.connect.BackendConfig;
import io.terminator.core.connection.DrainConfig;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import io.terminator.core.frame.FrameConfig;
import io.terminator.core.http.HttpConfig;
import io.terminator.core.logbuffer.LogConfig;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.RouteMode;
import io.terminator.core.setting.Cidr;
import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.Quantity;
import io.terminator.core.setting.Secret;
import io.terminator.core.worker.OverloadConfig;
import io.terminator.core.worker.WorkerConfig;
import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.keylog.KeyLogConfig;
import io.terminator.tls.signing.SigningConfig;
import io.terminator.tls.ticket.TicketConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The top level of the file. Larger sections have their own classes in this package. Long because
 * the checks that concern several sections are here.
 */
final class TerminatorKeys {
  private static final String STATE_DIRECTORY = "state";
  private static final int MOST_CONNECTIONS = 10_000_000;

  static final Key<WorkerConfig> WORKERS =
      Key.optional(
          "workers",
          WorkerKeys.KIND,
          WorkerKeys.AUTO,
          "auto",
          "Number of workers, auto for one per core, or a map with the keys below.");

  static final Key<Path> STATE_DIR =
      Key.absent(
          "state-dir",
          Paths.newDirectory(),
          STATE_DIRECTORY,
          "Directory for changes made through the admin API, so that they survive a restart.");

  static final Key<Secret> STATE_SECRET =
      Key.absent(
          "state-secret",
          Kinds.secret(),
          "private keys are protected only by file mode 0600",
          "Encrypts the private keys in state-dir. Never shown in messages.");

  static final Key<Path> STATE_SECRET_FILE =
      Key.absent(
          "state-secret-file",
          Paths.secretFile(),
          "private keys are protected only by file mode 0600",
          "Like state-secret, read from a file; trailing line breaks are ignored.");

  private static final Key<TicketConfig> TICKETS =
      Key.optional(
          "tickets",
          TicketKeys.KIND,
          TicketConfig.LOCAL,
          "Session tickets. local: random keys known only to this process. A map with"
              + " secret-file: replicas with the same secret resume each other's sessions. off:"
              + " no resumption.");

  private static final Key<Integer> SIGNING_THREADS =
      Key.optional(
          "threads",
          Kinds.whole(0, 256),
          SigningConfig.DEFAULT.threads(),
          "Threads for RSA signatures, so that a burst of new connections does not delay"
              + " established ones. 0: each worker signs by itself, which uses the least CPU"
              + " time.");

  private static final Shape<SigningConfig> SIGNING_SHAPE =
      new Shape<>(
          "Threads for RSA signatures.",
          List.of(SIGNING_THREADS),
          section -> new SigningConfig(section.get(SIGNING_THREADS)));

  static final Key<SigningConfig> SIGNING =
      Key.section("signing", SIGNING_SHAPE, "Threads for RSA signatures.");

  private static final Key<Path> KEY_LOG_FILE =
      Key.required(
          "file",
          Paths.newFile(),
          "File to which secrets are appended in NSS key log format. Created with mode 0600.");

  private static final Key<List<Cidr>> KEY_LOG_SOURCES =
      Key.required(
          "sources",
          RouteKeys.oneOrMore(Addresses.BLOCK_KIND),
          "Client addresses whose secrets are written; keep the list short.");

  private static final Shape<KeyLogConfig> KEY_LOG_SHAPE =
      new Shape<>(
          "TLS secrets for decrypting a packet capture.",
          List.of(KEY_LOG_FILE, KEY_LOG_SOURCES),
          section -> new KeyLogConfig(section.get(KEY_LOG_FILE), section.get(KEY_LOG_SOURCES)));

  static final Key<KeyLogConfig> KEY_LOG =
      Key.absent(
          "key-log",
          KEY_LOG_SHAPE,
          "no secrets are written",
          "Writes the TLS secrets of selected clients for debugging. Anyone with the file"
              + " can decrypt their connections. A warning is logged while it is on.");

  private static final Key<List<ServiceConfig>> LISTENERS =
      Key.required(
          "listeners", Kinds.list(ListenerKeys.SHAPE, 1), "Listeners for TLS connections.");

  private static final Key<Map<String, Function<String, BackendConfig>>> BACKENDS =
      Key.required(
          "backends", Kinds.table(Names.BACKEND, BackendKeys.SHAPE), "Groups of servers, by name.");

  private static final Key<PlainHttpConfig> HTTP =
      Key.absent(
          "http",
          PlainHttpKeys.SHAPE,
          "no plain HTTP listener",
          "Plain HTTP, usually on port 80: redirects to HTTPS and serves ACME HTTP-01"
              + " challenges.");

  private static final Key<AcmeConfig> ACME =
      Key.absent(
          "acme",
          AcmeKeys.SHAPE,
          "no certificate is ordered",
          "Orders and renews the certificates of listeners[].certificates.acme by ACME.");

  static final Key<DnsConfig> DNS =
      Key.section("dns", DnsKeys.SHAPE, "DNS resolution of server names.");

  private static final Key<DataSize> FRAMES =
      Key.optional(
          "frames",
          Kinds.size("1MiB", "1TiB"),
          FrameConfig.DEFAULT.budget(),
          "Memory for bytes that wait for slow peers, for the whole process. When it is"
              + " exhausted, reading pauses.");

  private static final Shape<FrameConfig> MEMORY_SHAPE =
      new Shape<>(
          "Memory limits.", List.of(FRAMES), section -> new FrameConfig(section.get(FRAMES)));

  static final Key<FrameConfig> MEMORY = Key.section("memory", MEMORY_SHAPE, "Memory limits.");

  private static final Kind<Integer> CONNECTIONS_KIND =
      Kinds.parsed(
          "auto or a whole number from 1 to " + MOST_CONNECTIONS,
          "^(auto|[0-9]+|.*\\$\\{.*)$",
          TerminatorKeys::connections,
          count -> count == 0 ? "auto" : String.valueOf(count));

  private static final Key<Integer> CONNECTIONS =
      Key.optional(
          "connections",
          CONNECTIONS_KIND,
          0,
          "auto",
          "Maximum number of open connections of the process; further ones are reset and"
              + " counted as capacity. auto: computed from descriptors (two per connection) and"
              + " memory, and logged at start.");

  private static final Shape<Integer> LIMITS_SHAPE =
      new Shape<>(
          "Limits for the whole process.",
          List.of(CONNECTIONS),
          section -> section.get(CONNECTIONS));

  private static final Key<Integer> LIMITS =
      Key.section(
          "limits",
          LIMITS_SHAPE,
          "Limits for the whole process; each listener has its own limits as well.");

  private static final Key<OverloadConfig> OVERLOAD =
      Key.section(
          "overload",
          OverloadKeys.SHAPE,
          "Overload protection: full handshakes wait, and resumed sessions and open"
              + " connections are served first.");

  private static final Key<Duration> ACCEPT_GRACE =
      Key.optional(
          "accept-grace",
          Kinds.duration("0", "1h"),
          DrainConfig.DEFAULT.acceptGrace(),
          "Time after SIGTERM during which readiness is false but connections are still"
              + " accepted, so that load balancers can react.");

  private static final Key<Duration> WINDOW =
      Key.optional(
          "window",
          Kinds.duration("0", "1d"),
          DrainConfig.DEFAULT.window(),
          "Time after that for open connections to end; listeners are closed. The connections of"
              + " a worker that is restarted have the same time.");

  private static final Shape<DrainConfig> DRAIN_SHAPE =
      new Shape<>(
          "Behaviour at a stop.",
          List.of(ACCEPT_GRACE, WINDOW),
          section -> new DrainConfig(section.get(ACCEPT_GRACE), section.get(WINDOW)));

  private static final Key<DrainConfig> DRAIN =
      Key.section("drain", DRAIN_SHAPE, "Behaviour at a stop.");

  static final Key<AdminConfig> ADMIN =
      Key.section("admin", AdminKeys.SHAPE, "The admin API, its dashboard and metrics.");

  static final Key<LogConfig> LOG = Key.section("log", LogKeys.SHAPE, "The access log.");

  static final Key<TracingConfig> TRACING =
      Key.absent(
          "tracing",
          TracingKeys.SHAPE,
          "no spans",
          "Spans of connections and requests, exported to a receiver of OTLP.");

  static final Shape<TerminatorConfig> SHAPE =
      new Shape<>(
          "",
          List.of(
              WORKERS,
              STATE_DIR,
              STATE_SECRET,
              STATE_SECRET_FILE,
              TICKETS,
              SIGNING,
              KEY_LOG,
              LISTENERS,
              BACKENDS,
              HTTP,
              ACME,
              DNS,
              MEMORY,
              LIMITS,
              OVERLOAD,
              DRAIN,
              ADMIN,
              LOG,
              TRACING),
          TerminatorKeys::map);

  private TerminatorKeys() {}

  private static TerminatorConfig map(Section section) {
    Reading reading = Objects.requireNonNull(section.reading());
    Path state = section.find(STATE_DIR);
    Map<String, BackendConfig> backends = new LinkedHashMap<>();
    section.get(BACKENDS).forEach((name, body) -> backends.put(name, body.apply(name)));
    checkBudget(section, reading);
    checkPassthrough(section, reading, backends);
    checkManaged(section, reading);
    checkKept(section, reading, backends);
    return new TerminatorConfig(
        section.get(WORKERS),
        state == null ? reading.resolve(STATE_DIRECTORY) : state,
        stateSecret(section, reading),
        section.get(TICKETS),
        section.get(SIGNING),
        section.find(KEY_LOG),
        section.get(LISTENERS),
        backends,
        section.find(HTTP),
        acme(section),
        section.get(DNS),
        section.get(MEMORY),
        section.get(LIMITS),
        section.get(OVERLOAD),
        section.get(DRAIN),
        section.get(ADMIN),
        section.get(LOG),
        section.find(TRACING));
  }

  private static @Nullable AcmeConfig acme(Section section) {
    AcmeConfig acme = section.find(ACME);
    if (acme == null || !acme.challenges().isEmpty()) {
      return acme;
    }
    List<ChallengeType> challenges = new ArrayList<>(List.of(ChallengeType.TLS_ALPN_01));
    if (section.has(HTTP)) {
      challenges.add(ChallengeType.HTTP_01);
    }
    if (acme.dns() != null) {
      challenges.add(ChallengeType.DNS_01);
    }
    return acme.withChallenges(challenges);
  }

  /**
   * Checks across listeners: that ACME is configured, and that a name stands for one certificate.
   */
  private static void checkManaged(Section section, Reading reading) {
    if (!section.isSound(LISTENERS, ACME)) {
      return;
    }
    List<ServiceConfig> services = section.get(LISTENERS);
    Map<String, ManagedCertificate> known = new HashMap<>();
    for (int i = 0; i < services.size(); i++) {
      String path = "listeners[" + i + "].certificates.acme";
      for (ManagedCertificate certificate : services.get(i).managed()) {
        ManagedCertificate other = known.putIfAbsent(certificate.name(), certificate);
        if (other != null && !other.equals(certificate)) {
          reading.problem(
              reading.placeOf(path, section.placeOf(LISTENERS)),
              "\"" + certificate.name() + "\" is the name of two different certificates",
              "one name each",
              "set name for one of them");
        }
      }
      AcmeConfig orders = acme(section);
      boolean hasDns =
          orders != null
              && (orders.challenges().contains(ChallengeType.DNS_PERSIST_01)
                  || orders.dns() != null && orders.challenges().contains(ChallengeType.DNS_01));
      for (ManagedCertificate certificate : services.get(i).managed()) {
        if (!hasDns && certificate.names().stream().anyMatch(name -> name.startsWith("*."))) {
          reading.problem(
              reading.placeOf(path, section.placeOf(LISTENERS)),
              "\""
                  + certificate.name()
                  + "\" has a wildcard, which only dns-01 and dns-persist-01 validate",
              "acme.dns with a command or a webhook, or dns-persist-01 in acme.challenges",
              "add it, or name the hosts");
        }
      }
      boolean validatesAddresses =
          orders == null
              || orders.challenges().contains(ChallengeType.TLS_ALPN_01)
              || orders.challenges().contains(ChallengeType.HTTP_01);
      for (ManagedCertificate certificate : services.get(i).managed()) {
        if (!validatesAddresses
            && certificate.names().stream().anyMatch(ManagedCertificate::isAddress)) {
          // RFC 8738 section 7.
          reading.problem(
              reading.placeOf(path, section.placeOf(LISTENERS)),
              "\""
                  + certificate.name()
                  + "\" has an IP address, which only tls-alpn-01 and http-01 validate",
              "one of them in acme.challenges",
              "add it, or name hosts");
        }
      }
      if (!services.get(i).managed().isEmpty() && !section.has(ACME)) {
        reading.problem(
            reading.placeOf(path, section.placeOf(LISTENERS)),
            "needs the section acme at the top level",
            "acme: { terms-agreed: true, directory: letsencrypt }",
            "add it");
      }
    }
    AcmeConfig acme = section.find(ACME);
    if (acme != null && acme.challenges().contains(ChallengeType.DNS_01) && acme.dns() == null) {
      reading.problem(
          reading.placeOf("acme.challenges", section.placeOf(ACME)),
          "names dns-01, and acme.dns is not configured",
          "acme.dns with a command or a webhook",
          "add it, or remove dns-01");
    }
    if (acme != null && acme.challenges().contains(ChallengeType.HTTP_01) && !section.has(HTTP)) {
      reading.problem(
          reading.placeOf("acme.challenges", section.placeOf(ACME)),
          "names http-01, and http is not configured",
          "http: { bind: \":80\" }",
          "add it, or remove http-01");
    }
  }

  private static int connections(String text) {
    if (text.equals("auto")) {
      return 0;
    }
    Kinds.refuseOctal(text);
    int count = text.matches("\\d{1,8}") ? Integer.parseInt(text) : 0;
    if (count < 1 || count > MOST_CONNECTIONS) {
      throw Kinds.unfit();
    }
    return count;
  }

  private static @Nullable Secret stateSecret(Section section, Reading reading) {
    Path file = section.find(STATE_SECRET_FILE);
    Secret secret = section.find(STATE_SECRET);
    if (file == null) {
      if (secret != null && secret.reveal().isBlank()) {
        reading.problem(section.placeOf(STATE_SECRET), "is empty", "a secret", "");
      }
      return secret;
    }
    if (secret != null) {
      reading.problem(
          section.placeOf(STATE_SECRET_FILE),
          "is set together with the other one",
          "either state-secret or state-secret-file",
          "remove one");
    }
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(BoundedFile.read(file, BoundedFile.SMALL)))
              .toString()
              .stripTrailing();
      if (text.isBlank()) {
        reading.problem(
            section.placeOf(STATE_SECRET_FILE), "\"" + file + "\" is empty", "a secret", "");
      }
      return new Secret(text);
    } catch (IOException unreadable) {
      String finding =
          unreadable instanceof UnfitFileException unfit
              ? unfit.getReason()
              : unreadable instanceof CharacterCodingException
                  ? "is not text in UTF-8"
                  : "cannot be read";
      reading.problem(
          section.placeOf(STATE_SECRET_FILE),
          "\"" + file + "\" " + finding,
          "a file with a secret in UTF-8",
          "");
      return null;
    }
  }

  /**
   * Re-encryption would wrap the client's TLS in a second TLS connection, which servers do not
   * expect.
   */
  private static void checkPassthrough(
      Section section, Reading reading, Map<String, BackendConfig> backends) {
    if (!section.isSound(LISTENERS, BACKENDS)) {
      return;
    }
    List<ServiceConfig> services = section.get(LISTENERS);
    for (int i = 0; i < services.size(); i++) {
      List<RouteConfig> routes = services.get(i).routes();
      for (int j = 0; j < routes.size(); j++) {
        RouteConfig route = routes.get(j);
        BackendConfig backend = backends.get(route.backend());
        if (route.mode() == RouteMode.PASSTHROUGH && backend != null && backend.layer() != null) {
          String path = "listeners[" + i + "].routes[" + j + "].backend";
          reading.problem(
              reading.placeOf(path, section.placeOf(LISTENERS)),
              "\"" + route.backend() + "\" has tls, and the route is passthrough",
              "mode terminate, or a backend without tls",
              "with passthrough the client's TLS goes to the server unchanged");
        }
      }
    }
  }

  /** A PROXY header names one client for the whole connection, which kept connections outlive. */
  private static void checkKept(
      Section section, Reading reading, Map<String, BackendConfig> backends) {
    if (!section.isSound(LISTENERS, BACKENDS)) {
      return;
    }
    for (ServiceConfig service : section.get(LISTENERS)) {
      HttpConfig http = service.http();
      for (String name : http == null ? List.<String>of() : http.backends()) {
        BackendConfig backend = backends.get(name);
        if (backend != null
            && backend.connect().proxyProtocol() != ProxyProtocol.OFF
            && backend.kept().perServer() > 0) {
          String path = "backends." + name + ".proxy-protocol";
          reading.problem(
              reading.placeOf(path, section.placeOf(BACKENDS)),
              "names one client, and the requests of listener \""
                  + service.listener().name()
                  + "\" share the connection",
              "proxy-protocol off, or kept with per-server 0",
              "the forwarding fields of each request name its client");
        }
      }
    }
  }

  /** A worker that cannot hold the full output of one direction would pause its readers forever. */
  private static void checkBudget(Section section, Reading reading) {
    if (!section.isSound(WORKERS, MEMORY, LISTENERS)) {
      return;
    }
    int workers = section.get(WORKERS).count();
    long budget = section.get(MEMORY).budget().bytes();
    long highest = 0;
    for (ServiceConfig service : section.get(LISTENERS)) {
      highest = Math.max(highest, service.relay().watermarks().high().bytes());
    }
    if (budget / workers < highest) {
      Kind<DataSize> kind = FRAMES.kind();
      reading.problem(
          reading.placeOf("memory.frames", section.placeOf(MEMORY).key(FRAMES.name())),
          kind.spell(section.get(MEMORY).budget()) + " for " + Quantity.of(workers, "worker"),
          "at least " + new DataSize(Math.multiplyExact(highest, workers)),
          "that is the largest relay.high-water for each worker");
    }
  }
}
