package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.terminator.testkit.Credential;
import io.terminator.testkit.CredentialFiles;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Servers of other makers behind Terminator: the JDK's, with and without TLS, and nginx with h2.
 */
class HttpServersIT {
  private static final long SEED = 17;
  private static final int SIZE = 2_000_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final TestCa ca = TestCa.create();
  private final Credential own = ca.server("localhost");
  private final Set<Integer> ports = ConcurrentHashMap.newKeySet();
  @TempDir Path directory;

  private RunningTerminator start(int port, String keys) throws IOException {
    Path authorities = Files.writeString(directory.resolve("ca.pem"), ca.rootPem());
    return RunningTerminator.start(
        ca,
        Map.of("localhost", own),
        """
        workers: 1
        listeners:
          - { name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app, http: {} }
        backends:
          app: { servers: ["localhost:%d"]%s }
        """
            .formatted(port, keys.replace("CA", authorities.toString())));
  }

  private HttpClient client(HttpClient.Version version) {
    return HttpClient.newBuilder().version(version).sslContext(ca.clientContext()).build();
  }

  private static HttpResponse<byte[]> send(
      HttpClient client, RunningTerminator terminator, String path, BodyPublisher body)
      throws Exception {
    return client.send(
        HttpRequest.newBuilder(
                URI.create("https://localhost:" + terminator.address().getPort() + path))
            .method(body.contentLength() == 0 ? "GET" : "POST", body)
            .expectContinue(path.equals("/continue"))
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  /** Echoes the body, with a length or in chunks. */
  private void echo(HttpExchange exchange) throws IOException {
    ports.add(exchange.getRemoteAddress().getPort());
    byte[] body = exchange.getRequestBody().readAllBytes();
    exchange
        .getResponseHeaders()
        .set("X-Seen", String.valueOf(exchange.getRequestHeaders().getFirst("X-Forwarded-Proto")));
    boolean chunked = exchange.getRequestURI().getPath().equals("/chunked");
    exchange.sendResponseHeaders(200, body.length == 0 ? -1 : chunked ? 0 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theServerOfTheJdk(boolean tls) throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer server;
    if (tls) {
      HttpsServer https = HttpsServer.create(any, 0);
      https.setHttpsConfigurator(new HttpsConfigurator(ca.serverContext(own)));
      server = https;
    } else {
      server = HttpServer.create(any, 0);
    }
    ExecutorService threads = Executors.newCachedThreadPool();
    server.setExecutor(threads);
    server.createContext("/", this::echo);
    server.start();
    byte[] body = Deterministic.bytes(SEED, SIZE);
    try (RunningTerminator terminator =
        start(server.getAddress().getPort(), tls ? ", tls: { ca: \"CA\" }" : "")) {
      for (HttpClient.Version version : HttpClient.Version.values()) {
        HttpClient client = client(version);
        for (String path : new String[] {"/length", "/chunked", "/continue"}) {
          HttpResponse<byte[]> response =
              send(client, terminator, path, BodyPublishers.ofByteArray(body));
          assertThat(response.statusCode()).isEqualTo(200);
          assertThat(response.version()).isEqualTo(version);
          assertThat(response.headers().firstValue("x-seen")).hasValue("https");
          assertThat(response.body()).as(path).isEqualTo(body);
        }
        assertThat(send(client, terminator, "/", BodyPublishers.ofByteArray(new byte[0])).body())
            .isEmpty();
      }
      assertThat(ports).as("one connection was kept for all").hasSize(1);
    } finally {
      server.stop(0);
      threads.shutdownNow();
    }
  }

  @Test
  void nginxOverTlsWithHttp2() throws Exception {
    Processes.assumeAvailable("nginx");
    CredentialFiles files = own.writeTo(directory, "nginx");
    byte[] content = Deterministic.bytes(SEED, SIZE);
    Files.write(Files.createDirectory(directory.resolve("html")).resolve("file"), content);
    int port = Ports.free();
    Path config =
        Files.writeString(
            directory.resolve("nginx.conf"),
            """
            daemon off; master_process off; pid %1$s/pid; error_log stderr notice;
            events {}
            http {
              access_log off;
              client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/fcgi;
              uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;
              client_max_body_size 10m;
              server {
                listen 127.0.0.1:%2$d ssl http2;
                ssl_certificate %3$s; ssl_certificate_key %4$s;
                root %1$s/html;
                location /connection { return 200 "$server_protocol $connection $http_x_forwarded_for"; }
              }
            }
            """
                .formatted(directory, port, files.chain(), files.key()));
    try (RunningProcess nginx =
            Processes.start("nginx", "-p", directory.toString(), "-c", config.toString());
        RunningTerminator terminator = start(port, ", protocol: h2, tls: { ca: \"CA\" }")) {
      nginx.awaitLine(".*using the \"epoll\" event method.*", PATIENCE);
      String first = "";
      for (HttpClient.Version version : HttpClient.Version.values()) {
        HttpClient client = client(version);
        for (int i = 0; i < 3; i++) {
          assertThat(send(client, terminator, "/file", BodyPublishers.noBody()).body())
              .isEqualTo(content);
          String seen =
              new String(send(client, terminator, "/connection", BodyPublishers.noBody()).body());
          assertThat(seen).matches("HTTP/2.0 \\d+ 127.0.0.1");
          first = first.isEmpty() ? seen : first;
          assertThat(seen).as("all requests share a connection").isEqualTo(first);
        }
      }
    }
  }
}
