package io.terminator.admin.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.admin.appliance.Terminator;
import io.terminator.admin.reload.ConfigSource;
import io.terminator.testkit.Credential;
import io.terminator.testkit.Ports;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.Validity;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code status} and {@code top} against an appliance, over every transport of its admin API. */
class AskingCommandsTest {
  private static final String TOKEN = "token-0123456789abcdef";

  @TempDir private Path directory;
  private final TestCa ca = TestCa.create();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Terminator terminator;

  @BeforeEach
  void prepare() throws Exception {
    Path certs = Files.createDirectory(directory.resolve("certs"));
    ca.server("localhost").writeTo(certs, "localhost");
    Credential admin = ca.server("localhost", "127.0.0.1");
    write("admin.crt", admin.chainPem());
    write("admin.key", admin.keyPem());
    write("ca.pem", ca.rootPem());
    write("token", TOKEN + "\n");
    write("wrong", "another-0123456789abcdef");
  }

  private void write(String name, String content) throws Exception {
    Files.setPosixFilePermissions(
        Files.writeString(directory.resolve(name), content),
        PosixFilePermissions.fromString("rw-------"));
  }

  private void start(String admin) throws Exception {
    String yaml =
        "workers: 1\nlisteners:\n"
            + "  - { name: web, bind: \"127.0.0.1:0\", certificates: certs/, backend: app }\n"
            + "backends:\n  app: { servers: [\"127.0.0.1:9\"] }\n"
            + "log: { access: \"off\" }\nadmin: "
            + admin
            + "\n";
    terminator =
        Terminator.start(
            ConfigSource.file(
                Files.writeString(directory.resolve("terminator.yaml"), yaml), Map.of()),
            "1.2.3");
  }

  @AfterEach
  void stop() {
    if (terminator != null) {
      terminator.close();
    }
  }

  @Test
  void statusIsAGlance() throws Exception {
    start("{ bind: \"127.0.0.1:0\" }");
    assertThat(execute("status", "--admin", terminator.adminUrl())).isEqualTo(ExitCode.OK);
    assertThat(out.toString().lines())
        .anyMatch(line -> line.matches("terminator 1\\.2\\.3, serving, up \\d+s"))
        .anyMatch(line -> line.matches("listeners +web on 127\\.0\\.0\\.1:\\d+"))
        .anyMatch(line -> line.matches("connections +0 open, 0 since start, 0\\.0 per second"))
        .anyMatch(
            line ->
                line.matches(
                    "certificates +1(, 1 warning)?, the next to expire is localhost in \\d+ days"))
        .anyMatch(line -> line.matches("backends +app 1 of 1 usable"));
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void statusSaysHowManyCertificatesAreToRenew() throws Exception {
    Instant now = Instant.now();
    Path certs = directory.resolve("certs");
    ca.leaf("soon.example")
        .validity(new Validity(now.minus(Duration.ofDays(20)), now.plus(Duration.ofHours(120))))
        .issue()
        .writeTo(certs, "soon");
    ca.leaf("brief.example")
        .validity(Validity.of(Duration.ofDays(4)))
        .issue()
        .writeTo(certs, "brief");
    start("{ bind: \"127.0.0.1:0\" }");
    assertThat(execute("status", "--admin", terminator.adminUrl())).isEqualTo(ExitCode.OK);
    assertThat(out.toString().lines())
        .anyMatch(line -> line.matches("certificates +3, 1 to renew,.* the next to expire is .*"));
  }

  @Test
  void statusIsJsonForPrograms() throws Exception {
    start("{ bind: \"127.0.0.1:0\" }");
    assertThat(execute("status", "-o", "json", "--admin", terminator.adminUrl() + "/"))
        .isEqualTo(ExitCode.OK);
    JsonNode all = new ObjectMapper().readTree(out.toString());
    assertThat(all.path("status").path("version").asText()).isEqualTo("1.2.3");
    assertThat(all.path("workers")).hasSize(1);
    assertThat(all.path("backends").path(0).path("backend").asText()).isEqualTo("app");
    assertThat(all.path("certificates")).hasSize(1);
  }

  @Test
  void theTokenIsReadFromItsFile() throws Exception {
    start(
        "{ bind: \"127.0.0.1:0\", token-file: token, tls: { certificate: admin.crt, key: admin.key } }");
    String ca = directory.resolve("ca.pem").toString();
    String url = terminator.adminUrl();
    assertThat(url).startsWith("https://");
    assertThat(execute("status", "--admin", url, "--ca", ca, "--token-file", file("token")))
        .isEqualTo(ExitCode.OK);
    assertThat(execute("status", "--admin", url, "--ca", ca)).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("401", "Authorization: missing");
    assertThat(execute("status", "--admin", url, "--ca", ca, "--token-file", file("wrong")))
        .isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("the token is not that of").doesNotContain("another-");
    assertThat(execute("status", "--admin", url, "--ca", ca, "--token-file", file("none")))
        .isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("--token-file:", "cannot be read");
    assertThat(execute("status", "--admin", url)).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("certificat");
  }

  @Test
  void topOnceIsATable() throws Exception {
    Path socket = directory.resolve("admin.sock");
    start("{ bind: \"unix:" + socket + "\" }");
    assertThat(execute("top", "--once", "--admin", "unix:" + socket)).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).doesNotContain("\u001b");
    assertThat(out.toString().lines())
        .anyMatch(line -> line.matches("WORKER +OPEN +IN +OUT +FRAMES +LAG"))
        .anyMatch(line -> line.matches("0 +0 +0 B +0 B +0 of \\d+ +\\d+\\.\\dms"))
        .anyMatch(line -> line.matches("app +127\\.0\\.0\\.1:9 +ready +.* +0 +0"));
  }

