package io.terminator.admin.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.admin.http.AdminConfig;
import io.terminator.admin.http.AdminLimits;
import io.terminator.admin.http.AdminTlsConfig;
import io.terminator.admin.resolve.DnsConfig;
import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.chain.ProxyProtocol;
import io.terminator.core.chain.ProxyTlvConfig;
import io.terminator.core.chain.TcpConfig;
import io.terminator.core.connect.BackendConfig;
import io.terminator.core.connect.CheckConfig;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.connect.QueueConfig;
import io.terminator.core.connection.DrainConfig;
import io.terminator.core.frame.FrameConfig;
import io.terminator.core.handshake.HandshakeConfig;
import io.terminator.core.logbuffer.LogConfig;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.route.Balance;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.RouteMode;
import io.terminator.core.route.ServerConfig;
import io.terminator.core.setting.Cidr;
import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.Endpoint;
import io.terminator.core.setting.HostPattern;
import io.terminator.core.setting.Secret;
import io.terminator.core.worker.OverloadConfig;
import io.terminator.core.worker.WorkerConfig;
import io.terminator.tls.backend.BackendTlsConfig;
import io.terminator.tls.certificate.credential.ConfiguredName;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicyConfig;
import io.terminator.tls.policy.TlsPolicyConfig.Preset;
import io.terminator.tls.policy.TlsPolicyConfig.Version;
import io.terminator.tls.signing.SigningConfig;
import io.terminator.tls.sni.SniConfig;
import io.terminator.tls.ticket.TicketConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
  private static final String SMALL =
      """
      listeners:
        - { name: web, bind: ":8443", certificates: certs, backend: app }
      backends:
        app: { servers: ["127.0.0.1:8080"] }
      """;

  @TempDir Path directory;

  @BeforeEach
  void layOutFiles() throws IOException {
    Files.createDirectory(directory.resolve("certs"));
    for (String name : List.of("a.crt", "a.key", "b.pem", "token")) {
      Path file = Files.writeString(directory.resolve(name), "x");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
  }

  @Test
  void fillsInTheDefaultsOfEveryFeature() throws ConfigProblems {
    TerminatorConfig config = read(SMALL, Map.of());

    int cores = Runtime.getRuntime().availableProcessors();
    assertThat(config)
        .isEqualTo(
            new TerminatorConfig(
                new WorkerConfig(cores, false),
                directory.resolve("state"),
                null,
                TicketConfig.LOCAL,
                SigningConfig.DEFAULT,
                null,
                List.of(
                    new ServiceConfig(
                        new ListenerConfig(
                            "web", new Endpoint.Inet("", 8443), ListenerConfig.DEFAULT_BACKLOG, 0),
                        List.of(),
                        new CertificatesConfig.Directory(directory.resolve("certs")),
                        TlsPolicyConfig.DEFAULT,
                        List.of(),
                        SniConfig.DEFAULT,
                        HandshakeConfig.DEFAULT,
                        RelayConfig.DEFAULT,
                        List.of(),
                        "app",
                        null)),
                Map.of(
                    "app",
                    new BackendConfig(
                        "app",
                        List.of(ServerConfig.at(new Endpoint.Inet("127.0.0.1", 8080))),
                        Balance.RANDOM_TWO,
                        ConnectConfig.DEFAULT)),
                null,
                null,
                DnsConfig.DEFAULT,
                FrameConfig.DEFAULT,
                0,
                OverloadConfig.DEFAULT,
                DrainConfig.DEFAULT,
                AdminConfig.DEFAULT,
                LogConfig.DEFAULT,
                null));
  }

  @Test
  void keepsTheNameOfTheDefaultCertificateAsWritten() throws ConfigProblems {
    TerminatorConfig config =
        read(
            SMALL.replace(
                "backend: app }", "backend: app, sni: { default-certificate: \"${DEFAULT}\" } }"),
            Map.of("DEFAULT", "shop"));

    assertThat(config.services().get(0).sni().defaultCertificate())
        .isEqualTo(new ConfiguredName("shop", "${DEFAULT}"));
  }

  @Test
  void mapsEveryKey() throws ConfigProblems {
    TerminatorConfig config =
        read(
            """
            workers: { count: 1, pin: true }
            state-dir: elsewhere/state/
            listeners:
              - name: web
                bind: "[::1]:8443"
                backlog: 100
                certificates:
                  - { chain: a.crt, key: a.key, password: "${PASSWORD}" }
                  - { chain: b.pem, key: b.pem }
                tls:
                  preset: modern
                  versions: [1.3, 1.2]
                  groups: [X25519MLKEM768, P-256]
                  ciphers: [ECDHE-RSA-CHACHA20-POLY1305]
                  alpn: [h2, http/1.1]
                  certificate-compression: zlib
                  record-size: 4KiB
                policies:
                  - { sni: "**.OLD.example", tls: intermediate-2026-11 }
                sni: { missing: reject, unknown: default }
                limits: { connections: 7 }
                deadlines:
                  client-hello: 200ms
                  handshake: 2s
                  idle: 1h
                  half-close: 3m
                  lifetime: 2d
                  lifetime-jitter: 20
                relay: { high-water: 1MiB, low-water: 0, truncation: end }
                routes:
                  - { sni: ["*.API.example", b.example], alpn: h2, source: [10.0.0.0/8, "::1"],
                      mode: passthrough, backend: two }
                backend: one
            backends:
              one:
                servers: ["unix:/run/app.sock", { address: "app.internal:80", weight: 3, backup: true, connections: 50, slow-start: 30s }]
                balance: source-hash
                proxy-protocol: v2
                proxy-tlvs: [authority, ssl]
                proxy-header-limit: 232B
                pass-proxy-tlvs: true
                prefer-proxy-tlvs: true
                tcp:
                  { keepalive-idle: 1m, keepalive-interval: 5s, keepalive-count: 3, user-timeout: 30s,
                    not-sent-low-water: 16KiB }
                connect: { timeout: 1s, attempts: 5 }
                queue: { length: 9, timeout: 1s }
                check:
                  { type: https, port: 8081, interval: 5s, timeout: 1s, rise: 4, fall: 5, jitter: 0, path: /healthz,
                    host: app.example, status: 204, on-down: close, panic-threshold: 50 }
                tls:
                  { verify: true, ca: a.crt, sni: APP.example, name: 10.0.0.1, certificate: a.crt, key: a.key,
                    alpn: [h2] }
              two: { servers: ["[2001:db8::1]:80"] }
            dns: { servers: ["127.0.0.1:5300"], timeout: 500ms, refresh-least: 2s, refresh-most: 1m }
            memory: { frames: 2GiB }
            drain: { accept-grace: 0, window: 1h }
            admin:
              bind: "0.0.0.0:0"
              token-file: token
              read-only-token-file: b.pem
              tls: { certificate: a.crt, key: a.key, client-ca: b.pem, client-auth: optional }
              limits: { connections: 9, headers: 2KiB, body: 1MiB, request: 5s }
            limits: { connections: 7000 }
            overload: { loop-lag: 100ms, frames: 0, wait: 1s }
            log: { access: ./access.log, flush-interval: 1s, buffer: 64KiB }
            """,
            Map.of("PASSWORD", "hunter2"));

    assertThat(config)
        .isEqualTo(
            new TerminatorConfig(
                new WorkerConfig(1, true),
                directory.resolve("elsewhere/state"),
                null,
                TicketConfig.LOCAL,
                SigningConfig.DEFAULT,
                null,
                List.of(
                    new ServiceConfig(
                        new ListenerConfig("web", new Endpoint.Inet("::1", 8443), 100, 7),
                        List.of(),
                        new CertificatesConfig.Pairs(
                            List.of(
                                new CertificatesConfig.Pair(
                                    directory.resolve("a.crt"),
                                    directory.resolve("a.key"),
                                    new Secret("hunter2")),
                                new CertificatesConfig.Pair(
                                    directory.resolve("b.pem"), directory.resolve("b.pem"), null))),
                        new TlsPolicyConfig(
                            Preset.MODERN,
                            List.of(Version.TLS_1_3, Version.TLS_1_2),
                            List.of("X25519MLKEM768", "P-256"),
                            List.of("ECDHE-RSA-CHACHA20-POLY1305"),
                            List.of("h2", "http/1.1"),
                            true,
                            4096,
                            null),
                        List.of(
                            new NamedPolicy(
                                List.of(HostPattern.parse("**.old.example")),
                                TlsPolicyConfig.of(Preset.INTERMEDIATE_2026_11))),
                        new SniConfig(SniConfig.Answer.REJECT, SniConfig.Answer.DEFAULT, null),
                        new HandshakeConfig(Duration.ofMillis(200), Duration.ofSeconds(2)),
                        new RelayConfig(
                            new RelayConfig.Watermarks(DataSize.ofMiB(1), new DataSize(0)),
                            RelayConfig.Truncation.END,
                            new RelayConfig.Deadlines(
                                Duration.ofHours(1), Duration.ofMinutes(3), Duration.ofDays(2), 20),
                            RelayConfig.ByteRates.UNLIMITED),
                        List.of(
                            new RouteConfig(
                                List.of(
                                    HostPattern.parse("*.api.example"),
                                    HostPattern.parse("b.example")),
                                List.of("h2"),
                                List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("::1")),
                                RouteMode.PASSTHROUGH,
                                "two")),
                        "one",
                        null)),
                Map.of(
                    "one",
                    new BackendConfig(
                        "one",
                        List.of(
                            ServerConfig.at(new Endpoint.Unix("/run/app.sock")),
                            new ServerConfig(
                                new Endpoint.Inet("app.internal", 80),
                                3,
                                true,
                                50,
                                Duration.ofSeconds(30))),
                        Balance.SOURCE_HASH,
                        new ConnectConfig(
                            Duration.ofSeconds(1),
                            5,
                            ProxyProtocol.V2,
                            new ProxyTlvConfig(
                                List.of(ProxyTlvConfig.Own.AUTHORITY, ProxyTlvConfig.Own.SSL),
                                true,
                                true,
                                232),
                            new TcpConfig(
                                Duration.ofMinutes(1),
                                Duration.ofSeconds(5),
                                3,
                                Duration.ofSeconds(30),
                                DataSize.ofKiB(16)),
                            new QueueConfig(9, Duration.ofSeconds(1))),
                        new CheckConfig(
                            CheckConfig.Type.HTTPS,
                            8081,
                            new CheckConfig.Timing(Duration.ofSeconds(5), Duration.ofSeconds(1), 0),
                            new CheckConfig.Thresholds(4, 5, 50),
                            new CheckConfig.HttpRequest(
                                "/healthz", "app.example", new CheckConfig.Statuses(204, 204)),
                            CheckConfig.OnDown.CLOSE),
                        new BackendTlsConfig(
                            true,
                            directory.resolve("a.crt"),
                            new BackendTlsConfig.Sni(
                                BackendTlsConfig.Sni.Source.NAMED, "app.example"),
                            "10.0.0.1",
                            directory.resolve("a.crt"),
                            directory.resolve("a.key"),
                            List.of("h2"))),
                    "two",
                    new BackendConfig(
                        "two",
                        List.of(ServerConfig.at(new Endpoint.Inet("2001:db8::1", 80))),
                        Balance.RANDOM_TWO,
                        ConnectConfig.DEFAULT)),
                null,
                null,
                new DnsConfig(
                    List.of(new InetSocketAddress("127.0.0.1", 5300)),
                    Duration.ofMillis(500),
                    Duration.ofSeconds(2),
                    Duration.ofMinutes(1)),
                new FrameConfig(DataSize.ofMiB(2048)),
                7000,
                new OverloadConfig(Duration.ofMillis(100), 0, Duration.ofSeconds(1)),
                new DrainConfig(Duration.ZERO, Duration.ofHours(1)),
                new AdminConfig(
                    new Endpoint.Inet("0.0.0.0", 0),
                    directory.resolve("token"),
                    directory.resolve("b.pem"),
                    new AdminTlsConfig(
                        directory.resolve("a.crt"),
                        directory.resolve("a.key"),
                        directory.resolve("b.pem"),
                        AdminTlsConfig.ClientAuth.OPTIONAL),
                    new AdminLimits(
                        9, new DataSize(2048), DataSize.ofMiB(1), Duration.ofSeconds(5))),
                new LogConfig(
                    new LogConfig.File(directory.resolve("access.log")),
                    Duration.ofSeconds(1),
                    new DataSize(65_536),
                    Duration.ofMinutes(10)),
                null));
    assertThat(config.backends().keySet()).containsExactly("one", "two");
    assertThat(config.toString()).doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"access.log", "file:access.log", "./access.log", "\"file:./access.log\""})
  void takesTheNameOfAFileForTheAccessLog(String written) throws ConfigProblems {
    assertThat(read(SMALL + "log: { access: " + written + " }\n", Map.of()).log().access())
        .isEqualTo(new LogConfig.File(directory.resolve("access.log")));
    assertThat(read(SMALL + "log: { access: \"file:access\" }\n", Map.of()).log().access())
        .isEqualTo(new LogConfig.File(directory.resolve("access")));
  }

  @Test
  void expandsVariablesWithDefaultsAndEscapes() throws ConfigProblems {
    TerminatorConfig config =
        read(
            SMALL.replace(":8443", "${HOST:-::}:${PORT:-1}").replace("\"::", "\"")
                + "state-dir: \"$${x}-${EMPTY:-${}-${SET:-no}${EMPTY}\"\n",
            Map.of("EMPTY", "", "SET", "yes", "HOST", "127.0.0.1"));

    assertThat(config.services().get(0).listener().bind())
        .isEqualTo(new Endpoint.Inet("127.0.0.1", 1));
    assertThat(config.stateDirectory()).isEqualTo(directory.resolve("${x}-${-yes"));
  }

  @Test
  void warnsAboutAKeyThatEverybodyCanRead() throws Exception {
    Files.setPosixFilePermissions(
        directory.resolve("a.key"), PosixFilePermissions.fromString("rw-r--r--"));
    ConfigFile.Loaded loaded =
        load(
            SMALL.replace("certificates: certs", "certificates: [{chain: a.crt, key: a.key}]"),
            Map.of());

    assertThat(loaded.warnings())
        .singleElement()
        .asString()
        .startsWith(
            "t.yaml:2 listeners[0].certificates[0].key: \"a.key\" can be read by every user")
        .contains("chmod o= \"" + directory.resolve("a.key") + "\"");
  }

  @Test
  void warnsAboutAnAddressThatNoClientSendsAsItsName() throws Exception {
    String named =
        """
        listeners:
          - name: web
            bind: ":8443"
            certificates: certs
            policies: [{ sni: [a.example, 192.0.2.1], tls: modern }]
            routes: [{ sni: 192.0.2.2, backend: app }]
            backend: app
        backends: { app: { servers: ["127.0.0.1:1"] } }
        """;
    assertThat(load(named, Map.of()).warnings())
        .map(Object::toString)
        .anyMatch(each -> each.contains("\"192.0.2.1\" matches no client: SNI holds no addresses"))
        .anyMatch(
            each ->
                each.startsWith("t.yaml:6 listeners[0].routes[0].sni: \"192.0.2.2\" matches no"));
  }

  @Test
  void warnsAboutACheckWithoutTlsOfAServerWithTls() throws Exception {
    String checked =
        """
        listeners: [{ name: web, bind: ":8443", certificates: certs, backend: app }]
        backends:
          app: { servers: ["127.0.0.1:1"], tls: on, check: http }
        """;
    assertThat(load(checked, Map.of()).warnings())
        .singleElement()
        .asString()
        .isEqualTo(
            "t.yaml:3 backends.app.check: is without TLS, and the servers speak TLS on that port;"
                + " expected type https, or the port of a check without TLS");
    for (String right : List.of("https", "tls", "tcp", "{ type: http, port: 8080 }")) {
      String yaml = checked.replace("check: http", "check: " + right);
      assertThat(load(yaml, Map.of()).warnings()).as(right).isEmpty();
    }
  }

  @Test
  void takesPoliciesBehindOneThatLeavesItsClientsToThem() throws Exception {
    String reported =
        """
        listeners:
          - name: web
            bind: ":8443"
            certificates: certs
            policies:
              - { name: rep, tls: modern, mode: report }
              - { name: own, sni: b.example, tls: modern }
            backend: app
        backends: { app: { servers: ["127.0.0.1:1"] } }
        """;
    assertThat(load(reported, Map.of()).warnings()).isEmpty();
    assertThatThrownBy(() -> load(reported.replace(", mode: report", ""), Map.of()))
        .hasMessageContaining("it takes every client, so that policies[1] can never match");
  }

  @Test
  void takesTheSameAddressTwiceWhenTheSystemChoosesThePort() throws ConfigProblems {
    String two =
        SMALL.replace(
            "backends:",
            "  - { name: b, bind: \":0\", certificates: certs, backend: app }\nbackends:");
    assertThat(read(two.replace(":8443", ":0"), Map.of()).services()).hasSize(2);
  }

  private TerminatorConfig read(String content, Map<String, String> environment)
      throws ConfigProblems {
    return load(content, environment).config();
  }

  private ConfigFile.Loaded load(String content, Map<String, String> environment)
      throws ConfigProblems {
    return new ConfigFile(environment)
        .read("t.yaml", directory, content.getBytes(StandardCharsets.UTF_8));
  }
}
