package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Reads and changes through the admin API while clients are served; long, because it requests every
 * resource.
 */
class AdminApiIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final ObjectMapper JSON = new ObjectMapper();

  private final TestCa ca = TestCa.create();
  private EchoBackend backend;
  private RunningTerminator terminator;

  @BeforeEach
  void start() {
    backend = EchoBackend.start();
    terminator =
        RunningTerminator.start(
            ca, Map.of("localhost", ca.server("localhost")), yaml(backend.port()));
  }

  @AfterEach
  void stop() {
    terminator.close();
    backend.close();
  }

  @Test
  void statusWorkersAndLogSayWhatHappens() throws Exception {
    try (TlsConnection live = connect("localhost")) {
      echo(live);
      JsonNode status = get("/v1/status");
      assertThat(status.path("state").asText()).isEqualTo("serving");
      assertThat(status.path("connectionsActive").asInt()).isEqualTo(1);
      assertThat(status.path("handshakes").asInt()).isEqualTo(1);
      assertThat(status.path("listeners").path("web").asText())
          .isEqualTo("127.0.0.1:" + terminator.address().getPort());
      JsonNode worker = get("/v1/workers").path("workers").path(0);
      assertThat(worker.path("connectionsActive").asInt()).isEqualTo(1);
      assertThat(worker.path("bytesIn").asInt()).isEqualTo(4);
      assertThat(worker.path("framesBudget").asLong()).isPositive();
      assertThat(worker.path("pauses").has("peer_full")).isTrue();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(
              () -> {
                echo(live);
                return get("/v1/status").path("throughput").path("bytesInPerSecond").asDouble() > 0;
              });
    }
    terminator.awaitNoConnection();
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> get("/v1/log").path("entries").asInt() == 1);
    Path log = terminator.directory().resolve("access.log");
    await().atMost(RunningTerminator.PATIENCE).until(() -> Files.exists(log));
    Files.move(log, log.resolveSibling("access.log.1"));
    assertThat(send("POST", "/v1/log:reopen", "").statusCode()).isEqualTo(200);
    connect("localhost").close();
    await().atMost(RunningTerminator.PATIENCE).until(() -> Files.exists(log));
  }

  @Test
  void aWorkerIsRestarted() throws Exception {
    assertThat(send("POST", "/v1/workers/0:restart", "").body()).contains("\"generation\":1");
    try (TlsConnection connection = connect("localhost")) {
      echo(connection);
    }
    assertProblem(send("POST", "/v1/workers/7:restart", ""), 404, "expected 0 to 0");
  }

  @Test
  void aCertificateIsUploadedTriedRolledBackAndRemoved() throws Exception {
    String path = "/v1/certificates/api.example";
    Credential first = ca.server("api.example");
    Credential second = ca.server("api.example");

    JsonNode plan = json(send("PUT", path + "?dry-run=true", bundle(first)), 200);
    assertThat(plan.path("applied").asBoolean()).isFalse();
    assertThat(plan.path("moves").path(0).path("host").asText()).isEqualTo("api.example");
    assertProblem(send("GET", path, ""), 404, "no certificate");

    assertThat(json(send("PUT", path, bundle(first)), 200).path("daysLeft").asInt()).isPositive();
    assertServes("api.example", first);
    HttpResponse<String> shown = send("GET", path, "");
    String tag = shown.headers().firstValue("etag").orElseThrow();
    assertThat(shown.body()).doesNotContain("PRIVATE");

    assertProblem(send("POST", path + ":rollback", ""), 409, "DELETE the upload");
    assertServes("api.example", first);

    try (TlsConnection onOld = connect("api.example")) {
      echo(onOld);
      JsonNode put = json(send("PUT", path, bundle(second), "If-Match", tag), 200);
      assertThat(put.path("connectionsOnOld").asInt()).isEqualTo(1);
      echo(onOld);
    }
    assertServes("api.example", second);
    assertProblem(send("PUT", path, bundle(first), "If-Match", tag), 412, "If-Match");
    assertServes("api.example", second);

    assertThat(send("POST", path + ":rollback", "").statusCode()).isEqualTo(200);
    assertServes("api.example", first);
    assertThat(get(path).path("versions")).hasSize(3);

    assertThat(send("DELETE", path, "").statusCode()).isEqualTo(200);
    assertServes("api.example", null);
    assertProblem(send("DELETE", path, ""), 404, "no upload");
  }

  @Test
  void everyFormOfAnUploadIsTaken() throws Exception {
    Credential credential = ca.server("form.example");
    String json =
        JSON.writeValueAsString(Map.of("chain", chain(credential), "key", key(credential)));
    assertThat(
            send("PUT", "/v1/certificates/json", json, "Content-Type", "application/json")
                .statusCode())
        .isEqualTo(200);
    String form =
        "--b\r\nContent-Disposition: form-data; name=\"chain\"; filename=\"c.pem\"\r\n\r\n"
            + chain(credential)
            + "\r\n--b\r\nContent-Disposition: form-data; name=\"key\"; filename=\"k.pem\"\r\n\r\n"
            + key(credential)
            + "\r\n--b--\r\n";
    assertThat(
            send(
                    "PUT",
                    "/v1/certificates/form",
                    form,
                    "Content-Type",
                    "multipart/form-data; boundary=b")
                .statusCode())
        .isEqualTo(200);
    assertThat(get("/v1/certificates").path("certificates")).hasSize(3);
    assertThat(get("/v1/certificates?expires-within=1d").path("certificates")).isEmpty();
    assertServes("form.example", credential);
  }

  @Test
  void aPasswordOfAKeyStoreIsGivenInAForm() throws Exception {
    Credential credential = ca.server("pkcs12.example");
    byte[] store = credential.pkcs12("of the store");
    String path = "/v1/certificates/pkcs12";
    assertProblem(
        put(path, store, "application/x-pkcs12"),
        422,
        "`password` of an upload, which is JSON or a multipart form");
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    form.writeBytes(
        "--b\r\nContent-Disposition: form-data; name=\"pkcs12\"; filename=\"a.p12\"\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII));
    form.writeBytes(store);
    form.writeBytes(
        "\r\n--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nof the store\r\n--b--\r\n"
            .getBytes(StandardCharsets.US_ASCII));
    HttpResponse<String> taken = put(path, form.toByteArray(), "multipart/form-data; boundary=b");
    assertThat(taken.statusCode()).as(taken.body()).isEqualTo(200);
    assertServes("pkcs12.example", credential);
  }

  private HttpResponse<String> put(String path, byte[] body, String type) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(terminator.terminator().adminUrl() + path))
                .PUT(HttpRequest.BodyPublishers.ofByteArray(body))
                .header("Content-Type", type)
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aCertificateOfAFileHasNoVersions() throws Exception {
    HttpResponse<String> refused = send("POST", "/v1/certificates/localhost:rollback", "");
    assertProblem(refused, 409, "is not an upload but comes from");
    assertThat(refused.body()).contains("localhost.crt");
    assertProblem(
        send("POST", "/v1/certificates/nothing:rollback", ""), 404, "no certificate \\\"nothing");
  }

  @Test
  void aKeyWithAPasswordOfItsOwnIsUploadedWithBoth() throws Exception {
    Credential credential = ca.server("store.example");
    KeyStore store = KeyStore.getInstance("JKS");
    store.load(null, null);
    store.setKeyEntry(
        "one",
        credential.key(),
        "of the key".toCharArray(),
        credential.chain().toArray(Certificate[]::new));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    store.store(file, "of the store".toCharArray());
    Map<String, String> body = new TreeMap<>();
    body.put("pkcs12", Base64.getEncoder().encodeToString(file.toByteArray()));
    body.put("password", "of the store");
    String path = "/v1/certificates/store";
    String[] json = {"Content-Type", "application/json"};
    HttpResponse<String> refused =
        send("PUT", path, new ObjectMapper().writeValueAsString(body), json);
    assertProblem(refused, 422, "`keyPassword` of an upload");
    body.put("keyPassword", "of the key");
    assertThat(send("PUT", path, new ObjectMapper().writeValueAsString(body), json).statusCode())
        .isEqualTo(200);
    assertServes("store.example", credential);
  }

  @Test
  void aBadUploadIsRefusedWithItsReasonAndChangesNothing() throws Exception {
    String path = "/v1/certificates/localhost";
    Credential one = ca.server("localhost");
    Credential other = ca.server("localhost");
    String mixed = chain(one) + key(other);
    HttpResponse<String> refused = send("PUT", path, mixed);
    assertProblem(refused, 422, "does not belong to the certificate");
    assertThat(refused.body()).doesNotContain("PRIVATE KEY", key(other).lines().toList().get(1));
    assertProblem(send("PUT", path, "no certificate at all"), 422, "refused");
    assertProblem(send("PUT", path, ""), 400, "body: empty");
    assertProblem(
        send("PUT", path, "{\"chian\":\"\"}", "Content-Type", "application/json"),
        400,
        "body.chian: unknown key; expected only");
    assertProblem(
        send("PUT", path, "{", "Content-Type", "application/json"), 400, "body, line 1, column");
    assertProblem(send("PUT", path + "?dry-run=maybe", "x"), 400, "query.dry-run");
    assertProblem(send("PATCH", path, "x"), 405, "expected DELETE or GET or HEAD or PUT");
    assertProblem(send("GET", "/v1/nothing", ""), 404, "/openapi.json");
    try (TlsConnection connection = connect("localhost")) {
      echo(connection);
    }
  }

  @Test
  void connectionsAreListedFilteredAndClosed() throws Exception {
    try (TlsConnection one = connect("localhost");
        TlsConnection two = connect("other.example")) {
      echo(one);
      echo(two);
      JsonNode found = get("/v1/connections?sni=other.example");
      assertThat(found.path("total").asInt()).isEqualTo(1);
      JsonNode view = found.path("connections").path(0);
      assertThat(view.path("phase").asText()).isEqualTo("relay");
      assertThat(view.path("backend").asText()).isEqualTo("app");
      String id = view.path("connection").asText();
      assertThat(send("DELETE", "/v1/connections/" + id, "").statusCode()).isEqualTo(200);
      assertThat(two.readToEnd().bytes()).isEmpty();
      echo(one);
      assertProblem(send("DELETE", "/v1/connections/" + id, ""), 404, "no connection");
      assertProblem(send("GET", "/v1/connections?colour=red", ""), 400, "query.colour");
    }
  }

  @Test
  void aServerIsDrainedDisabledAndMadeReady() throws Exception {
    String server = "/v1/backends/app/servers/127.0.0.1:" + backend.port();
    try (TlsConnection live = connect("localhost")) {
      echo(live);
      assertThat(send("POST", server + ":drain", "").statusCode()).isEqualTo(200);
      echo(live);
      assertThat(serverView().path("state").asText()).isEqualTo("drain");
      assertThat(send("POST", server + ":disable", "").statusCode()).isEqualTo(200);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> serverView().path("connectionsActive").asInt() == 0);
    }
    assertThat(send("POST", server + ":ready", "").statusCode()).isEqualTo(200);
    try (TlsConnection connection = connect("localhost")) {
      echo(connection);
    }
    assertProblem(
        send("POST", "/v1/backends/app/servers/nobody:drain", ""), 404, "path.s: no server");
    assertProblem(send("POST", "/v1/backends/none/servers/x:drain", ""), 404, "path.b: no backend");
  }

  private JsonNode serverView() throws Exception {
    return get("/v1/backends").path("backends").path(0).path("servers").path(0);
  }

  @Test
  void theConfigurationIsCheckedAndReloaded() throws Exception {
    try (ScriptedBackend other = ScriptedBackend.start(peer -> peer.write("new"))) {
      String next = Files.readString(terminator.directory().resolve("terminator.yaml"));
      String changed = next.replace("127.0.0.1:" + backend.port(), "127.0.0.1:" + other.port());
      JsonNode plan = json(send("POST", "/v1/config:check", changed), 200);
      assertThat(plan.path("result").asText()).isEqualTo("valid");
      assertThat(plan.path("changes").path(0).path("path").asText())
          .isEqualTo("backends.app.servers");
      assertThat(json(send("POST", "/v1/config:check", next), 200).path("result").asText())
          .isEqualTo("unchanged");
      HttpResponse<String> bad = send("POST", "/v1/config:check", changed + "hurry: true\n");
      assertProblem(bad, 422, "is not a known key");
      HttpResponse<String> nowhere =
          send(
              "POST",
              "/v1/config:check",
              changed.replaceFirst("bind: \"[^\"]*\"", "bind: \"nohost.invalid:1\""));
      assertProblem(nowhere, 422, "has a host that does not resolve");
      HttpResponse<String> many =
          send("POST", "/v1/config:check", "listeners: [" + "x,".repeat(250_000) + "]\n");
      assertProblem(many, 422, "has more than 100 problems");
      assertThat(many.body().length()).isLessThan(500_000);
      assertThat(json(send("POST", "/v1/config:reload", ""), 200).path("result").asText())
          .isEqualTo("unchanged");
      Files.writeString(terminator.directory().resolve("terminator.yaml"), changed + "hurry: 1\n");
      assertProblem(send("POST", "/v1/config:reload", ""), 422, "stays active");
      Files.writeString(terminator.directory().resolve("terminator.yaml"), changed);
      assertThat(json(send("POST", "/v1/config:reload", ""), 200).path("result").asText())
          .isEqualTo("applied");
      try (TlsConnection connection = connect("localhost")) {
        assertThat(connection.readToEnd().text()).isEqualTo("new");
      }
    }
  }

  @Test
  void explainsWhoGoesWhereAndWhyNotElsewhere() throws Exception {
    JsonNode special = explained("sni=special.example&alpn=h2&source=192.0.2.7");
    assertThat(special.path("backend").asText()).isEqualTo("app");
    assertThat(special.path("routes").path(0).path("whyNot").asText())
        .contains("source: the address is not in");
    JsonNode inside = explained("sni=special.example&source=10.1.2.3");
    assertThat(inside.path("routes")).hasSize(1);
    assertThat(inside.path("outcome").asText()).contains("served with the default certificate");
    assertThat(explained("sni=localhost").path("certificate").asText()).isEqualTo("localhost");
    assertProblem(send("GET", "/v1/explain?source=nowhere", ""), 400, "query.source");
  }

  private JsonNode explained(String query) throws Exception {
    return get("/v1/explain?" + query).path("listeners").path(0);
  }

  @Test
  void failedHandshakesAreKeptWithCauseAndFix() throws Exception {
    try (TcpClient client = TcpClient.connect(terminator.address())) {
      client.write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      client.readToEnd();
    }
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> get("/v1/handshake-failures").path("failures").size() == 1);
    JsonNode failure = get("/v1/handshake-failures?source=127.0.0.1").path("failures").path(0);
    assertThat(failure.path("reason").asText()).isEqualTo("plain_http");
    assertThat(failure.path("fix").asText()).contains("https://");
    assertThat(get("/v1/handshake-failures?reason=no_route").path("failures")).isEmpty();
  }

  @Test
  void aFailureNamesWhatTheClientOffersAndWhatThePolicyWants() throws Exception {
    try (TcpClient client = TcpClient.connect(terminator.address())) {
      // A ClientHello of TLS 1.1 with one cipher suite and no extension.
      client.write(
          HexFormat.of().parseHex("160301002d010000290302" + "07".repeat(32) + "000002c0140100"));
      client.readToEnd();
    }
    JsonNode old = failure("unsupported_protocol");
    assertThat(old.path("cause").asText())
        .isEqualTo(
            "the client offers only TLS 1.1; the listener's policy `intermediate` starts at 1.2");
    assertThat(old.path("fix").asText())
        .isEqualTo("update the client to TLS 1.2 or newer; older versions are not supported");

    Process openssl =
        new ProcessBuilder(
                "openssl",
                "s_client",
                "-groups",
                "P-521",
                "-connect",
                "127.0.0.1:" + terminator.address().getPort())
            .redirectErrorStream(true)
            .start();
    openssl.getOutputStream().close();
    openssl.getInputStream().readAllBytes();
    JsonNode group = failure("no_shared_group");
    assertThat(group.path("cause").asText()).contains("the client offers P-521");
    assertThat(group.path("fix").asText())
        .contains("policy `intermediate` allows [X25519MLKEM768, X25519, P-256, P-384]");
  }

  private JsonNode failure(String reason) {
    return await()
        .atMost(RunningTerminator.PATIENCE)
        .until(
            () -> get("/v1/handshake-failures?reason=" + reason).path("failures").path(0),
            found -> !found.isMissingNode());
  }

  @Test
  void failuresOutliveTheirWorkerForAWhile() throws Exception {
    plainHttp();
    JsonNode first = failure("plain_http");
    send("POST", "/v1/workers/0:restart", "");
    plainHttp();
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> get("/v1/handshake-failures").path("failures").size() == 2);
    for (int i = 0; i < 20; i++) {
      assertThat(send("POST", "/v1/workers/0:restart", "").statusCode()).isEqualTo(200);
    }
    plainHttp();
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(
            () -> {
              JsonNode now = get("/v1/handshake-failures").path("failures");
              return now.size() == 1 && !now.path(0).equals(first);
            });
  }

  private void plainHttp() throws IOException {
    try (TcpClient client = TcpClient.connect(terminator.address())) {
      client.write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      client.readToEnd();
    }
  }

  @Test
  void ofManyConnectionsTheFirstAreShownAndAllAreCounted() throws Exception {
    int many = 300;
    List<TcpClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < many; i++) {
        clients.add(TcpClient.connect(terminator.address()));
      }
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> get("/v1/connections?limit=7").path("total").asInt() == many);
      JsonNode shown = get("/v1/connections?phase=handshake&client=127.0.0.1&limit=7");
      assertThat(shown.path("connections")).hasSize(7);
      assertThat(shown.path("total").asInt()).isEqualTo(many);
      assertThat(get("/v1/connections?phase=relay").path("total").asInt()).isZero();
    } finally {
      for (TcpClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void ofChangesThatHoldTheSameTagOneIsMade() throws Exception {
    String path = "/v1/certificates/localhost";
    Credential next = ca.server("localhost");
    String tag = send("GET", path, "").headers().firstValue("etag").orElseThrow();
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      answers.add(
          HTTP.sendAsync(
              request("PUT", path, bundle(next), "If-Match", tag).build(),
              HttpResponse.BodyHandlers.ofString()));
    }
    List<Integer> statuses = new ArrayList<>();
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      statuses.add(answer.get(60, TimeUnit.SECONDS).statusCode());
    }
    assertThat(statuses).containsExactlyInAnyOrder(200, 412, 412, 412, 412, 412);
    assertProblem(
        send("PUT", "/v1/certificates/.hidden", bundle(next)),
        422,
        "not a valid name for an upload");
  }

  @Test
  void everyRouteIsDescribedAndEveryDescriptionIsARoute() throws Exception {
    JsonNode paths = get("/openapi.json").path("paths");
    List<String> described = new ArrayList<>();
    paths
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        method ->
                            described.add(method.getKey().toUpperCase() + " " + path.getKey())));
    assertThat(described).contains("PUT /v1/certificates/{name}", "POST /v1/config:reload");
    for (String operation : described) {
      String[] parts = operation.split(" ", 2);
      String path = parts[1].replaceAll("\\{[a-z]+}", "absent");
      if (path.equals("/v1:drain")) {
        continue;
      }
      HttpResponse<String> response = send(parts[0], path, "");
      assertThat(response.body()).as(operation).doesNotContain("there is no resource", "method: ");
      assertThat(response.statusCode()).as(operation).isNotEqualTo(500);
    }
  }

  @Test
  void everyParameterIsDescribedAndNoOtherIsTaken() throws Exception {
    JsonNode paths = get("/openapi.json").path("paths");
    int parameters = 0;
    for (Map.Entry<String, JsonNode> path : paths.properties()) {
      for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
        if (!operation.getValue().has("security") || path.getKey().equals("/v1:drain")) {
          continue;
        }
        String method = operation.getKey().toUpperCase();
        String target = path.getKey().replaceAll("\\{[a-z]+}", "absent");
        for (JsonNode parameter : operation.getValue().path("parameters")) {
          if (parameter.path("in").asText().equals("query")) {
            parameters++;
            String name = parameter.path("name").asText();
            assertThat(send(method, target + "?" + name + "=1", "").body())
                .as(method + " " + target + " " + name)
                .doesNotContain("unsupported algorithm");
          }
        }
        assertProblem(
            send(method, target + "?nonsense=1", ""), 400, "query.nonsense: is not known");
      }
    }
    assertThat(parameters).isGreaterThan(14);
    JsonNode put = paths.path("/v1/certificates/{name}").path("put");
    assertThat(put.path("parameters").findValuesAsText("name"))
        .containsExactlyInAnyOrder("name", "dry-run", "If-Match", "If-None-Match");
    for (Map.Entry<String, JsonNode> type : put.path("requestBody").path("content").properties()) {
      assertThat(send("PUT", "/v1/certificates/x", "x", "Content-Type", type.getKey()).statusCode())
          .as(type.getKey())
          .isNotEqualTo(415);
    }
    assertProblem(
        send("PUT", "/v1/certificates/x", "x", "Content-Type", "image/png"),
        415,
        "expected one of application/json");
    assertProblem(
        send("POST", "/v1/config:check", "x", "Content-Type", "text/html"),
        415,
        "application/yaml");
  }

  @Test
  void everyAnswerHasTheFieldsThatAreDescribed() throws Exception {
    JsonNode paths = get("/openapi.json").path("paths");
    assertFields(paths, "get", "/v1/status", send("GET", "/v1/status", ""));
    assertFields(paths, "get", "/v1/log", send("GET", "/v1/log", ""));
    assertFields(paths, "post", "/v1/log:reopen", send("POST", "/v1/log:reopen", ""));
    assertFields(paths, "get", "/v1/workers", send("GET", "/v1/workers", ""));
    assertFields(
        paths, "post", "/v1/workers/{n}:restart", send("POST", "/v1/workers/0:restart", ""));
    assertFields(paths, "get", "/v1/connections", send("GET", "/v1/connections", ""));
    assertFields(paths, "get", "/v1/backends", send("GET", "/v1/backends", ""));
    String server = "/v1/backends/app/servers/127.0.0.1:" + backend.port() + ":ready";
    assertFields(paths, "post", "/v1/backends/{b}/servers/{s}:ready", send("POST", server, ""));
    assertFields(paths, "get", "/v1/certificates", send("GET", "/v1/certificates", ""));
    assertFields(
        paths, "post", "/v1/certificates:reload", send("POST", "/v1/certificates:reload", ""));
    String name = "/v1/certificates/{name}";
    String fields = "/v1/certificates/fields";
    Credential credential = ca.server("fields.example");
    assertFields(paths, "put", name, send("PUT", fields, bundle(credential)));
    assertFields(paths, "get", name, send("GET", fields, ""));
    send("PUT", fields, bundle(ca.server("fields.example")));
    assertFields(paths, "post", name + ":rollback", send("POST", fields + ":rollback", ""));
    assertFields(paths, "delete", name, send("DELETE", fields, ""));
    assertFields(paths, "post", "/v1/config:check", send("POST", "/v1/config:check", ""));
    assertFields(paths, "post", "/v1/config:reload", send("POST", "/v1/config:reload", ""));
    assertFields(paths, "get", "/v1/explain", send("GET", "/v1/explain", ""));
    assertFields(paths, "get", "/v1/handshake-failures", send("GET", "/v1/handshake-failures", ""));
    assertFields(paths, "get", "/openapi.json", send("GET", "/openapi.json", ""));
    assertFields(paths, "post", "/v1:drain", send("POST", "/v1:drain", ""));
  }

  private static void assertFields(
      JsonNode paths, String method, String template, HttpResponse<String> response)
      throws IOException {
    JsonNode described = paths.path(template).path(method).path("responses");
    JsonNode schema =
        described
            .path(Integer.toString(response.statusCode()))
            .path("content")
            .path("application/json")
            .path("schema");
    List<String> fields = new ArrayList<>();
    JSON.readTree(response.body()).fieldNames().forEachRemaining(fields::add);
    List<String> expected = new ArrayList<>();
    schema.path("properties").fieldNames().forEachRemaining(expected::add);
    assertThat(fields).as(template + response.body()).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void aPageOfAnotherSiteCannotChangeAnything() throws Exception {
    assertProblem(
        send("POST", "/v1/log:reopen", "", "Origin", "https://evil.example"), 403, "Origin");
  }

  private String yaml(int backendPort) {
    return "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n    certificates: certs/\n"
        + "    routes: [{ sni: special.example, source: 10.0.0.0/8, backend: app }]\n"
        + "    backend: app\n"
        + "backends:\n  app: { servers: [\"127.0.0.1:"
        + backendPort
        + "\"] }\n";
  }

  private TlsConnection connect(String name) throws IOException {
    return terminator.client().serverName(name).connect(terminator.address());
  }

  private static void echo(TlsConnection connection) throws IOException {
    connection.write("ping");
    assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
  }

  /** Null: the default certificate. */
  private void assertServes(String name, Credential expected) throws IOException {
    try (TlsConnection connection = connect(name)) {
      String serial = connection.peerCertificates().get(0).getSerialNumber().toString();
      if (expected == null) {
        assertThat(connection.peerCertificates().get(0).getSubjectX500Principal().getName())
            .contains("localhost");
      } else {
        assertThat(serial).isEqualTo(expected.leaf().getSerialNumber().toString());
      }
    }
  }

  private static String chain(Credential credential) {
    return credential.chainPem();
  }

  private static String key(Credential credential) {
    return credential.keyPem();
  }

  private static String bundle(Credential credential) {
    return chain(credential) + key(credential);
  }

  private JsonNode get(String path) throws Exception {
    return json(send("GET", path, ""), 200);
  }

  private static JsonNode json(HttpResponse<String> response, int status) throws IOException {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    return JSON.readTree(response.body());
  }

  private static void assertProblem(HttpResponse<String> response, int status, String detail) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("content-type")).contains("application/problem+json");
    assertThat(response.body()).contains(detail);
  }

  private HttpResponse<String> send(String method, String path, String body, String... headers)
      throws Exception {
    return HTTP.send(
        request(method, path, body, headers).build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String method, String path, String body, String... headers) {
    InetSocketAddress admin = terminator.terminator().adminAddress();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin.getPort() + path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    } else if (method.equals("POST") && !body.isEmpty()) {
      request.header("Content-Type", "application/yaml");
    }
    return request;
  }
}
