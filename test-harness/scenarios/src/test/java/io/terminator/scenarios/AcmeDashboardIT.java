package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Alone;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.ScriptedCa;
import io.terminator.testkit.ScriptedCa.Answer;
import io.terminator.testkit.ScriptedCa.Step;
import io.terminator.testkit.TestCa;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The certificates that ACME orders, on the dashboard and in metrics. */
@Alone(
    "a browser is as busy as a whole scenario, and drops requests when the network of the machine changes")
class AcmeDashboardIT {
  private static final String MARKUP = "<img src=x onerror=alert(1)>";

  @TempDir Path state;

  @Test
  void aFailureIsShownWithItsRemedyAndGoesWithASuccess() throws Exception {
    TestCa ca = TestCa.create();
    try (EchoBackend backend = EchoBackend.start();
        ScriptedCa authority = ScriptedCa.start();
        Chromium chromium = Chromium.start(ca.server("127.0.0.1").leaf().getPublicKey())) {
      authority.always(Step.NEW_ORDER, Answer.problem(403, "caa", "CAA forbids " + MARKUP));
      try (RunningTerminator terminator =
              new AcmeConfig(state, backend, authority.directoryUrl()).start();
          ChromiumPage page = chromium.open()) {
        page.size(1440, 900);
        page.go(terminator.terminator().adminUrl() + "/");
        page.awaitText("acme-certificates", "caa: CAA forbids " + MARKUP);
        assertThat(page.text("acme-certificates"))
            .contains("shop.example", "1 failure in succession", "CAA records of the name");
        assertThat(page.text("acme-state")).isEqualTo(authority.directoryUrl());
        assertThat(page.text("attention")).doesNotContain("orders of shop.example");
        assertThat(page.evaluate("document.querySelectorAll('#acme img').length").asInt()).isZero();
        assertThat(terminator.metrics())
            .containsPattern(
                "terminator_acme_last_failure_timestamp_seconds\\{certificate=\"shop.example\",type=\"caa\",?\\} 1\\.");
        renew(terminator);
        page.awaitText("attention", "2 orders of shop.example failed: caa");
        page.screenshot(Path.of("target", "dashboard", "acme.png"));

        authority.always(Step.NEW_ORDER, null);
        renew(terminator);
        page.awaitText("acme-certificates", "two thirds of its lifetime");
        assertThat(page.text("acme-certificates")).doesNotContain("caa");
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> !page.text("attention").contains("orders of shop.example"));
        assertThat(terminator.metrics())
            .doesNotContain("terminator_acme_last_failure_timestamp_seconds{");
        assertThat(page.complaints("")).as("errors in the console").isEmpty();
      }
    }
  }

  private static void renew(RunningTerminator terminator) throws Exception {
    terminator.call("POST", "/v1/certificates/shop.example:renew", 200);
  }
}
