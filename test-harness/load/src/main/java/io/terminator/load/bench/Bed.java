package io.terminator.load.bench;

import io.terminator.load.backend.LoadBackend;
import io.terminator.load.generator.ClientContext;
import io.terminator.load.generator.Dial;
import io.terminator.load.generator.Generator;
import io.terminator.load.generator.H2Load;
import io.terminator.load.generator.Negotiated;
import io.terminator.load.subject.Certificates;
import io.terminator.load.subject.Cores;
import io.terminator.load.subject.HttpBackend;
import io.terminator.load.subject.RunningTarget;
import io.terminator.load.subject.Setup;
import io.terminator.load.subject.Target;
import io.terminator.load.wire.Exchange;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The environment of a measurement: the backend process, the generators, and the running targets.
 */
final class Bed implements AutoCloseable {
  private static final Pattern AGREED =
      Pattern.compile(
          "^(?:TLS Protocol|Cipher|Server Temp Key|Application protocol): (\\S+)",
          Pattern.MULTILINE);
  private static final Exchange GREETING = Exchange.small(100, 100);

  private final Path directory;
  private final Cores cores;
  private final Certificates certificates;
  private final Process backend;
  private final int backendPort;
  private final Generator generator = new Generator("load-main", 1);
  private final Generator second = new Generator("load-storm", 2);
  private final Map<String, RunningTarget> running = new LinkedHashMap<>();
  private final Map<String, String> negotiated = new LinkedHashMap<>();
  // A bench that is interrupted must not leave them behind, nor the ones that a phase is about to
  // close.
  private final Set<RunningTarget> started = ConcurrentHashMap.newKeySet();
  private final Thread onInterrupt = new Thread(this::stopAll);
  private @Nullable HttpBackend httpBackend;
  private int fresh;

  private Bed(
      Path directory, Cores cores, Certificates certificates, Process backend, int backendPort) {
    this.directory = directory;
    this.cores = cores;
    this.certificates = certificates;
    this.backend = backend;
    this.backendPort = backendPort;
  }

