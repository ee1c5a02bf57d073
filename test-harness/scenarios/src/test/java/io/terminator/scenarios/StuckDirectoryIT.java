package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Directories on a file system that no longer answers, imitated by strace. */
class StuckDirectoryIT {
  private static final Duration LONGER_THAN_THE_LIMIT = Duration.ofSeconds(45);

  @Test
  void aDirectoryThatDoesNotAnswerDelaysAReloadByTheTimeLimitOnly() throws Exception {
    Processes.assumeAvailable("strace");
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance = ApplianceProcess.before(backend.address(), List.of(), "")) {
      Path certificates = appliance.directory().resolve("certs").toRealPath();
      try (RunningProcess strace =
          Processes.start(
              "strace",
              "-f",
              "-o",
              "/dev/null",
              "-p",
              Long.toString(appliance.process().pid()),
              "-P",
              certificates.toString(),
              "-e",
              "trace=getdents64",
              "-e",
              "inject=getdents64:delay_enter=90000000")) {
        strace.awaitLine(".*attached.*", Duration.ofSeconds(20));
        String stuck = ask(appliance, "POST", "/v1/certificates:reload");
        assertThat(stuck).contains("did not answer within 10.0 s", "stays in service");
        assertThat(ask(appliance, "GET", "/v1/certificates")).contains("\"localhost\"");
        try (TlsConnection connection = appliance.client().connect(appliance.address())) {
          connection.write("ping");
          assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
        }
        strace.signal("INT");
        strace.awaitExit(Duration.ofSeconds(20));
      }
      assertThat(ask(appliance, "POST", "/v1/certificates:reload"))
          .doesNotContain("did not answer");
    }
  }

  @Test
  void aStateDirectoryThatDoesNotAnswerCostsUploadsOnly() throws Exception {
    Processes.assumeAvailable("strace");
    Path state = Files.createTempDirectory("terminator-state");
    Credential upload = TestCa.create().server("uploaded.example");
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance =
            ApplianceProcess.before(
                backend.address(), List.of(), "state-dir: \"" + state + "\"\n")) {
      try (RunningProcess strace =
          Processes.start(
              "strace",
              "-f",
              "-o",
              "/dev/null",
              "-p",
              Long.toString(appliance.process().pid()),
              "-e",
              "trace=fsync,fdatasync",
              "-e",
              "inject=fsync,fdatasync:delay_enter=90000000")) {
        strace.awaitLine(".*attached.*", Duration.ofSeconds(20));
        HttpResponse<String> stuck = upload(appliance, upload);
        assertThat(stuck.statusCode()).isEqualTo(507);
        assertThat(stuck.body()).contains("did not answer within 10.0 s", "state-dir");
        long begun = System.nanoTime();
        assertThat(upload(appliance, upload).body()).contains("an earlier operation");
        assertThat(ask(appliance, "POST", "/v1/certificates:reload")).contains("\"certificates\"");
        assertThat(ask(appliance, "GET", "/v1/certificates")).doesNotContain("uploaded.example");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(8));
        try (TlsConnection connection = appliance.client().connect(appliance.address())) {
          connection.write("ping");
          assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
        }
        strace.signal("INT");
        strace.awaitExit(Duration.ofSeconds(20));
      }
      await()
          .atMost(LONGER_THAN_THE_LIMIT)
          .untilAsserted(() -> assertThat(upload(appliance, upload).statusCode()).isEqualTo(200));
      // What was refused did not appear afterwards.
      assertThat(ask(appliance, "GET", "/v1/certificates/uploaded")).contains("\"versions\":[1]");
    }
  }

  private static HttpResponse<String> upload(ApplianceProcess appliance, Credential credential)
      throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:"
                            + appliance.admin().getPort()
                            + "/v1/certificates/uploaded"))
                .header("Content-Type", "application/x-pem-file")
                .PUT(
                    HttpRequest.BodyPublishers.ofString(
                        credential.chainPem() + credential.keyPem()))
                .timeout(LONGER_THAN_THE_LIMIT)
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static String ask(ApplianceProcess appliance, String method, String path)
      throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + appliance.admin().getPort() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(LONGER_THAN_THE_LIMIT)
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
