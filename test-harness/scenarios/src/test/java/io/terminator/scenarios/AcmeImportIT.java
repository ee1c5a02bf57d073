package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedCa;
import io.terminator.testkit.ScriptedCa.Answer;
import io.terminator.testkit.ScriptedCa.Step;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.Validity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The move from another ACME client, with the configuration and the commands of docs/acme.md. */
class AcmeImportIT {
  private static final String NAME = "www.example.com";
  private static final Path PAGE = Path.of("..", "..", "docs", "acme.md");
  private static final Pattern CONFIG =
      Pattern.compile("`certificates: \\{ directory: (\\S+), (acme: \\{[^}]*\\}) \\}`");
  private static final Pattern COMMAND = Pattern.compile("(?m)^ *curl (.*)$");

  @TempDir Path files;

  private final TestCa before = TestCa.create();

  private static String section() throws Exception {
    String page = Files.readString(PAGE);
    return page.substring(
        page.indexOf("## Moving from certbot"), page.indexOf("## With cert-manager"));
  }

  private Credential present() {
    return before
        .leaf(NAME)
        .validity(
            new Validity(
                Instant.now().minus(Duration.ofDays(30)), Instant.now().plus(Duration.ofDays(60))))
        .issue();
  }

  private static void secret(Path file, String content) throws Exception {
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void certbotsFilesServeUntilTheyAreRemoved() throws Exception {
    Path archive = Files.createDirectories(files.resolve("archive").resolve(NAME));
    Path live = Files.createDirectories(files.resolve("live").resolve(NAME));
    Credential present = present();
    Files.writeString(archive.resolve("cert1.pem"), present.leafPem());
    Files.writeString(
        archive.resolve("chain1.pem"), present.chainPem().substring(present.leafPem().length()));
    Files.writeString(archive.resolve("fullchain1.pem"), present.chainPem());
    secret(archive.resolve("privkey1.pem"), present.keyPem());
    for (String each : new String[] {"cert", "chain", "fullchain", "privkey"}) {
      Files.createSymbolicLink(
          live.resolve(each + ".pem"), Path.of("..", "..", "archive", NAME, each + "1.pem"));
    }
    Files.writeString(files.resolve("live").resolve("README"), "of certbot\n");
    move(files.resolve("live"), present, true);
  }

  @Test
  void caddysFilesServeUntilTheFirstCertificate() throws Exception {
    Path directory =
        Files.createDirectories(
            files.resolve("acme-v02.api.letsencrypt.org-directory").resolve(NAME));
    Credential present = present();
    Files.writeString(directory.resolve(NAME + ".crt"), present.chainPem());
    secret(directory.resolve(NAME + ".key"), present.keyPem());
    Files.writeString(directory.resolve(NAME + ".json"), "{\"sans\":[\"" + NAME + "\"]}");
    move(files, present, false);
  }

  private void move(Path directory, Credential present, boolean hasSameName) throws Exception {
    Matcher config = CONFIG.matcher(section());
    assertThat(config.find()).as("the configuration in " + PAGE).isTrue();
    Path state = Files.createTempDirectory("acme-import");
    try (EchoBackend backend = EchoBackend.start();
        ScriptedCa authority = ScriptedCa.start()) {
      authority.always(Step.NEW_ORDER, Answer.text(503, "text/plain", "later"));
      String with =
          yaml(state, "directory: " + directory + ", " + config.group(2), backend, authority);
      String without = yaml(state, config.group(2), backend, authority);
      try (RunningTerminator terminator =
          RunningTerminator.start(TestCa.create(), Map.of(), with)) {
        assertThat(served(terminator)).isEqualTo(present.leaf());
        authority.always(Step.NEW_ORDER, null);
        terminator.call("POST", "/v1/certificates/" + NAME + ":renew", 200);
        Matcher command = COMMAND.matcher(section());
        assertThat(command.find()).as("a command in " + PAGE).isTrue();
        await()
            .atMost(RunningTerminator.PATIENCE)
            .untilAsserted(
                () -> assertThat(run(command.group(1), terminator)).contains("\"issued\":true"));
        if (hasSameName) {
          assertThat(served(terminator)).as("as long as it is there").isEqualTo(present.leaf());
        } else {
          await()
              .atMost(RunningTerminator.PATIENCE)
              .untilAsserted(
                  () ->
                      assertThat(served(terminator))
                          .as("the longer one")
                          .isNotEqualTo(present.leaf()));
        }

        terminator.rewrite(without);
        assertThat(command.find()).as("a second command in " + PAGE).isTrue();
        assertThat(run(command.group(1), terminator)).contains("\"result\":\"applied\"");
        served(terminator).verify(authority.ca().intermediate().leaf().getPublicKey());
      }
    }
  }

  private static String yaml(
      Path state, String certificates, EchoBackend backend, ScriptedCa authority) {
    return new AcmeConfig(state, backend, authority.directoryUrl())
        .certificates("{ " + certificates + " }")
        .yaml();
  }

  private static X509Certificate served(RunningTerminator terminator) throws Exception {
    return Peek.chain(terminator.address(), NAME).get(0);
  }

  private static String run(String command, RunningTerminator terminator) {
    String line =
        "curl -sS -f "
            + command.replace("http://127.0.0.1:9443", terminator.terminator().adminUrl());
    try (RunningProcess curl = Processes.start("sh", "-c", line)) {
      assertThat(curl.awaitExit(RunningTerminator.PATIENCE)).as(curl.output()).isZero();
      return curl.output();
    }
  }
}
