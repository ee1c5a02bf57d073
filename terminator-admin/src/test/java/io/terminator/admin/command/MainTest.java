package io.terminator.admin.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.admin.appliance.Terminator;
import io.terminator.admin.reload.ConfigSource;
import io.terminator.testkit.CertificateForge;
import io.terminator.testkit.DnsServer;
import io.terminator.testkit.KeyAlgorithm;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.Validity;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {
  private static final Path SAMPLES = Path.of("..", "certs-sample").toAbsolutePath().normalize();

  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void printsTheVersionOfTheBuild() {
    assertThat(execute("version")).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).matches("Terminator \\d+\\.\\d+\\.\\S+, Java \\d+\\S*\\R");
  }

  @Test
  void explainsWrongUsageInTwoLines() {
    assertThat(execute()).isEqualTo(ExitCode.FAILED);
    assertThat(execute("run")).isEqualTo(ExitCode.FAILED);
    assertThat(execute("quickstart", "--port", "x")).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString())
        .contains("Missing required subcommand")
        .contains("--config=FILE", "Try: terminator run --help")
        .contains("'--port'", "Try: terminator quickstart --help");
    assertThat(err.toString().lines()).hasSize(6);
  }

  @Test
  void checkSumsUpWhatIsRight() throws IOException {
    Path config = write("", SAMPLES.resolve("server") + "/");
    assertThat(execute("check", "--config", config.toString())).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).startsWith("OK: 1 listener, 1 backend, 3 certificates, ");
    assertThat(err.toString()).contains("warning: " + config, "is a sample certificate");
  }

  @Test
  void checkCountsACertificateOfSeveralListenersOnce() throws IOException {
    Path own = Files.createDirectory(directory.resolve("own"));
    TestCa.create().server("app.internal").writeTo(own, "own");
    String shared = SAMPLES.resolve("server") + "/";
    Path config = write("", shared);
    Files.writeString(
        config,
        Files.readString(config)
            .replace(
                "backends:",
                """
                  - name: other
                    bind: "127.0.0.1:0"
                    certificates: %s
                    backend: app
                    policies: [{ sni: app.internal, certificates: %s/ }]
                backends:"""
                    .formatted(shared, own)));
    assertThat(execute("check", "--config", config.toString())).as(err.toString()).isZero();
    assertThat(out.toString()).startsWith("OK: 2 listeners, 1 backend, 4 certificates, ");
  }

  @Test
  void checkPrintsEveryProblemOfTheFile() throws IOException {
    Path config = write("workers: none\ncolour: red\n", "nothing/");
    assertThat(execute("check", "--config", config.toString())).isEqualTo(ExitCode.CONFIG_PROBLEMS);
    assertThat(err.toString().lines())
        .hasSize(4)
        .anyMatch(line -> line.startsWith(config + ":1 workers: "))
        .anyMatch(line -> line.startsWith(config + ":2 colour: "))
        .anyMatch(line -> line.startsWith(config + ":6 listeners[0].certificates: "))
        .last()
        .isEqualTo("3 problems.");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void checkRefusesANameToListenOnThatDoesNotResolve() throws IOException {
    Path config = write("", SAMPLES.resolve("server") + "/");
    Files.writeString(
        config,
        Files.readString(config).replaceFirst("bind: [^,}\\n]*", "bind: \"nohost.invalid:1\""));
    assertThat(execute("check", "--config", config.toString())).isEqualTo(ExitCode.CONFIG_PROBLEMS);
    assertThat(err.toString())
        .contains(
            "listeners[web].bind: \"nohost.invalid:1\" has a host that does not resolve",
            "an address of this machine");
  }

  @ParameterizedTest
  @ValueSource(strings = {"admin", "http"})
  void aStartSaysWhichNameToListenOnDoesNotResolve(String key) throws IOException {
    Files.writeString(directory.resolve("token"), "0123456789abcdef");
    String bind = "bind: \"nohost.invalid:1\"";
    Path config =
        write(
            key.equals("http")
                ? "admin: { bind: \"127.0.0.1:0\" }\nhttp: { " + bind + " }\n"
                : "admin: { token-file: token, plain-http: true, " + bind + " }\n",
            SAMPLES.resolve("server") + "/");
    assertThatThrownBy(() -> Terminator.start(ConfigSource.file(config, Map.of()), "test"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(
            key + ".bind: \"nohost.invalid:1\" has a host that does not resolve. Expected")
        .hasMessageContaining("/etc/hosts");
  }

  @Test
  void checkPrintsEveryProblemOfTheCertificates() throws IOException {
    Path broken = SAMPLES.resolve("broken");
    Path config =
        write("", "[{chain: %1$s/wrong-key.crt, key: %1$s/wrong-key.key}]".formatted(broken));
    assertThat(execute("check", "--config", config.toString())).isEqualTo(ExitCode.CONFIG_PROBLEMS);
    assertThat(err.toString())
        .contains(config + " listeners[web].certificates: ", "wrong-key")
        .endsWith("2 problems." + System.lineSeparator());
  }

  @Test
  void oneBadPairOfManyDoesNotStopAStart() throws IOException {
    Path broken = SAMPLES.resolve("broken");
    Path config =
        write(
            "",
            "[{chain: %1$s/wrong-key.crt, key: %1$s/wrong-key.key}, {chain: %2$s/rsa.crt, key: %2$s/rsa.key}]"
                .formatted(broken, SAMPLES.resolve("server")));
    assertThat(execute("check", "--config", config.toString())).isEqualTo(ExitCode.OK);
    assertThat(err.toString())
        .contains("warning: " + config + " listeners[web].certificates: ", "wrong-key");
  }

  @Test
  void checkWarnsAboutATokenFileWithoutAToken() throws IOException {
    Files.writeString(directory.resolve("token"), "short");
    Path config = write("admin: { token-file: token }\n", SAMPLES.resolve("server") + "/");
    assertThat(execute("check", "--config", config.toString())).isEqualTo(ExitCode.OK);
    assertThat(err.toString())
        .contains("admin.token-file: ", "holds 5 characters", "a token of at least 16")
        .doesNotContain("short");
  }

  @Test
  void checkLooksTheNamesOfAcmeUpOnlyIfItIsAskedTo() throws IOException {
    try (DnsServer zone = DnsServer.start(60)) {
      zone.put("here.example", "192.0.2.7");
      zone.put("there.example", "192.0.2.8");
      zone.put("both.example", "192.0.2.7", "192.0.2.8");
      Path config =
          Files.writeString(
              directory.resolve("acme.yaml"),
              """
              listeners:
                - name: web
                  bind: "127.0.0.1:0"
                  certificates:
                    acme: { names: [here.example, there.example, both.example, nowhere.example, 192.0.2.9, "*.any.example"] }
                  backend: app
              backends:
                app: { servers: ["127.0.0.1:1"] }
              dns: { servers: ["%s"] }
              acme: { terms-agreed: true, directory: letsencrypt-staging, challenges: [dns-persist-01, tls-alpn-01] }
              """
                  .formatted(zone.hostAndPort()));
      String file = config.toString();

      assertThat(execute("check", "--config", file)).isEqualTo(ExitCode.OK);
      assertThat(err.toString()).isEmpty();
      assertThat(zone.questions()).isZero();

      assertThat(execute("check", "--config", file, "--dns", "--address", "192.0.2.7"))
          .isEqualTo(ExitCode.OK);
      assertThat(err.toString().lines())
          .hasSize(4)
          .anyMatch(line -> line.contains("\"there.example\" resolves to 192.0.2.8"))
          .anyMatch(
              line -> line.contains("\"both.example\" resolves to this machine and to 192.0.2.8,"))
          .anyMatch(line -> line.contains("\"nowhere.example\" does not resolve"))
          .anyMatch(line -> line.contains("\"192.0.2.9\" is not an address of this machine"))
          .allMatch(line -> line.startsWith("warning: " + file))
          .allMatch(line -> line.contains("192.0.2.7"));
      assertThat(out.toString()).endsWith("4 warnings." + System.lineSeparator());
      assertThat(execute("check", "--config", file, "--address", "192.0.2.7"))
          .isEqualTo(ExitCode.FAILED);
      assertThat(execute("check", "--config", file, "--dns", "--address", "name.example"))
          .isEqualTo(ExitCode.FAILED);
    }
  }

  @Test
  void checkRefusesAListenerWithoutAnyCertificate() throws IOException {
    Path empty = Files.createDirectory(directory.resolve("empty"));
    Path config = write("", empty + "/");
    assertThat(execute("check", "--config", config.toString())).isEqualTo(ExitCode.CONFIG_PROBLEMS);
    assertThat(err.toString()).contains("has no usable certificate");
  }

  @Test
  void checkWarnsAboutAnOutgoingCertificateThatServersReject() throws IOException {
    TestCa ca = TestCa.create();
    ca.server("app.internal").writeTo(directory, "server");
    ca.leaf("client.internal").validity(Validity.expired()).issue().writeTo(directory, "old");
    String tls =
        "servers: [\"127.0.0.1:1\"], tls: { verify: false, certificate: %1$s.crt, key: %1$s.key }";
    Path config = write("", SAMPLES.resolve("server") + "/");
    Files.writeString(
        config,
        Files.readString(config)
            .replace(
                "servers: [\"127.0.0.1:1\"] }",
                tls.formatted("server") + " }, old: { " + tls.formatted("old") + " }"));
    assertThat(execute("check", "--config", config.toString())).as(err.toString()).isZero();
    assertThat(err.toString())
        .contains("backends.app.tls: certificate: ", "usage without clientAuth")
        .contains("backends.old.tls: certificate: ", "expired at ");
    assertThat(out.toString()).startsWith("OK: ");
  }

  @Test
  void checkWarnsAboutMoreIssuersThanClientsAccept() throws IOException {
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 400; i++) {
      many.append(
          TestCa.create(
                  "An organization with a rather long name " + i,
                  KeyAlgorithm.ECDSA_P256,
                  Validity.of(Duration.ofDays(9)))
              .rootPem());
    }
    Files.writeString(directory.resolve("many.pem"), many);
    Path config = write("", SAMPLES.resolve("server") + "/");
    Files.writeString(
        config,
        Files.readString(config)
            .replace(
                "    backend: app",
                "    backend: app\n    tls: { client-certificates: { mode: optional, ca: many.pem } }"));
    assertThat(execute("check", "--config", config.toString())).isEqualTo(ExitCode.OK);
    assertThat(err.toString())
        .contains(
            "warning: " + config + ":6 listeners[0].tls.client-certificates.ca: ",
            "has 400 CAs with ",
            "it contains no names");
  }

  @Test
  void checkWarnsAboutCrlsThatAreNotFullyEffective() throws Exception {
    Instant now = Instant.now();
    CertificateForge.Forged issuer = CertificateForge.of("Issuer").authority().forge();
    CertificateForge.Forged rolled = CertificateForge.of("Issuer").authority().forge();
    CertificateForge.Forged other = CertificateForge.of("Other").authority().forge();
    Files.writeString(directory.resolve("ca.pem"), issuer.pem());
    Instant old = now.minus(Duration.ofDays(30)).truncatedTo(ChronoUnit.SECONDS);
    Instant future = now.plus(Duration.ofDays(30)).truncatedTo(ChronoUnit.SECONDS);
    Map<String, X509CRL> lists =
        Map.of(
            "current", issuer.list(1, now.minusSeconds(60)),
            "old", issuer.list(1, old),
            "rolled", rolled.list(2, now.minusSeconds(60)),
            "other", other.list(1, now.minusSeconds(60)),
            "early", other.list(2, future),
            "delta", issuer.delta(3, 2, now.minusSeconds(60), 1, issuer.certificate()),
            "complete", issuer.list(2, now.minusSeconds(60)));
    for (Map.Entry<String, X509CRL> each : lists.entrySet()) {
      Files.write(directory.resolve(each.getKey() + ".crl"), each.getValue().getEncoded());
    }
    Path config = write("", SAMPLES.resolve("server") + "/");
    String good = Files.readString(config);
    assertThat(checkedWithCrls(config, good, "current.crl")).doesNotContain("CRL");
    assertThat(checkedWithCrls(config, good, "complete.crl, delta.crl")).doesNotContain("CRL");
    String lacking =
        "delta.crl\" has a CRL of \"CN=Issuer\" that is a delta CRL, and the complete CRL before it is"
            + " missing or too old";
    assertThat(checkedWithCrls(config, good, "delta.crl")).contains(lacking, "add the current");
    assertThat(checkedWithCrls(config, good, "current.crl, delta.crl")).contains(lacking);
    assertThat(checkedWithCrls(config, good, "old.crl, rolled.crl, other.crl, early.crl"))
        .contains(
            "listeners[web].tls.client-certificates.crl: \""
                + directory.resolve("old.crl")
                + "\" has a CRL of \"CN=Issuer\" that expired at "
                + old.plus(Duration.ofDays(7))
                + ": its entries stay revoked, later revocations are unknown; fetch the current",
            "rolled.crl\" has a CRL of \"CN=Issuer\" that is not signed by a known key of this"
                + " issuer: it revokes nothing; fetch",
            "other.crl\" has a CRL of \"CN=Other\" that is not from a CA in ca: it applies only",
            "early.crl\" has a CRL of \"CN=Other\" that is not valid before "
                + future
                + ": its entries are revoked already; correct the clock");
  }

  private String checkedWithCrls(Path config, String good, String lists) throws IOException {
    err.getBuffer().setLength(0);
    Files.writeString(
        config,
        good.replace(
            "    backend: app",
            "    backend: app\n    tls: { client-certificates: { ca: ca.pem, crl: [%s] } }"
                .formatted(lists)));
    assertThat(execute("check", "--config", config.toString())).isEqualTo(ExitCode.OK);
    return err.toString();
  }

  @Test
  void runStartsNothingWithAProblem() throws IOException {
    Path config = write("workers: none\n", SAMPLES.resolve("server") + "/");
    assertThat(execute("run", "--config", config.toString())).isEqualTo(ExitCode.CONFIG_PROBLEMS);
    assertThat(err.toString()).contains("workers: \"none\"").contains("1 problem.");
  }

  @Test
  void healthcheckAsksTheAdminAddress() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Path config =
          write(
              "admin: { bind: \"127.0.0.1:" + server.getLocalPort() + "\" }\n",
              SAMPLES.resolve("server") + "/");
      assertThat(healthcheck(server, config, "200 OK")).isEqualTo(ExitCode.OK);
      assertThat(healthcheck(server, config, "503 Service Unavailable")).isEqualTo(ExitCode.FAILED);
      assertThat(err.toString()).contains("answered 503");
      // The appliance still serves with the content that the file had before this invalid change.
      Files.writeString(
          config, Files.readString(config).replace("listeners:", "workers: none\nlistenrs:"));
      assertThat(healthcheck(server, config, "200 OK")).isEqualTo(ExitCode.OK);
      server.close();
      assertThat(execute("healthcheck", "--config", config.toString())).isEqualTo(ExitCode.FAILED);
      assertThat(err.toString()).contains("not ready: 127.0.0.1:");
      Files.writeString(config, "admin: { bind: nowhere }\n");
      assertThat(execute("healthcheck", "--config", config.toString()))
          .isEqualTo(ExitCode.CONFIG_PROBLEMS);
      assertThat(err.toString()).contains("admin.bind: \"nowhere\"");
    }
  }

  private int healthcheck(ServerSocket server, Path config, String status) throws Exception {
    StringBuilder request = new StringBuilder();
    Thread answer =
        new Thread(
            () -> {
              try (Socket socket = server.accept()) {
                while (request.indexOf("\r\n\r\n") < 0) {
                  request.append((char) socket.getInputStream().read());
                }
                socket
                    .getOutputStream()
                    .write(
                        ("HTTP/1.1 "
                                + status
                                + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
              } catch (IOException failure) {
                throw new AssertionError(failure);
              }
            });
    answer.start();
    int code = execute("healthcheck", "--config", config.toString());
    answer.join();
    assertThat(request.toString()).startsWith("GET /readyz HTTP/1.1\r\n");
    return code;
  }

  private Path write(String more, String certificates) throws IOException {
    return Files.writeString(
        directory.resolve("terminator.yaml"),
        more
            + """
            listeners:
              - name: web
                bind: "127.0.0.1:0"
                certificates: %s
                backend: app
            backends: { app: { servers: ["127.0.0.1:1"] } }
            """
                .formatted(certificates));
  }

  private int execute(String... arguments) {
    CommandLine command = Main.commandLine();
    return command
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
