package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The output of a run (log lines with stack traces, access log, metrics, responses and refusals of
 * the API) contains no key, token, password, or secret of the fleet or of the state directory; and
 * every stored file is readable only by its owner.
 */
class SecretsIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String TOKEN = "tk-4f9a1c7733e0b2d5-operator";
  private static final String PASSWORD = "pw-77c1e9a0-keystore";
  private static final String STATE_SECRET = "st-a90b4412cc-state";
  private static final String FLEET_SECRET = "fl-0123456789abcdef0123456789abcdef-fleet";

  private final ConcurrentLinkedQueue<String> said = new ConcurrentLinkedQueue<>();

  @Test
  void nothingThatIsSaidHoldsASecret() throws Exception {
    TestCa ca = TestCa.create();
    Credential served = ca.server("localhost");
    Credential uploaded = ca.server("api.example");
    Credential other = ca.server("other.example");
    Path secrets = Files.createTempDirectory("terminator-secrets");
    Files.writeString(secrets.resolve("token"), TOKEN + "\n");
    Files.writeString(secrets.resolve("state"), STATE_SECRET + "\n");
    Files.writeString(secrets.resolve("fleet"), FLEET_SECRET + "\n");
    for (String name : List.of("token", "state", "fleet")) {
      Files.setPosixFilePermissions(
          secrets.resolve(name), PosixFilePermissions.fromString("rw-------"));
    }
    Handler listening = listening();
    Logger.getLogger("").addHandler(listening);
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca, Map.of("localhost", served), yaml(backend.port(), secrets))) {
      try (TlsConnection client = terminator.client().connect(terminator.address())) {
        client.write("ping");
        client.readExactly(4);
        operate(terminator, uploaded, other);
      }
      try (RawTlsClient broken = terminator.client().fresh().raw(terminator.address())) {
        broken.handshake();
        broken.sendRaw(new byte[] {23, 3, 3, 0, 3, 1, 2, 3});
        broken.readRawToEnd();
      }
      try (RawTlsClient refused = terminator.client().raw(terminator.address())) {
        refused.sendRaw(new HelloForge(refused.clientHello()).named("a b").bytes());
        refused.readRawToEnd();
      }
      // A certificate file that goes bad, and a configuration that does.
      Files.writeString(
          terminator.directory().resolve("certs/localhost.key"), other.keyPem() + "x");
      terminator.terminator().reload("test");
      terminator.rewrite(yaml(backend.port(), secrets) + "unknown: " + TOKEN + "\n");
      said.add(terminator.terminator().reload("test").toString());
      terminator.awaitNoConnection();
      Path log = terminator.directory().resolve("access.log");
      await().atMost(RunningTerminator.PATIENCE).until(() -> Files.size(log) > 0);
      said.add(Files.readString(log));
      assertOwnersOnly(terminator.directory().resolve("state"));
    } finally {
      Logger.getLogger("").removeHandler(listening);
    }
    assertThat(said.size()).isGreaterThan(15);
    Map<String, String> forbidden = new LinkedHashMap<>();
    forbidden.put("the token", TOKEN);
    forbidden.put("the state's secret", STATE_SECRET);
    forbidden.put("the fleet's secret", FLEET_SECRET);
    forbidden.put("a password", PASSWORD);
    for (Credential credential : List.of(served, uploaded, other)) {
      credential
          .keyPem()
          .lines()
          .filter(line -> !line.startsWith("-----"))
          .filter(line -> line.length() >= 16)
          .forEach(line -> forbidden.put("a key's line " + forbidden.size(), line));
    }
    for (String text : said) {
      forbidden.forEach(
          (what, secret) ->
              assertThat(text.contains(secret)).as(what + " in what was said").isFalse());
    }
  }

  @Test
  void aHeapDumpIsNotWrittenByDefault() throws Exception {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("docker/image/flags"))) {
      root = root.getParent();
    }
    for (String file : List.of("docker/image/flags", "terminator")) {
      assertThat(Files.readString(root.resolve(file)))
          .as(file)
          .contains("-XX:-HeapDumpOnOutOfMemoryError")
          .doesNotContain("-XX:+HeapDumpOnOutOfMemoryError");
    }
  }

  private void operate(RunningTerminator terminator, Credential uploaded, Credential other)
      throws Exception {
    String path = "/v1/certificates/api.example";
    assertThat(send(terminator, "PUT", path, uploaded.chainPem() + uploaded.keyPem(), TOKEN))
        .isEqualTo(200);
    assertThat(send(terminator, "GET", path, "", TOKEN)).isEqualTo(200);
    // Refused, each with a message that must not quote the request.
    assertThat(send(terminator, "PUT", path, uploaded.chainPem() + other.keyPem(), TOKEN))
        .isGreaterThanOrEqualTo(400);
    assertThat(send(terminator, "PUT", path, other.keyPem().substring(0, 100), TOKEN))
        .isGreaterThanOrEqualTo(400);
    assertThat(
            send(
                terminator, "PUT", path, other.chainPem() + other.encryptedKeyPem(PASSWORD), TOKEN))
        .isGreaterThanOrEqualTo(400);
    assertThat(send(terminator, "GET", "/v1/status", "", TOKEN + "x")).isEqualTo(401);
    for (String open : List.of("/metrics", "/readyz", "/openapi.json")) {
      send(terminator, "GET", open, "", TOKEN);
    }
    for (String read :
        List.of(
            "/v1/status",
            "/v1/workers",
            "/v1/log",
            "/v1/certificates",
            "/v1/connections",
            "/v1/backends",
            "/v1/failures",
            "/v1/explain?sni=localhost",
            "/v1/nothing?token=x")) {
      send(terminator, "GET", read, "", TOKEN);
    }
    send(terminator, "POST", "/v1/config:check", "state-secret: " + STATE_SECRET + "\n", TOKEN);
    send(terminator, "POST", "/v1/config:check", "admin: " + TOKEN + "\n", TOKEN);
    send(terminator, "POST", "/v1/config:reload", "", TOKEN);
  }

  private int send(
      RunningTerminator terminator, String method, String path, String body, String token)
      throws Exception {
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:"
                            + terminator.terminator().adminAddress().getPort()
                            + path))
                .header("Authorization", "Bearer " + token)
                .header(
                    "Content-Type",
                    method.equals("POST") ? "application/yaml" : "application/x-pem-file")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    // What an operator sent to be checked is quoted to that operator alone; a secret's key is not.
    if (!body.contains(TOKEN)) {
      said.add(answer.headers().map() + "\n" + answer.body());
    }
    return answer.statusCode();
  }

  private static void assertOwnersOnly(Path state) throws Exception {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(state)) {
      all.filter(Files::isRegularFile).forEach(files::add);
    }
    assertThat(files).isNotEmpty();
    Set<PosixFilePermission> owners = PosixFilePermissions.fromString("rw-------");
    for (Path file : files) {
      assertThat(owners).as("%s", file).containsAll(Files.getPosixFilePermissions(file));
    }
  }

  private Handler listening() {
    return new Handler() {
      @Override
      public void publish(LogRecord line) {
        java.io.StringWriter text = new java.io.StringWriter();
        text.append(new java.util.logging.SimpleFormatter().format(line));
        said.add(text.toString());
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }

  private static String yaml(int backend, Path secrets) {
    return "workers: 1\nstate-dir: state/\nstate-secret-file: "
        + secrets.resolve("state")
        + "\ntickets: { secret-file: "
        + secrets.resolve("fleet")
        + " }\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n    certificates: certs/\n"
        + "    backend: app\nbackends:\n  app: { servers: [\"127.0.0.1:"
        + backend
        + "\"] }\nadmin: { bind: \"127.0.0.1:0\", token-file: "
        + secrets.resolve("token")
        + " }\n";
  }
}
