package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Credential;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The configurations in docs/migrating.md and docs/backends.md, each checked by the program that it
 * is for.
 */
class MigrationGuideIT {
  private static final Path ROOT = root();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Path STREAM_MODULE = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");

  private static Path directory;

  @BeforeAll
  static void certificates() throws IOException {
    directory = Files.createTempDirectory("terminator-migration");
    Credential site = TestCa.create().server("localhost", "api.example");
    Path ssl = Files.createDirectory(directory.resolve("ssl"));
    site.writeTo(ssl, "site");
    Path bundle = Files.createDirectory(directory.resolve("bundle")).resolve("site.pem");
    Files.writeString(
        bundle,
        Files.readString(ssl.resolve("site.key")) + Files.readString(ssl.resolve("site.crt")));
    site.writeTo(Files.createDirectory(directory.resolve("certs")), "localhost");
  }

  @Test
  void haproxyTakesItsOne() throws Exception {
    String haproxy = Processes.assumeAvailable("haproxy").toString();
    for (int i = 0; i < blocks("migrating", "haproxy").size(); i++) {
      succeeds(haproxy, "-c", "-f", peer("migrating", "haproxy", i));
    }
  }

  @Test
  void nginxTakesItsOne() throws Exception {
    String nginx = Processes.assumeAvailable("nginx").toString();
    for (int i = 0; i < blocks("migrating", "nginx").size(); i++) {
      Path config = Path.of(peer("migrating", "nginx", i));
      nginxGlobals(config);
      succeeds(nginx, "-t", "-p", directory.toString(), "-c", config.toString());
    }
  }

  @Test
  void hitchTakesItsOne() throws Exception {
    String hitch = Processes.assumeAvailable("hitch").toString();
    succeeds(hitch, "--test", "--config=" + peer("migrating", "hitch"));
  }

  @Test
  void stunnelTakesItsOne() throws Exception {
    String stunnel = Processes.assumeAvailable("stunnel4").toString();
    Path config = Path.of(peer("migrating", "stunnel"));
    // It has no check: it is started, so it needs a port that is free.
    Files.writeString(
        config, Files.readString(config).replace("= 8443", "= 127.0.0.1:" + Ports.free()));
    try (RunningProcess process = Processes.start(stunnel, config.toString())) {
      process.awaitLine("Configuration successful", PATIENCE);
    }
  }

  @Test
  void terminatorTakesTheOthers() throws Exception {
    int seen = 0;
    for (String guide : List.of("migrating", "backends")) {
      for (String yaml : blocks(guide, "yaml")) {
        Path config = directory.resolve("ours-" + seen++ + ".yaml");
        Files.writeString(config, placed(yaml));
        try (RunningProcess check =
            Processes.start(
                new ProcessBuilder("./terminator", "check", "--config", config.toString())
                    .directory(ROOT.toFile()))) {
          assertThat(check.awaitExit(Duration.ofSeconds(120)))
              .as(check.output() + "\n" + yaml)
              .isZero();
        }
      }
    }
    assertThat(seen).isGreaterThanOrEqualTo(6);
  }

  @Test
  void nginxSeesItsClientByTheRecipe() throws Exception {
    String nginx = Processes.assumeAvailable("nginx").toString();
    Path config = Path.of(peer("backends", "nginx"));
    int port = Ports.free();
    Files.writeString(
        config, Files.readString(config).replace("127.0.0.1:8080", "127.0.0.1:" + port));
    nginxGlobals(config);
    Files.writeString(config, "daemon off;\n" + Files.readString(config));
    try (RunningProcess process =
        Processes.start(nginx, "-p", directory.toString(), "-c", config.toString())) {
      seesItsClient(process, port);
    }
  }

  @Test
  void haproxySeesItsClientByTheRecipe() throws Exception {
    String haproxy = Processes.assumeAvailable("haproxy").toString();
    Path config = Path.of(peer("backends", "haproxy"));
    int port = Ports.free();
    Files.writeString(
        config, Files.readString(config).replace("127.0.0.1:8080", "127.0.0.1:" + port));
    try (RunningProcess process = Processes.start(haproxy, "-db", "-f", config.toString())) {
      seesItsClient(process, port);
    }
  }

  /** The client connects from 127.0.0.9, an address that no other hop in this test uses. */
  private static void seesItsClient(RunningProcess backend, int port) throws Exception {
    await("backend on port " + port)
        .atMost(PATIENCE)
        .until(
            () -> {
              assertThat(backend.isRunning()).as(backend.output()).isTrue();
              try (Socket probe = new Socket("127.0.0.1", port)) {
                return probe.isConnected();
              } catch (IOException notYet) {
                return false;
              }
            });
    String yaml =
        placed(blocks("backends", "yaml").get(0))
            .replace("127.0.0.1:8080", "127.0.0.1:" + port)
            .replace("\":8443\"", "\"127.0.0.1:0\"");
    TestCa ca = TestCa.create();
    String curlProgram = Processes.assumeAvailable("curl").toString();
    try (RunningTerminator appliance =
            RunningTerminator.start(
                ca,
                java.util.Map.of("localhost", ca.server("localhost")),
                yaml.replace(directory + "/certs/", "certs/"));
        RunningProcess curl =
            Processes.start(
                curlProgram,
                "-sSk",
                "--interface",
                "127.0.0.9",
                "https://127.0.0.1:" + appliance.address().getPort() + "/")) {
      assertThat(curl.awaitExit(PATIENCE)).as(curl.output()).isZero();
      assertThat(curl.output()).isEqualTo("client 127.0.0.9");
    }
  }

  private static void nginxGlobals(Path config) throws IOException {
    String globals = "pid " + directory + "/nginx.pid;\nerror_log stderr;\n";
    if ("root".equals(System.getProperty("user.name"))) {
      globals = "user root;\n" + globals;
    }
    String text = Files.readString(config);
    if (text.contains("stream {") && Files.exists(STREAM_MODULE)) {
      globals = "load_module " + STREAM_MODULE + ";\n" + globals;
    }
    Files.writeString(config, globals + text);
  }

  private static void succeeds(String... command) {
    try (RunningProcess process = Processes.start(command)) {
      assertThat(process.awaitExit(PATIENCE)).as(process.output()).isZero();
    }
  }

  /**
   * Writes the first block of {@code language} to a file, with the paths of this test's
   * certificates.
   */
  private static String peer(String guide, String language) throws IOException {
    return peer(guide, language, 0);
  }

  private static String peer(String guide, String language, int index) throws IOException {
    Path file = Files.createTempFile(directory, language, ".conf");
    return Files.writeString(file, placed(blocks(guide, language).get(index))).toString();
  }

  private static String placed(String config) {
    return config
        .replace("/etc/ssl/site.pem", directory + "/bundle/site.pem")
        .replace("/etc/ssl/", directory + "/ssl/")
        .replace(" certs/", " " + directory + "/certs/");
  }

  private static List<String> blocks(String guide, String language) throws IOException {
    List<String> blocks = new ArrayList<>();
    Matcher block =
        Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(ROOT.resolve("docs/" + guide + ".md")));
    while (block.find()) {
      blocks.add(block.group(1));
    }
    assertThat(blocks).as(language + " in " + guide).isNotEmpty();
    return blocks;
  }

  private static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("docs/migrating.md"))) {
      at = at.getParent();
      if (at == null) {
        throw new IllegalStateException("docs/migrating.md is in no directory above");
      }
    }
    return at;
  }
}
