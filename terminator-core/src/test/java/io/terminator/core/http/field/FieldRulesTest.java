package io.terminator.core.http.field;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.unix.DomainSocketAddress;
import io.terminator.core.chain.ClientIdentity;
import io.terminator.core.chain.Protection;
import io.terminator.core.http.field.FieldConfig.Edits;
import io.terminator.core.http.field.FieldConfig.Forwarded;
import io.terminator.core.http.field.FieldConfig.Forwarded.Mode;
import io.terminator.core.http.field.FieldConfig.Forwarded.Style;
import io.terminator.core.http.field.FieldConfig.Hsts;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import io.terminator.core.setting.Cidr;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldRulesTest {
  private static final SocketAddress CLIENT = new InetSocketAddress("192.0.2.7", 40_000);
  private static final SocketAddress PROXY = new InetSocketAddress("10.0.0.9", 40_000);
  private static final SocketAddress HERE = new InetSocketAddress("198.51.100.1", 8443);
  private static final FieldConfig.RequestId NO_ID =
      new FieldConfig.RequestId("X-Request-Id", FieldConfig.RequestId.Mode.OFF);
  private static final Protection TLS =
      new Protection(
          "TLSv1.3",
          "TLS_AES_128_GCM_SHA256",
          "X25519MLKEM768",
          false,
          "www.example",
          "h2",
          List.of(),
          "t13d1516h2_8daaf6152771_b186095e22b6",
          "www");

  private final Heads heads = new Heads();
  private final RequestId id = new RequestId();

  private Head request(String... fields) {
    Head head = heads.take(HeadKind.REQUEST);
    head.setMethod("GET");
    head.setAuthority("www.example:8443");
    head.setPath("/");
    for (int i = 0; i < fields.length; i += 2) {
      head.add(fields[i], fields[i + 1]);
    }
    return head;
  }

  private static List<String> fields(Head head) {
    List<String> fields = new ArrayList<>();
    for (int i = 0; i < head.size(); i++) {
      fields.add(head.nameText(i) + ": " + head.value(i));
    }
    return fields;
  }

  private static FieldConfig forwarded(Mode mode, Style style) {
    return new FieldConfig(
        new Forwarded(mode, style),
        List.of(Cidr.parse("10.0.0.0/8")),
        NO_ID,
        Edits.NONE,
        Edits.NONE,
        null);
  }

  private static FieldConfig edits(Edits request) {
    return new FieldConfig(
        new Forwarded(Mode.OFF, Style.BOTH), List.of(), NO_ID, request, Edits.NONE, null);
  }

  private List<String> afterRequest(FieldConfig config, SocketAddress client, String... fields) {
    return afterRequest(config, client, TLS, fields);
  }

  private List<String> afterRequest(
      FieldConfig config, SocketAddress client, Protection protection, String... fields) {
    FieldRules rules = new FieldRules(config);
    Head head = request(fields);
    rules.applyToRequest(head, rules.factsOf(client, HERE, protection), id);
    return fields(head);
  }

  @Test
  void namesTheClientByDefault() {
    assertThat(afterRequest(forwarded(Mode.SET, Style.X_FORWARDED), CLIENT, "Accept", "*/*"))
        .containsExactly(
            "Accept: */*",
            "X-Forwarded-For: 192.0.2.7",
            "X-Forwarded-Proto: https",
            "X-Forwarded-Host: www.example:8443",
            "X-Forwarded-Port: 8443");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "192.0.2.7      | for=192.0.2.7;host=\"www.example:8443\";proto=https",
        "2001:db8::17   | for=\"[2001:db8::17]\";host=\"www.example:8443\";proto=https",
        "::ffff:1.2.3.4 | for=1.2.3.4;host=\"www.example:8443\";proto=https",
        "fe80::1%1      | for=\"[fe80::1]\";host=\"www.example:8443\";proto=https",
      })
  void writesForwardedWithQuotes(String client, String expected) {
    assertThat(
            afterRequest(forwarded(Mode.SET, Style.RFC7239), new InetSocketAddress(client, 40_000)))
        .containsExactly("Forwarded: " + expected);
  }

  @Test
  void saysUnknownForAClientWithoutAnAddress() {
    assertThat(
            afterRequest(
                forwarded(Mode.SET, Style.BOTH), new DomainSocketAddress("/run/front.sock")))
        .containsExactly(
            "X-Forwarded-Proto: https",
            "X-Forwarded-Host: www.example:8443",
            "X-Forwarded-Port: 8443",
            "Forwarded: for=unknown;host=\"www.example:8443\";proto=https");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For",
        "x-forwarded-for",
        "X_Forwarded_For",
        "X-FORWARDED_PROTO",
        "X-Forwarded-Host",
        "X-Forwarded-Port",
        "X-Forwarded-Prefix",
        "X-Forwarded-Server",
        "X-Real-IP",
        "x_real_ip",
        "Forwarded",
      })
  void dropsWhatAClientClaims(String name) {
    for (Mode mode : Mode.values()) {
      for (Style style : Style.values()) {
        assertThat(afterRequest(forwarded(mode, style), CLIENT, name, "6.6.6.6", name, "evil"))
            .as("%s %s", mode, style)
            .noneMatch(field -> field.contains("6.6.6.6") || field.contains("evil"));
      }
    }
  }

  @Test
  void addsToWhatATrustedProxySaid() {
    assertThat(
            afterRequest(
                forwarded(Mode.APPEND, Style.BOTH),
                PROXY,
                "X-Forwarded-For",
                "203.0.113.1",
                "X-Forwarded-For",
                "203.0.113.2",
                "X-Forwarded-Proto",
                "http",
                "Forwarded",
                "for=203.0.113.1"))
        .containsExactly(
            "X-Forwarded-Proto: http",
            "X-Forwarded-For: 203.0.113.1, 203.0.113.2, 10.0.0.9",
            "X-Forwarded-Host: www.example:8443",
            "X-Forwarded-Port: 8443",
            "Forwarded: for=203.0.113.1, for=10.0.0.9;host=\"www.example:8443\";proto=https");
  }

  /** A reader of RFC 7239 would take everything after the quote for its content. */
  @ParameterizedTest
  @ValueSource(strings = {"for=\"[::1", "for=a, for=\"b\\\"", "\""})
  void dropsAForwardedFieldWithAnOpenQuote(String open) {
    assertThat(
            afterRequest(
                forwarded(Mode.APPEND, Style.RFC7239),
                PROXY,
                "Forwarded",
                open,
                "Forwarded",
                "for=\"a\\\"b\""))
        .containsExactly(
            "Forwarded: for=\"a\\\"b\", for=10.0.0.9;host=\"www.example:8443\";proto=https");
  }

  @Test
  void passesATrustedProxysFieldsUnchangedIfItAddsNone() {
    assertThat(
            afterRequest(forwarded(Mode.OFF, Style.BOTH), PROXY, "X-Forwarded-For", "203.0.113.1"))
        .containsExactly("X-Forwarded-For: 203.0.113.1");
  }

  @Test
  void replacesATrustedProxysFieldsIfItSetsThem() {
    assertThat(
            afterRequest(
                forwarded(Mode.SET, Style.RFC7239),
                PROXY,
                "X-Forwarded-For",
                "203.0.113.1",
                "Forwarded",
                "for=203.0.113.1"))
        .containsExactly("Forwarded: for=10.0.0.9;host=\"www.example:8443\";proto=https");
  }

  @Test
  void passesTraceContextAndUnknownFields() {
    String parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assertThat(
            afterRequest(
                forwarded(Mode.OFF, Style.BOTH), CLIENT, "traceparent", parent, "X-Any", "a"))
        .containsExactly("traceparent: " + parent, "X-Any: a");
  }

  @Test
  void writesEveryVariable() {
    Protection mutual =
        new Protection(
            "TLSv1.3",
            "TLS_AES_128_GCM_SHA256",
            "X25519",
            false,
            "www.example",
            "http/1.1",
            List.of(),
            "t13d",
            "www",
            new ClientIdentity("CN=alice,O=Example", "alice", List.of(), "ab12", new byte[0]));
    Map<String, FieldTemplate> set = new java.util.LinkedHashMap<>();
    for (FieldVariable variable : FieldVariable.values()) {
      set.put("X-" + variable.ordinal(), FieldTemplate.parse("${" + variable.label() + "}"));
    }
    FieldConfig config =
        new FieldConfig(
            new Forwarded(Mode.OFF, Style.BOTH),
            List.of(),
            FieldConfig.RequestId.DEFAULT,
            new Edits(set, Map.of(), List.of()),
            Edits.NONE,
            null);

    List<String> fields = afterRequest(config, CLIENT, mutual);

    assertThat(fields)
        .containsExactly(
            "X-Request-Id: " + id,
            "X-0: 192.0.2.7",
            "X-1: 40000",
            "X-2: CN=alice,O=Example",
            "X-3: ab12",
            "X-4: www.example",
            "X-5: TLSv1.3",
            "X-6: TLS_AES_128_GCM_SHA256",
            "X-7: X25519",
            "X-8: http/1.1",
            "X-9: t13d",
            "X-10: " + id);
    assertThat(id.toString()).matches("[0-9a-f]{32}");
  }

  @Test
  void removesAFieldWhoseValueTheClientLacks() {
    Edits edits =
        new Edits(
            Map.of("X-Client-Cert", FieldTemplate.parse("${client.certificate.subject}")),
            Map.of(),
            List.of());

    assertThat(
            afterRequest(
                edits(edits), CLIENT, "X-Client-Cert", "CN=root", "X_Client_Cert", "CN=root"))
        .isEmpty();
  }

  @Test
  void trailersClaimNoMoreThanHeads() {
    FieldRules rules =
        new FieldRules(
            new FieldConfig(
                Forwarded.DEFAULT,
                List.of(),
                FieldConfig.RequestId.DEFAULT,
                new Edits(
                    Map.of("X-Client-Cert", FieldTemplate.parse("${client.certificate.subject}")),
                    Map.of(),
                    List.of("X-Debug")),
                Edits.NONE,
                null));
    Head trailers = heads.take(HeadKind.TRAILERS);
    for (String name :
        List.of("X-Forwarded-For", "x_client_cert", "X-Debug", "X-Request-Id", "X-Checksum")) {
      trailers.add(name, "a");
    }

    rules.applyToTrailers(trailers, rules.factsOf(CLIENT, HERE, TLS));

    assertThat(fields(trailers)).containsExactly("X-Checksum: a");
  }

  @Test
  void setsAddsAndRemoves() {
    Edits edits =
        new Edits(
            Map.of("X-Set", FieldTemplate.parse("v=${tls.version}; literal $${x}")),
            Map.of("X-Add", FieldTemplate.parse("two")),
            List.of("X-Gone"));

    assertThat(
            afterRequest(
                edits(edits), CLIENT, "x-set", "1", "X-Add", "one", "x-gone", "1", "X-Gone", "2"))
        .containsExactly("X-Add: one", "X-Set: v=TLSv1.3; literal ${x}", "X-Add: two");
  }

  @Test
  void noCertificateCanInjectAField() {
    Protection hostile =
        new Protection(
            "TLSv1.3",
            "c",
            "g",
            false,
            null,
            null,
            List.of(),
            null,
            null,
            new ClientIdentity("CN=a\r\nX-Admin: yes\0", "a", List.of(), "ab", new byte[0]));
    Edits edits =
        new Edits(
            Map.of("X-Client-Cert", FieldTemplate.parse("${client.certificate.subject}")),
            Map.of(),
            List.of());

    assertThat(afterRequest(edits(edits), CLIENT, hostile))
        .containsExactly("X-Client-Cert: CN=a\\0D\\0AX-Admin: yes\\00");
  }

  @ParameterizedTest
  @CsvSource({
    // mode, from a trusted proxy, sent, kept
    "NEW,true,abc,false",
    "TRUSTED,false,abc,false",
    "TRUSTED,true,abc,true",
    "ANY,false,abc-1.2:3,true",
    "ANY,false,a b,false",
    "ANY,false,'a\"b',false",
  })
  void keepsAnIdOrMakesOne(
      FieldConfig.RequestId.Mode mode, boolean trusted, String sent, boolean kept) {
    FieldConfig config =
        new FieldConfig(
            new Forwarded(Mode.OFF, Style.BOTH),
            List.of(Cidr.parse("10.0.0.0/8")),
            new FieldConfig.RequestId("X-Request-Id", mode),
            Edits.NONE,
            Edits.NONE,
            null);

    List<String> fields = afterRequest(config, trusted ? PROXY : CLIENT, "x-request-id", sent);

    assertThat(fields).singleElement().asString().endsWith(": " + id);
    assertThat(id.toString().equals(sent)).isEqualTo(kept);
  }

  @Test
  void makesAnIdIfTheClientSendsTwo() {
    FieldConfig config =
        new FieldConfig(
            new Forwarded(Mode.OFF, Style.BOTH),
            List.of(),
            new FieldConfig.RequestId("X-Request-Id", FieldConfig.RequestId.Mode.ANY),
            Edits.NONE,
            Edits.NONE,
            null);

    assertThat(afterRequest(config, CLIENT, "X-Request-Id", "a", "X_Request_Id", "b"))
        .containsExactly("X-Request-Id: " + id);
    assertThat(id.length()).isEqualTo(32);
  }

  @Test
  void addsHstsToTlsResponsesOnly() {
    FieldConfig config =
        new FieldConfig(
            Forwarded.DEFAULT,
            List.of(),
            NO_ID,
            Edits.NONE,
            new Edits(Map.of(), Map.of(), List.of("Server")),
            new Hsts(Duration.ofDays(365), true, false));
    FieldRules rules = new FieldRules(config);
    for (Protection protection : List.of(TLS, Protection.NONE)) {
      Head answer = heads.take(HeadKind.RESPONSE);
      answer.add("Server", "nginx");
      answer.add("strict-transport-security", "max-age=0");

      rules.applyToResponse(answer, rules.factsOf(CLIENT, HERE, protection), id);

      assertThat(fields(answer))
          .containsExactly(
              protection == TLS
                  ? "Strict-Transport-Security: max-age=31536000; includeSubDomains"
                  : "strict-transport-security: max-age=0");
    }
  }

  /** Whatever a client sends, a backend sees the client's address exactly once. */
  @Test
  void randomClaimsNeverPass() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<String> names = List.of("X-Forwarded-For", "X_FORWARDED_FOR", "Forwarded", "A", "B-c");
    for (int round = 0; round < 2_000; round++) {
      String[] sent = new String[2 * random.nextInt(6)];
      for (int i = 0; i < sent.length; i += 2) {
        sent[i] = names.get(random.nextInt(names.size()));
        sent[i + 1] = "6.6.6." + random.nextInt(256);
      }
      List<String> fields = afterRequest(forwarded(Mode.APPEND, Style.BOTH), CLIENT, sent);
      assertThat(
              fields.stream().filter(field -> !field.startsWith("A:") && !field.startsWith("B-c")))
          .as("seed %d round %d", seed, round)
          .containsExactly(
              "X-Forwarded-For: 192.0.2.7",
              "X-Forwarded-Proto: https",
              "X-Forwarded-Host: www.example:8443",
              "X-Forwarded-Port: 8443",
              "Forwarded: for=192.0.2.7;host=\"www.example:8443\";proto=https");
    }
  }
}
