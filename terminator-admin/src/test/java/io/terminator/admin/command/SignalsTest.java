package io.terminator.admin.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A separate process, as a shell or an orchestrator sees it. */
class SignalsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Path SAMPLES = Path.of("..", "certs-sample", "server").toAbsolutePath();

  @TempDir Path directory;

  private Process process;
  private Path output;

  @AfterEach
  void stop() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  @Test
  void drainsOnTheFirstSigtermAndExitsWithZero() throws Exception {
    start("0", "10s");
    signal("TERM");
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(ExitCode.OK);
    assertThat(output()).contains("Draining", "Drained; 0 connections", "Stopped");
  }

  @Test
  void endsAtOnceOnTheSecondSigterm() throws Exception {
    int port = start("1h", "1d");
    try (Socket stillWelcome = new Socket("127.0.0.1", port)) {
      signal("TERM");
      awaitOutput("Draining");
      assertThat(process.isAlive()).isTrue();
      assertThat(stillWelcome.isConnected()).isTrue();
      signal("TERM");
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
    assertThat(process.exitValue()).isEqualTo(ExitCode.OK);
    assertThat(output()).contains("Exiting at once", "Stopped");
  }

  @Test
  void readsEverythingAgainOnSighupAndGoesOn() throws Exception {
    // Under nohup, SIGHUP is ignored in all child processes, and Java does not change that.
    assumeFalse(isHangupIgnored(), "SIGHUP is ignored in this session");
    start("0", "10s");
    signal("HUP");
    awaitOutput("reload by=SIGHUP: no changes");
    Path config = directory.resolve("terminator.yaml");
    Files.writeString(config, Files.readString(config).replace("10s", "11s"));
    signal("HUP");
    awaitOutput("drain.window: 10s -> 11s");
    assertThat(process.isAlive()).isTrue();
  }

  @Test
  void readsTheFileAgainWhenItChangesIfToldTo() throws Exception {
    start("0", "10s", "--watch");
    Path config = directory.resolve("terminator.yaml");
    String good = Files.readString(config);
    Files.writeString(config, good.replace("window", "wnidow"));
    awaitOutput(
        "reload by=file watch: rejected with 1 problem; the previous configuration stays active");
    assertThat(output()).contains("did you mean");
    Files.writeString(config, good.replace("10s", "12s"));
    awaitOutput("drain.window: 10s -> 12s");
  }

  @Test
  void saysInOneLineThatAPortIsTaken() throws Exception {
    int port = start("0", "10s");
    Process first = process;
    Path config = directory.resolve("terminator.yaml");
    Files.writeString(
        config, Files.readString(config).replaceFirst("127.0.0.1:0", "127.0.0.1:" + port));
    launch(config);
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    first.destroyForcibly();
    assertThat(process.exitValue()).isEqualTo(ExitCode.FAILED);
    assertThat(output().lines().filter(line -> line.contains(" ERROR ")))
        .singleElement()
        .asString()
        .contains(String.valueOf(port))
        .doesNotContain(" at io.terminator");
  }

  private static boolean isHangupIgnored() throws IOException {
    String ignored =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .map(line -> line.substring("SigIgn:".length()).strip())
            .findFirst()
            .orElse("0");
    // proc(5): a hexadecimal mask; SIGHUP is signal 1, the lowest bit.
    return (Long.parseUnsignedLong(ignored, 16) & 1) != 0;
  }

  /** Returns the port of the listener once the process is ready. */
  private int start(String grace, String window, String... options) throws IOException {
    Path config =
        Files.writeString(
            directory.resolve("terminator.yaml"),
            """
            workers: 1
            listeners:
              - { name: web, bind: "127.0.0.1:0", certificates: %s, backend: app }
            backends: { app: { servers: ["127.0.0.1:1"] } }
            admin: { bind: "127.0.0.1:0" }
            drain: { accept-grace: %s, window: %s }
            """
                .formatted(SAMPLES, grace, window));
    launch(config, options);
    awaitOutput("Ready: ");
    Matcher address = Pattern.compile("web on \\S*:(\\d+);").matcher(output());
    assertThat(address.find()).as(output()).isTrue();
    return Integer.parseInt(address.group(1));
  }

  private void launch(Path config, String... options) throws IOException {
    output = Files.createTempFile(directory, "output", ".txt");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "run",
                "--config",
                config.toString()));
    command.addAll(List.of(options));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
  }

  private void signal(String name) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  private void awaitOutput(String text) {
    await().atMost(PATIENCE).until(() -> output().contains(text) || !process.isAlive());
    assertThat(output()).contains(text);
  }

  private String output() {
    try {
      return Files.readString(output);
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }
}