  @Test
  void topShowsItAgainAndAgainUntilItIsStopped() throws Exception {
    start("{ bind: \"127.0.0.1:0\" }");
    AtomicReference<Integer> code = new AtomicReference<>();
    Thread top =
        new Thread(
            () ->
                code.set(execute("top", "--interval", "100ms", "--admin", terminator.adminUrl())));
    top.start();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> out.toString().split("\u001b\\[H\u001b\\[2J", -1).length > 3);
    top.interrupt();
    top.join(60_000);
    assertThat(top.isAlive()).isFalse();
    assertThat(code.get()).isEqualTo(ExitCode.OK);
  }

  @Test
  void healthcheckFindsTheWayOfTheConfiguration() throws Exception {
    start("{ bind: \"unix:" + directory.resolve("admin.sock") + "\" }");
    assertThat(execute("healthcheck", "--config", file("terminator.yaml"))).isEqualTo(ExitCode.OK);
    terminator.close();
    assertThat(execute("healthcheck", "--config", file("terminator.yaml")))
        .isEqualTo(ExitCode.FAILED);
    String address = "{ bind: \"127.0.0.1:" + Ports.free() + "\", ";
    String tls = "tls: { certificate: admin.crt, key: admin.key";
    start(address + tls + " } }");
    assertThat(execute("healthcheck", "--config", file("terminator.yaml"))).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).isEqualTo("ready\nready\n");
    write("admin.crt", ca.server("localhost").chainPem());
    assertThat(execute("healthcheck", "--config", file("terminator.yaml")))
        .isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("the server's certificate is not the one in admin.tls");
  }

  @Test
  void statusAndTopFindTheWayOfTheConfiguration() throws Exception {
    String config = file("terminator.yaml");
    start("{ bind: \"unix:" + directory.resolve("admin.sock") + "\" }");
    assertThat(execute("status", "--config", config)).isEqualTo(ExitCode.OK);
    assertThat(execute("top", "--once", "--config", config)).isEqualTo(ExitCode.OK);
    terminator.close();

    String tls = "tls: { certificate: admin.crt, key: admin.key";
    start("{ bind: \":" + Ports.free() + "\", token-file: token, " + tls + " } }");
    assertThat(execute("status", "--config", config)).isEqualTo(ExitCode.OK);
    assertThat(execute("status", "--config", config, "--token-file", file("wrong")))
        .isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("401").doesNotContain(TOKEN);
    terminator.close();

    write("read-only", "read-only-0123456789abcdef");
    start(
        "{ bind: \"127.0.0.1:"
            + Ports.free()
            + "\", token-file: token, read-only-token-file: read-only, "
            + tls
            + ", client-auth: required, client-ca: ca.pem } }");
    // Full token and key may be readable by the service alone.
    Files.delete(directory.resolve("token"));
    Files.delete(directory.resolve("admin.key"));
    assertThat(execute("status", "--config", config)).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("client-auth is required; expected --certificate");
    Credential operator = ca.client("operator");
    write("operator.crt", operator.chainPem());
    write("operator.key", operator.keyPem());
    assertThat(
            execute(
                "status",
                "--config",
                config,
                "--certificate",
                file("operator.crt"),
                "--key",
                file("operator.key")))
        .as(err.toString())
        .isEqualTo(ExitCode.OK);
  }

  @Test
  void aConfigurationThatDoesNotTellTheAddressIsSaid() throws Exception {
    start("{ bind: \"127.0.0.1:0\" }");
    String config = file("terminator.yaml");
    assertThat(execute("status", "--config", config)).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("terminator.yaml: admin.bind has port 0; expected a fixed");
    Files.writeString(directory.resolve("terminator.yaml"), "admin: { bind: nonsense }\n");
    assertThat(execute("top", "--config", config)).isEqualTo(ExitCode.CONFIG_PROBLEMS);
    assertThat(err.toString()).contains("admin.bind", "nonsense");
    assertThat(execute("status", "--config", file("none"))).isEqualTo(ExitCode.CONFIG_PROBLEMS);
    assertThat(execute("status", "--config", config, "--admin", "http://127.0.0.1:1"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("--config", "--admin", "mutually exclusive");
  }

  @Test
  void nobodyThereIsSaidAndFails() {
    assertThat(execute("status", "--admin", "unix:" + directory.resolve("nobody.sock")))
        .isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("nobody.sock");
    assertThat(execute("top", "--once", "--admin", "nonsense")).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("expected http://, https:// or unix:/path");
    assertThat(execute("top", "--interval", "1ms")).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("--interval: \"1ms\"; expected at least 100ms");
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private int execute(String... arguments) {
    CommandLine commands = Main.commandLine();
    commands.setOut(new PrintWriter(out));
    commands.setErr(new PrintWriter(err));
    return commands.execute(arguments);
  }
}
