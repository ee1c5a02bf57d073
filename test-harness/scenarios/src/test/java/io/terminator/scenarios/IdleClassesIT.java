package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedCa;
import io.terminator.testkit.TestCa;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The libraries of which an idle process loads nothing, because it would keep their memory: docs,
 * "Memory" in architecture.md and acme.md.
 */
class IdleClassesIT {
  private static final Pattern UNUSED =
      Pattern.compile(
          "(com\\.fasterxml|org\\.jose4j|org\\.shredzone|picocli|com\\.amazon|java\\.net\\.http"
              + "|jdk\\.internal\\.net\\.http|io\\.micrometer\\.core\\.instrument\\.Counter"
              + "|io\\.prometheus\\.client\\.CollectorRegistry"
              + "|org\\.bouncycastle\\.(jce|jcajce|crypto\\.(engines|generators|digests)))\\b.*");

  /** To verify a class, the JVM loads the types that it catches or passes as an interface. */
  private static final Pattern FOR_VERIFICATION =
      Pattern.compile(".*Exception|org\\.shredzone\\.acme4j\\.provider\\.AcmeProvider");

  @TempDir Path directory;

  /**
   * The unused classes that a process with {@code config} loads; {@code idle} waits for its end.
   */
  private List<String> loaded(String config, Idle idle) throws Exception {
    Path file = Files.writeString(directory.resolve("terminator.yaml"), config);
    Path classes = directory.resolve("classes.log");
    List<String> log =
        List.of("env", "JDK_JAVA_OPTIONS=-Xlog:class+load:file=" + classes + ":none");
    try (RunningProcess process =
        Processes.start(ApplianceProcess.command(log, file).toArray(new String[0]))) {
      process.awaitLine(".*Ready: .*", RunningTerminator.PATIENCE);
      idle.await(process);
      process.terminate();
      assertThat(process.awaitExit(RunningTerminator.PATIENCE)).as(process.output()).isZero();
    }
    List<String> names =
        Files.readAllLines(classes).stream().map(line -> line.replaceFirst(" .*", "")).toList();
    assertThat(names).as("the log of classes").contains("io.terminator.admin.command.Run");
    return names.stream()
        .filter(name -> UNUSED.matcher(name).matches())
        .filter(name -> !FOR_VERIFICATION.matcher(name).matches())
        .toList();
  }

  private interface Idle {
    void await(RunningProcess process) throws Exception;
  }

  @Test
  void aProcessWithFilesLoadsNoneOfThem() throws Exception {
    TestCa.create()
        .server("localhost")
        .writeTo(Files.createDirectory(directory.resolve("certs")), "localhost");

    assertThat(
            loaded(
                """
                workers: 1
                listeners:
                  - { name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }
                backends: { app: { servers: ["127.0.0.1:9"] } }
                admin: { bind: "127.0.0.1:0" }
                drain: { accept-grace: 0 }
                """,
                process -> {}))
        .isEmpty();
  }

  @Test
  void aProcessWhoseCertificatesAcmeHasIssuedLoadsNoneOfThem() throws Exception {
    Path state = directory.resolve("state");
    try (EchoBackend backend = EchoBackend.start();
        ScriptedCa authority = ScriptedCa.start()) {
      authority.window(
          Instant.now().plus(Duration.ofDays(30)), Instant.now().plus(Duration.ofDays(31)), 86400);
      Path trust = Files.writeString(directory.resolve("ca.pem"), authority.ca().rootPem());
      AcmeConfig config =
          new AcmeConfig(state, backend, authority.directoryUrl())
              .acme("  trust: " + trust)
              .topLevel("drain: { accept-grace: 0 }");
      try (RunningTerminator first = config.start()) {
        await()
            .atMost(RunningTerminator.PATIENCE)
            .ignoreExceptionsInstanceOf(NoSuchFileException.class)
            .untilAsserted(
                () ->
                    assertThat(Files.readString(state.resolve("acme/order-shop.example.json")))
                        .contains("\"renewal-info\""));
        assertThat(AcmeIT.certificate(first).path("issued").asBoolean()).isTrue();
      }
      int requests = authority.count(ScriptedCa.Step.RENEWAL_INFO);

      assertThat(
              loaded(
                  config.topLevel("admin: { bind: \"127.0.0.1:0\" }").yaml(),
                  process -> {
                    process.awaitLine(
                        ".*this process orders the certificates.*", RunningTerminator.PATIENCE);
                    // A look begins with it and may end with an order: after the next one, a
                    // whole look is over.
                    Path heartbeat = heartbeat(state.resolve("acme"));
                    String beat = Files.readString(heartbeat);
                    await()
                        .atMost(RunningTerminator.PATIENCE)
                        .until(() -> !Files.readString(heartbeat).equals(beat));
                  }))
          .isEmpty();
      assertThat(authority.count(ScriptedCa.Step.RENEWAL_INFO)).isEqualTo(requests);
    }
  }

  /** The file that the only process replaces every few seconds. */
  private static Path heartbeat(Path shared) {
    return await()
        .atMost(RunningTerminator.PATIENCE)
        .until(
            () -> {
              try (Stream<Path> files = Files.list(shared)) {
                return files
                    .filter(file -> file.getFileName().toString().matches("process-[0-9a-f-]{36}"))
                    .findFirst();
              }
            },
            Optional::isPresent)
        .orElseThrow();
  }
}
