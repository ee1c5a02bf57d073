package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.SinkBackend;
import io.terminator.testkit.TlsConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A drain requested through the admin API ends the process in order. */
class AdminDrainIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @Test
  void theApiDrainsAndTheProcessEnds() throws Exception {
    try (SinkBackend backend = SinkBackend.start();
        ApplianceProcess appliance =
            ApplianceProcess.before(
                backend.address(), List.of(), "drain: { accept-grace: 0, window: 50s }\n");
        TlsConnection live = appliance.client().connect(appliance.address())) {
      // A request without an answer: the drain waits for it.
      live.write("ping");
      await().atMost(RunningTerminator.PATIENCE).until(() -> backend.bytes() == 4);
      HttpResponse<String> drain = send(appliance, "POST", "/v1:drain");
      assertThat(drain.statusCode()).isEqualTo(202);
      assertThat(drain.body()).isEqualTo("{\"state\":\"draining\"}");
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> send(appliance, "GET", "/readyz").statusCode() == 503);
      appliance
          .process()
          .awaitLine(
              ".*admin change=\"POST /v1:drain\" who=\"full by loopback\".*"
                  + "before=\"serving\" after=\"draining\".*",
              RunningTerminator.PATIENCE);
      live.close();
      assertThat(appliance.process().awaitExit(RunningTerminator.PATIENCE)).isZero();
    }
  }

  private static HttpResponse<String> send(ApplianceProcess appliance, String method, String path)
      throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + appliance.admin().getPort() + path);
    return HTTP.send(
        HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody()).build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
