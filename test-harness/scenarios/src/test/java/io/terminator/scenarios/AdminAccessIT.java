package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.admin.client.AdminClient;
import io.terminator.admin.client.Trust;
import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Access to the admin API by each authentication method, and the audit lines about it. */
class AdminAccessIT {
  private static final String FULL = "full-token-0123456789";
  private static final String LOOK = "look-token-0123456789";

  @TempDir private Path secrets;
  private final TestCa ca = TestCa.create();
  private final AuditLines audit = AuditLines.open();
  private EchoBackend backend;
  private RunningTerminator terminator;

  @BeforeEach
  void prepare() throws IOException {
    backend = EchoBackend.start();
    write("full", FULL + "\n");
    write("look", LOOK);
    Files.writeString(secrets.resolve("ca.pem"), ca.rootPem() + ca.intermediatePem());
    certify(ca.server("localhost", "127.0.0.1"));
  }

  @AfterEach
  void stop() {
    if (terminator != null) {
      terminator.close();
    }
    backend.close();
    audit.close();
  }

  private void certify(Credential credential) throws IOException {
    write("admin.key", credential.keyPem());
    write("admin.crt", credential.chainPem());
  }

  private void write(String name, String content) throws IOException {
    Path file = Files.writeString(secrets.resolve(name), content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private void start(String admin) {
    terminator =
        RunningTerminator.start(
            ca,
            Map.of("localhost", ca.server("localhost")),
            "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
                + "    certificates: certs/\n    backend: app\n"
                + "backends:\n  app: { servers: [\"127.0.0.1:"
                + backend.port()
                + "\"] }\nadmin: { "
                + admin.replace("@", secrets + "/")
                + " }\n");
  }

  @Test
  void theReadOnlyTokenLooksAndChangesNothing() throws Exception {
    start("bind: \"127.0.0.1:0\", token-file: @full, read-only-token-file: @look");
    HttpClient http = HttpClient.newHttpClient();

    assertThat(send(http, "GET", "/livez", null).statusCode()).isEqualTo(200);
    HttpResponse<String> none = send(http, "GET", "/v1/status", null);
    assertThat(none.statusCode()).isEqualTo(401);
    assertThat(none.headers().firstValue("www-authenticate"))
        .hasValue("Bearer realm=\"terminator\"");
    audit.await("refused=\"GET /v1/status\"", "status=401", "from=\"127.0.0.1:");
    assertThat(send(http, "GET", "/v1/status", LOOK + "x").statusCode()).isEqualTo(401);

    assertThat(send(http, "GET", "/v1/status", LOOK).statusCode()).isEqualTo(200);
    HttpResponse<String> refused = send(http, "POST", "/v1/log:reopen", LOOK);
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("the token is read-only");
    audit.await("refused=\"POST /v1/log:reopen\"", "status=403", "why=\"the token is read-only");

    assertThat(send(http, "POST", "/v1/log:reopen", FULL).statusCode()).isEqualTo(200);
    audit.await("change=\"POST /v1/log:reopen\"", "who=\"full by token\"", "status=200");

    write("full", "other-token-0123456789");
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> send(http, "GET", "/v1/status", "other-token-0123456789").statusCode() == 200);
    assertThat(send(http, "GET", "/v1/status", FULL).statusCode()).isEqualTo(401);
    write("full", "short");
    assertThat(send(http, "GET", "/v1/status", "short").statusCode()).isEqualTo(401);
    assertThat(audit.all()).noneMatch(line -> line.contains("-token-0"));
    assertThat(terminator.metrics())
        .containsPattern("terminator_admin_requests_total\\{result=\"refused\",\\} [1-9]");
  }

  @Test
  void aClientCertificateStandsInForTheToken() throws Exception {
    start(
        "bind: \"127.0.0.1:0\", token-file: @full, tls: { certificate: @admin.crt, key: @admin.key,"
            + " client-ca: @ca.pem, client-auth: optional }");
    HttpClient without = https(ca.clientContext());
    HttpClient with = https(ca.clientContext(ca.client("operator one")));

    assertThat(send(without, "GET", "/v1/status", null).statusCode()).isEqualTo(401);
    assertThat(send(without, "GET", "/v1/status", FULL).statusCode()).isEqualTo(200);
    assertThat(send(with, "POST", "/v1/log:reopen", null).statusCode()).isEqualTo(200);
    audit.await("change=\"POST /v1/log:reopen\"", "full by certificate", "CN=operator one");
    HttpRequest page =
        request("POST", "/v1/log:reopen").header("Origin", "https://evil.example").build();
    assertThat(with.send(page, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(403);
    audit.await("refused=\"POST /v1/log:reopen\"", "CN=operator one", "evil.example");

    TestCa strangers = TestCa.create();
    HttpClient stranger = https(contextTrusting(ca, strangers.client("stranger")));
    assertThatThrownBy(() -> send(stranger, "GET", "/livez", null)).isInstanceOf(IOException.class);
    audit.await(
        "refused=\"connection\"",
        "why=\"handshake: the client's certificate is not trusted; expected an issuer in"
            + " admin.tls.client-ca\"");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 500_000})
  void aClientWithoutTlsIsToldAndItsTokenIsNotLogged(int body) throws Exception {
    start(
        "bind: \"127.0.0.1:0\", token-file: @full, tls: { certificate: @admin.crt, key: @admin.key }");
    HttpClient plain = HttpClient.newHttpClient();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/v1/status"))
            .header("Authorization", "Bearer " + FULL)
            .version(HttpClient.Version.HTTP_1_1)
            .PUT(HttpRequest.BodyPublishers.ofByteArray(new byte[body]))
            .build();
    HttpResponse<String> answer = plain.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("plain HTTP").contains("expected https://");
    audit.await("why=\"handshake: the client does not speak TLS; expected https://\"");
    String hidden =
        HexFormat.of().formatHex(FULL.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    assertThat(audit.all()).noneMatch(line -> line.contains(hidden) || line.contains(FULL));
  }

  @Test
  void aRequiredClientCertificateIsAskedForBesidesTheToken() throws Exception {
    start(
        "bind: \"127.0.0.1:0\", token-file: @full, tls: { certificate: @admin.crt, key: @admin.key,"
            + " client-ca: @ca.pem, client-auth: required }");
    HttpClient with = https(ca.clientContext(ca.client("operator two")));
    assertThatThrownBy(() -> send(https(ca.clientContext()), "GET", "/livez", null))
        .isInstanceOf(IOException.class);
    assertThat(send(with, "GET", "/livez", null).statusCode()).isEqualTo(200);
    assertThat(send(with, "GET", "/v1/status", null).statusCode()).isEqualTo(401);
    assertThat(send(with, "POST", "/v1/log:reopen", FULL).statusCode()).isEqualTo(200);
    audit.await("change=\"POST /v1/log:reopen\"", "full by token certificate", "CN=operator two");
  }

  @Test
  void aRequiredClientCertificateAloneIsEnoughWithoutAToken() throws Exception {
    start(
        "bind: \"0.0.0.0:0\", tls: { certificate: @admin.crt, key: @admin.key,"
            + " client-ca: @ca.pem, client-auth: required }");
    Credential operator = ca.client("operator three");
    write("operator.crt", operator.chainPem());
    write("operator.key", operator.keyPem());
    Trust trust =
        Trust.of(
            secrets.resolve("ca.pem"),
            secrets.resolve("operator.crt"),
            secrets.resolve("operator.key"));
    assertThat(client("https://127.0.0.1:" + port(), trust, null).get("/v1/status").status())
        .isEqualTo(200);
  }

  @Test
  void theCertificateIsReadAgainWhenItChanges() throws Exception {
    start("bind: \"127.0.0.1:0\", tls: { certificate: @admin.crt, key: @admin.key }");
    Credential second = ca.server("localhost", "127.0.0.1");
    assertThat(served()).isNotEqualTo(second.leaf());
    write("admin.key", "half a file");
    // The pair in service stays, and a reload says what the next start would meet.
    assertThat(send(https(ca.clientContext()), "POST", "/v1/config:reload", null).body())
        .contains("\"unchanged\"", "\"path\":\"admin.tls\"");
    certify(second);
    await().atMost(RunningTerminator.PATIENCE).until(() -> served().equals(second.leaf()));
    AdminClient pinned =
        client("https://127.0.0.1:" + port(), Trust.pinned(secrets.resolve("admin.crt")), null);
    assertThat(pinned.get("/readyz").text()).isEqualTo("ready\n");
    certify(ca.server("localhost"));
    AdminClient wrong =
        client("https://127.0.0.1:" + port(), Trust.pinned(secrets.resolve("ca.pem")), null);
    assertThatThrownBy(() -> wrong.get("/readyz"))
        .hasMessageContaining("the server's certificate is not");
  }

  private X509Certificate served() throws Exception {
    SSLSession session =
        send(https(ca.clientContext()), "GET", "/livez", null).sslSession().orElseThrow();
    return (X509Certificate) session.getPeerCertificates()[0];
  }

  @Test
  void aUnixSocketIsForItsOwnerAlone() throws Exception {
    Path socket = secrets.resolve("admin.sock");
    start("bind: \"unix:@admin.sock\"");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-------");
    AdminClient client = client("unix:" + socket, null, null);
    assertThat(client.get("/v1/status").text()).contains("\"state\":\"serving\"");
    assertThat(client.get("/v1/none").status()).isEqualTo(404);
    Process curl =
        new ProcessBuilder(
                "curl",
                "-sS",
                "--unix-socket",
                "" + socket,
                "-X",
                "POST",
                "http://localhost/v1/log:reopen")
            .redirectErrorStream(true)
            .start();
    assertThat(new String(curl.getInputStream().readAllBytes())).isEqualTo("{\"reopened\":true}");
    audit.await("change=\"POST /v1/log:reopen\"", "full by unix socket", "from=\"unix:uid=");
    terminator.close();
    terminator = null;
    assertThat(socket).doesNotExist();
  }

  @Test
  void aUnixSocketWithATokenAsksForIt() throws Exception {
    start("bind: \"unix:@admin.sock\", token-file: @full");
    String url = "unix:" + secrets.resolve("admin.sock");
    assertThat(client(url, null, null).get("/v1/status").status()).isEqualTo(401);
    assertThat(client(url, null, FULL).get("/v1/status").status()).isEqualTo(200);
  }

  private static AdminClient client(String url, Trust trust, String token) {
    return new AdminClient(url, trust, token, Duration.ofSeconds(20));
  }

  private static HttpClient https(SSLContext context) {
    return HttpClient.newBuilder().sslContext(context).build();
  }

  private static SSLContext contextTrusting(TestCa ca, Credential client) throws Exception {
    javax.net.ssl.KeyManagerFactory keys =
        javax.net.ssl.KeyManagerFactory.getInstance(
            javax.net.ssl.KeyManagerFactory.getDefaultAlgorithm());
    keys.init(client.keyStore("x"), "x".toCharArray());
    javax.net.ssl.TrustManagerFactory trust = javax.net.ssl.TrustManagerFactory.getInstance("PKIX");
    trust.init(ca.trustStore());
    // Shown whatever authorities the server names.
    javax.net.ssl.X509ExtendedKeyManager shown = new Insisting(keys);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(new javax.net.ssl.KeyManager[] {shown}, trust.getTrustManagers(), null);
    return context;
  }

  private int port() {
    return terminator.terminator().adminAddress().getPort();
  }

  private HttpRequest.Builder request(String method, String path) {
    String url = terminator.terminator().adminUrl().replace("0.0.0.0", "127.0.0.1");
    return HttpRequest.newBuilder(URI.create(url + path))
        .method(method, HttpRequest.BodyPublishers.noBody());
  }

  private HttpResponse<String> send(HttpClient http, String method, String path, String token)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(method, path);
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