  /** Starts the backend in a process of its own. */
  static Bed open(Path directory, Cores cores) throws IOException {
    Certificates certificates = Certificates.writeTo(directory.resolve("certificates"));
    List<String> command =
        Cores.pinned(
            cores.backend(),
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-XX:MaxDirectMemorySize=1g",
                "-cp",
                System.getProperty("java.class.path"),
                LoadBackend.class.getName()));
    Process backend =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader said =
        new BufferedReader(new InputStreamReader(backend.getInputStream(), StandardCharsets.UTF_8));
    String port = said.readLine();
    if (port == null) {
      throw new IOException("the backend process ended before it said its port");
    }
    Bed bed = new Bed(directory, cores, certificates, backend, Integer.parseInt(port));
    Runtime.getRuntime().addShutdownHook(bed.onInterrupt);
    bed.generator.useHelloAsPreamble(Certificates.NAME);
    bed.second.useHelloAsPreamble(Certificates.NAME);
    return bed;
  }

  Generator generator() {
    return generator;
  }

  /** The generator for load next to the measured load; its thread has a lower priority. */
  Generator second() {
    return second;
  }

  /** The generator of HTTP, on the generators' cores. */
  H2Load h2load() {
    return new H2Load(command -> Cores.pinned(cores.generator(), command));
  }

  /** The address of {@code path} at a target that terminates HTTP. */
  static String url(RunningTarget target, String path) {
    return "https://127.0.0.1:" + target.setup().ecdsaPort() + path;
  }

  Cores cores() {
    return cores;
  }

  Certificates certificates() {
    return certificates;
  }

  /** The results of the probes by TLS version and target. */
  Map<String, String> negotiated() {
    return negotiated;
  }

  /** The running target; it is started and probed if it does not run yet. */
  RunningTarget running(Target target, Setup.Kind kind, int workers) throws IOException {
    String key = target.name() + '-' + kind + '-' + workers;
    RunningTarget known = running.get(key);
    if (known == null) {
      known = fresh(target, kind, workers).awaitOpen();
      try {
        probe(known);
      } catch (IOException | CompletionException failure) {
        known.close();
        throw failure;
      }
      running.put(key, known);
    }
    known.checkAlive();
    return known;
  }

  /** Starts another instance without waiting for it; the caller closes it. */
  RunningTarget fresh(Target target, Setup.Kind kind, int workers) throws IOException {
    Path own = directory.resolve(target.name() + '-' + ++fresh);
    RunningTarget spawned =
        RunningTarget.spawn(target, own, certificates, backend(kind), kind, workers, cores);
    started.add(spawned);
    return spawned;
  }

  private int backend(Setup.Kind kind) throws IOException {
    if (kind != Setup.Kind.HTTP) {
      return backendPort;
    }
    HttpBackend known = httpBackend;
    if (known == null) {
      known = HttpBackend.start(Files.createDirectories(directory.resolve("http")), cores);
      httpBackend = known;
    }
    return known.port();
  }

  /** The connection to the ECDSA port with {@code context}, or to the plain port without one. */
  static Dial dial(RunningTarget target, @Nullable ClientContext context) {
    Setup setup = target.setup();
    return dial(context == null ? setup.plainPort() : setup.ecdsaPort(), context);
  }

  /** To the RSA port. */
  static Dial dialRsa(RunningTarget target, ClientContext context) {
    return dial(target.setup().rsaPort(), context);
  }

  private static Dial dial(int port, @Nullable ClientContext context) {
    return new Dial(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), Certificates.NAME, context);
  }

  /**
   * Results are comparable only if all targets negotiate the same version, suite, group and
   * certificate.
   */
  private void probe(RunningTarget target) throws IOException {
    if (target.setup().kind() == Setup.Kind.PLAIN) {
      generator.open(dial(target, null), 1, GREETING).close();
      return;
    }
    if (target.setup().kind() == Setup.Kind.HTTP) {
      probeHttp(target);
      return;
    }
    for (ClientContext.Suite suite : ClientContext.Suite.values()) {
      try (ClientContext context = new ClientContext(suite, false)) {
        check(target, suite, generator.probe(dial(target, context), GREETING), false);
        if (suite == ClientContext.Suite.TLS13_AES128) {
          check(target, suite, generator.probe(dialRsa(target, context), GREETING), true);
        }
      } catch (CompletionException failure) {
        throw new IOException(target.target().name() + ": probe: " + failure.getCause(), failure);
      }
    }
  }

  private void probeHttp(RunningTarget target) throws IOException {
    for (String protocol : List.of("h2", "http/1.1")) {
      List<String> options = protocol.equals("h2") ? List.of() : List.of("--h1");
      String said = h2load().output(options, url(target, HttpBackend.SMALL));
      String agreed =
          AGREED
              .matcher(said)
              .results()
              .map(found -> found.group(1))
              .collect(Collectors.joining(" "));
      String expected = "TLSv1.3 TLS_AES_128_GCM_SHA256 X25519 " + protocol;
      negotiated.put(target.target().name() + ' ' + protocol, agreed);
      if (!agreed.equals(expected) || !said.contains(" 1 2xx")) {
        throw new IOException(
            target.target().name() + " negotiates " + agreed + ". Expected " + expected);
      }
    }
  }

  private void check(
      RunningTarget target, ClientContext.Suite suite, Negotiated agreed, boolean rsa)
      throws IOException {
    byte[] leaf = (rsa ? certificates.rsa() : certificates.ecdsa()).leaf();
    String expected = suite.version() + ' ' + suite.cipher() + " X25519";
    negotiated.put(target.target().name() + (rsa ? " rsa " : " ecdsa ") + suite, agreed.toString());
    if (!agreed.toString().equals(expected) || !Arrays.equals(agreed.certificate(), leaf)) {
      throw new IOException(
          target.target().name()
              + " negotiates "
              + agreed
              + ". Expected "
              + expected
              + " and the benchmark's certificate");
    }
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(onInterrupt);
    generator.close();
    second.close();
    stopAll();
  }

  private void stopAll() {
    started.forEach(RunningTarget::close);
    HttpBackend http = httpBackend;
    if (http != null) {
      http.close();
    }
    backend.destroy();
  }
}
