package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.HelloClient;
import io.terminator.testkit.KeyAlgorithm;
import io.terminator.testkit.TestCa;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * {@code explain} and a real handshake have the same result, because both use the same decision.
 */
class JudgementIT {
  private static final int LISTENERS = 25;
  private static final int HELLOS = 80;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final List<String> PROTOCOLS = List.of("h2", "http/1.1", "mqtt");
  private static final List<String> NAMES =
      List.of(
          "ec.example",
          "ec384.example",
          "rsa.example",
          "both.example",
          "a.new.example",
          "passed.example",
          "nobody.example");
  private static final List<String> GROUP_NAMES =
      List.of("X25519MLKEM768", "X25519", "P-256", "P-384", "P-521");
  private static final List<String> CIPHER_NAMES =
      List.of(
          "ECDHE-ECDSA-AES128-GCM-SHA256",
          "ECDHE-RSA-AES128-GCM-SHA256",
          "ECDHE-ECDSA-AES256-GCM-SHA384",
          "ECDHE-RSA-AES256-GCM-SHA384",
          "ECDHE-ECDSA-CHACHA20-POLY1305",
          "ECDHE-RSA-CHACHA20-POLY1305");
  private static final int[] CIPHERS = {
    0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0x009c
  };
  private static final int[] GROUPS = {0x11ec, 0x001d, 0x0017, 0x0018, 0x0019};
  private static final int[] SIGNATURES = {
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601
  };

