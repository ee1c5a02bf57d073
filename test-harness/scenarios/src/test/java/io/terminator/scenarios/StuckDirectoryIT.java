package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TlsConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A certificate directory on a file system that no longer answers, imitated by strace. */
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
