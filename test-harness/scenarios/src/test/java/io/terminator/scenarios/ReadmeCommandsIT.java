package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The commands in the README work. */
class ReadmeCommandsIT {
  private static final Path ROOT = root();
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @Test
  void quickstartServesAndPrintsACurlLineThatWorks() throws Exception {
    Processes.assumeAvailable("curl");
    assertThat(Files.readString(ROOT.resolve("README.md"))).contains("./terminator quickstart\n");
    try (RunningProcess quickstart =
        inRoot("./terminator", "quickstart", "--port", "0", "--admin-port", "0")) {
      Matcher line =
          quickstart.awaitLine(".*(curl --cacert \\S+ https://localhost:\\d+/).*", PATIENCE);
      try (RunningProcess curl = inRoot("sh", "-c", line.group(1).replace("curl", "curl -sS"))) {
        assertThat(curl.awaitExit(PATIENCE)).as(curl.output()).isZero();
        assertThat(curl.output())
            .as("the request as the demo backend got it")
            .contains("X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: https", "X-Request-Id: ");
      }
      String bytes = line.group(1).replace("curl", "curl -sS") + "bytes/1000000 | wc -c";
      try (RunningProcess curl = inRoot("sh", "-c", bytes)) {
        assertThat(curl.awaitExit(PATIENCE)).isZero();
        assertThat(curl.output().strip()).isEqualTo("1000000");
      }
      quickstart.signal("TERM");
      assertThat(quickstart.awaitExit(PATIENCE)).isZero();
    }
  }

  @Test
  void theVersionIsPrinted() {
    try (RunningProcess version = inRoot("./terminator", "version")) {
      assertThat(version.awaitExit(PATIENCE)).isZero();
      assertThat(version.output()).contains("Terminator");
    }
  }

  @Test
  void theConfigurationIsOneThatCheckAccepts() throws Exception {
    String readme = Files.readString(ROOT.resolve("README.md"));
    Matcher yaml = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(readme);
    assertThat(yaml.find()).isTrue();
    Path directory = Files.createTempDirectory("terminator-readme");
    TestCa.create()
        .server("localhost")
        .writeTo(Files.createDirectory(directory.resolve("certs")), "localhost");
    Path config = Files.writeString(directory.resolve("terminator.yaml"), yaml.group(1));
    try (RunningProcess check = inRoot("./terminator", "check", "--config", config.toString())) {
      assertThat(check.awaitExit(PATIENCE)).as(check.output()).isZero();
    }
    Files.writeString(config, yaml.group(1).replace("backend: app", "backend: ap"));
    try (RunningProcess check = inRoot("./terminator", "check", "--config", config.toString())) {
      assertThat(check.awaitExit(PATIENCE)).isEqualTo(2);
      assertThat(check.output()).contains("terminator.yaml:6").contains("app");
    }
  }

  @Test
  void aCertificateChangesByWritingFilesAndByOneCurl() throws Exception {
    String readme = Files.readString(ROOT.resolve("README.md"));
    assertThat(readme).contains("To change a certificate, overwrite its files.");
    Matcher yaml = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(readme);
    assertThat(yaml.find()).isTrue();
    Path directory = Files.createTempDirectory("terminator-readme");
    Path certs = Files.createDirectory(directory.resolve("certs"));
    TestCa first = TestCa.create();
    first.server("localhost").writeTo(certs, "localhost");
    try (EchoBackend backend = EchoBackend.start()) {
      String text =
          yaml.group(1)
                  .replace("\":8443\"", "\"127.0.0.1:0\"")
                  .replace("10.0.0.1:8080", "127.0.0.1:" + backend.address().getPort())
                  .replace("10.0.0.2:8080", "127.0.0.2:" + backend.address().getPort())
              + "admin: { bind: \"127.0.0.1:0\" }\n"
              + "drain: { accept-grace: 0, window: 1s }\n";
      Path config = Files.writeString(directory.resolve("terminator.yaml"), text);
      try (RunningProcess run = inRoot("./terminator", "run", "--config", config.toString())) {
        Matcher ready =
            run.awaitLine("Ready: web on 127.0.0.1:(\\d+);.* http://127.0.0.1:(\\d+)", PATIENCE);
        InetSocketAddress address =
            new InetSocketAddress("127.0.0.1", Integer.parseInt(ready.group(1)));
        TlsClient.trusting(first).serverName("localhost").connect(address).close();
        TestCa second = TestCa.create();
        second.server("localhost").writeTo(certs, "localhost");
        await()
            .atMost(PATIENCE)
            .ignoreExceptions()
            .until(
                () -> {
                  TlsClient.trusting(second).serverName("localhost").connect(address).close();
                  return true;
                });
        Processes.assumeAvailable("curl");
        TestCa third = TestCa.create();
        third.server("localhost").writeTo(directory, "new");
        Matcher put = Pattern.compile("(?m)^curl (-X PUT .*)$").matcher(readme);
        assertThat(put.find()).isTrue();
        String line = "curl -sS -f " + put.group(1).replace(":9443/", ":" + ready.group(2) + "/");
        try (RunningProcess curl =
            Processes.start(new ProcessBuilder("sh", "-c", line).directory(directory.toFile()))) {
          assertThat(curl.awaitExit(PATIENCE)).as(curl.output()).isZero();
        }
        TlsClient.trusting(third).serverName("localhost").connect(address).close();
        run.signal("TERM");
        assertThat(run.awaitExit(PATIENCE)).as(run.output()).isZero();
      }
    }
  }

  private static RunningProcess inRoot(String... command) {
    return Processes.start(new ProcessBuilder(command).directory(ROOT.toFile()));
  }

  private static Path root() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve("CONTRIBUTING.md"))) {
        return at;
      }
    }
    throw new AssertionError("no README.md above the working directory");
  }
}