  @Test
  void explainRefusesAProtocolThatTheListenerDoesNotSpeak() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(backend.address(), "    tls: { alpn: [http/1.1] }\n")) {
      JsonNode explained =
          get(terminator, "/v1/explain?sni=localhost&alpn=h2").path("listeners").path(0);
      assertThat(explained.path("answer").asText()).isEqualTo("refused");
      assertThat(explained.path("alert").asInt()).isEqualTo(120);
      assertThat(explained.path("reason").asText()).isEqualTo("no_application_protocol");
      assertThat(explained.path("outcome").asText())
          .startsWith("refused with no_application_protocol: the client offers the protocols [h2]");
      assertThat(explained.path("fix").asText()).contains("tls.alpn");
      assertThat(explained.path("certificate").isNull()).isTrue();
      JsonNode good =
          get(terminator, "/v1/explain?sni=localhost&alpn=h2,http/1.1").path("listeners").path(0);
      assertThat(good.path("answer").asText()).isEqualTo("served");
      assertThat(good.path("protocol").asText()).isEqualTo("http/1.1");
      assertThat(good.path("version").asText()).isEqualTo("TLS 1.3");
    }
  }

  @Test
  void aFailureThatTheConfigurationNoLongerCausesHasNothingToFix() throws Exception {
    TestCa ca = TestCa.create();
    try (EchoBackend backend = EchoBackend.start()) {
      String yaml =
          "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n    certificates: certs/\n"
              + "    backend: app\n    tls: { alpn: [%s] }\nbackends:\n  app: { servers: [\"127.0.0.1:"
              + backend.address().getPort()
              + "\"] }\n";
      try (RunningTerminator terminator =
          RunningTerminator.start(
              ca, Map.of("localhost", ca.server("localhost")), yaml.formatted("http/1.1"))) {
        HelloClient.Answer answer =
            HelloClient.ask(
                terminator.address(),
                new HelloClient.Offer(
                    "localhost",
                    List.of("h2"),
                    0x0303,
                    new int[] {0x0304},
                    CIPHERS,
                    GROUPS,
                    new int[] {0x001d},
                    SIGNATURES));
        assertThat(answer.alert()).isEqualTo(120);
        String failures = "/v1/handshake-failures?reason=no_application_protocol";
        org.awaitility.Awaitility.await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> get(terminator, failures).path("failures").size() == 1);
        assertThat(fix(terminator, failures)).contains("negotiates [http/1.1]");
        terminator.rewrite(yaml.formatted("h2"));
        terminator.terminator().reload("test");
        assertThat(fix(terminator, failures))
            .isEqualTo("nothing: the present configuration answers such a client");
      }
    }
  }

  @Test
  void aClientWithoutServerNameIsJudgedByTheAddressItConnectedTo() throws Exception {
    TestCa ca = TestCa.create();
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", ca.server("localhost")),
                "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
                    + "    certificates: certs/\n    backend: app\n    sni: { missing: reject }\n"
                    + "backends:\n  app: { servers: [\"127.0.0.1:"
                    + backend.address().getPort()
                    + "\"] }\n")) {
      HelloClient.Offer offer =
          new HelloClient.Offer(
              null,
              List.of("http/1.1"),
              0x0303,
              new int[] {0x0304},
              CIPHERS,
              GROUPS,
              new int[] {0x001d},
              SIGNATURES);
      assertThat(HelloClient.ask(terminator.address(), offer).alert()).isEqualTo(112);
      String failures = "/v1/handshake-failures?reason=no_sni";
      org.awaitility.Awaitility.await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> get(terminator, failures).path("failures").size() == 1);
      assertThat(fix(terminator, failures))
          .contains("add a certificate for the address that it connects to");
      ca.server("127.0.0.1").writeTo(terminator.directory().resolve("certs"), "address");
      terminator.terminator().reload("test");
      assertThat(HelloClient.ask(terminator.address(), offer).isServed()).isTrue();
      assertThat(fix(terminator, failures))
          .isEqualTo("nothing: the present configuration answers such a client");
    }
  }

  private static String fix(RunningTerminator terminator, String path) throws Exception {
    return get(terminator, path).path("failures").path(0).path("fix").asText();
  }

  @Test
  void explainAndTheHandshakeSayTheSame() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    TestCa ca = TestCa.create();
    Map<String, Credential> certificates = new HashMap<>();
    certificates.put("ec", ca.leaf("ec.example").issue());
    certificates.put("ec384", ca.leaf("ec384.example").algorithm(KeyAlgorithm.ECDSA_P384).issue());
    certificates.put("rsa", ca.leaf("rsa.example", "*.new.example").rsa().issue());
    certificates.put("both-ec", ca.leaf("both.example").issue());
    certificates.put("both-rsa", ca.leaf("both.example").rsa().issue());
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca, certificates, configuration(random, backend.address().getPort()))) {
      Map<String, Integer> answers = new TreeMap<>();
      for (int i = 0; i < HELLOS; i++) {
        HelloClient.Offer offer = offer(random);
        for (JsonNode explained : get(terminator, query(offer)).path("listeners")) {
          String listener = explained.path("listener").asText();
          String about = "seed " + seed + ", listener " + explained + ", " + offer;
          String answer = explained.path("answer").asText();
          answers.merge(answer + " " + explained.path("alert").asText(), 1, Integer::sum);
          HelloClient.Answer real = ask(terminator, listener, offer);
          if (real == null) {
            assertThat(answer).as(about).isEqualTo("passed-through");
          } else if (real.isServed()) {
            assertThat(answer).as(about).isEqualTo("served");
            if (real.certificate() != null) {
              assertThat(real.certificate())
                  .as(about)
                  .isEqualTo(certificates.get(explained.path("certificate").asText()).leaf());
              assertThat(real.protocol())
                  .as(about)
                  .isEqualTo(
                      explained.path("protocol").isNull()
                          ? null
                          : explained.path("protocol").asText());
            }
          } else {
            assertThat(answer).as(about).isEqualTo("refused");
            assertThat(explained.path("alert").asInt()).as(about).isEqualTo(real.alert());
          }
        }
      }
      System.out.println(answers);
      assertThat(answers.values().stream().mapToInt(Integer::intValue).sum())
          .isEqualTo(LISTENERS * HELLOS);
      assertThat(answers.keySet())
          .contains("served null", "refused 40", "refused 70", "refused 112", "refused 120");
      assertThat(answers.keySet()).anyMatch(key -> key.startsWith("passed-through"));
    }
  }

  /** Null if the server returned the ClientHello itself, because an echo backend received it. */
  private static HelloClient.@Nullable Answer ask(
      RunningTerminator terminator, String listener, HelloClient.Offer offer) throws IOException {
    try {
      return HelloClient.ask(terminator.address(listener), offer);
    } catch (HelloClient.UnexpectedMessage echoed) {
      assertThat(echoed.type()).isEqualTo(1);
      return null;
    }
  }

  private static String configuration(Random random, int backend) {
    StringBuilder yaml = new StringBuilder("workers: 1\nlisteners:\n");
    for (int i = 0; i < LISTENERS; i++) {
      yaml.append("  - name: l").append(i).append("\n    bind: \"127.0.0.1:0\"\n");
      yaml.append("    certificates: certs/\n    tls: ").append(policy(random)).append('\n');
      yaml.append("    sni: { missing: ")
          .append(random.nextBoolean() ? "default" : "reject")
          .append(", unknown: ")
          .append(random.nextBoolean() ? "default" : "reject")
          .append(" }\n");
      if (random.nextBoolean()) {
        yaml.append("    policies:\n      - { sni: \"*.new.example\", tls: ")
            .append(policy(random))
            .append(" }\n");
      }
      yaml.append("    routes:\n");
      yaml.append("      - { sni: passed.example, mode: passthrough, backend: app }\n");
      if (random.nextInt(3) == 0) {
        yaml.append("      - { sni: \"*.example\", backend: app }\n");
        yaml.append("      - { sni: \"*.new.example\", source: [10.0.0.0/8], backend: app }\n");
      } else {
        yaml.append("    backend: app\n");
      }
    }
    return yaml.append("backends:\n  app: { servers: [\"127.0.0.1:")
        .append(backend)
        .append("\"] }\n")
        .toString();
  }

  private static String policy(Random random) {
    List<String> keys = new ArrayList<>();
    int versions = random.nextInt(4);
    switch (versions) {
      case 0 -> keys.add("versions: [1.2]");
      case 1 -> keys.add("versions: [1.3]");
      default -> keys.add("preset: intermediate");
    }
    if (random.nextBoolean()) {
      // A hybrid group alone would leave TLS 1.2 without any.
      keys.add("groups: " + some(random, versions == 0 ? GROUP_NAMES.subList(1, 5) : GROUP_NAMES));
    }
    if (versions != 1 && random.nextBoolean()) {
      keys.add("ciphers: " + some(random, CIPHER_NAMES));
    }
    if (random.nextBoolean()) {
      keys.add("alpn: " + some(random, PROTOCOLS));
    }
    return "{ " + String.join(", ", keys) + " }";
  }

  private static HelloClient.Offer offer(Random random) {
    boolean tls13 = random.nextInt(3) > 0;
    boolean tls12 = !tls13 || random.nextBoolean();
    int[] groups = random.nextInt(15) == 0 ? null : some(random, GROUPS);
    int[] shares =
        !tls13 || groups == null
            ? null
            : Arrays.stream(groups)
                .filter(group -> group != 0x11ec)
                .limit(random.nextInt(3))
                .toArray();
    return new HelloClient.Offer(
        random.nextInt(6) == 0 ? null : NAMES.get(random.nextInt(NAMES.size())),
        random.nextInt(3) == 0 ? null : some(random, PROTOCOLS),
        tls13 || random.nextInt(8) > 0 ? 0x0303 : 0x0302,
        tls13 ? tls12 ? new int[] {0x0304, 0x0303} : new int[] {0x0304} : new int[0],
        some(random, CIPHERS),
        groups,
        shares,
        random.nextInt(15) == 0 ? null : some(random, SIGNATURES));
  }

  private static String query(HelloClient.Offer offer) {
    String versions =
        offer.versions().length > 0
            ? hex(offer.versions())
            : hex(new int[] {offer.legacyVersion()});
    String name = offer.serverName();
    List<String> alpn = offer.alpn();
    return "/v1/explain?versions="
        + versions
        + "&ciphers="
        + hex(offer.ciphers())
        + "&groups="
        + hex(offer.groups())
        + "&signatures="
        + hex(offer.signatures())
        + (name == null ? "" : "&sni=" + name)
        + (alpn == null
            ? ""
            : "&alpn=" + URLEncoder.encode(String.join(",", alpn), StandardCharsets.UTF_8));
  }

  private static String hex(int @Nullable [] values) {
    return values == null
        ? ""
        : String.join(
            ",", Arrays.stream(values).mapToObj(value -> String.format("0x%04x", value)).toList());
  }

  private static int[] some(Random random, int[] all) {
    return some(random, Arrays.stream(all).boxed().toList()).stream()
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static <T> List<T> some(Random random, List<T> all) {
    List<T> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, random);
    return List.copyOf(shuffled.subList(0, 1 + random.nextInt(all.size())));
  }

  private static JsonNode get(RunningTerminator terminator, String path) throws Exception {
    HttpResponse<String> response =
        HTTP.send(
            HttpRequest.newBuilder(URI.create(terminator.terminator().adminUrl() + path)).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }
}
