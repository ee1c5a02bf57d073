package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.HttpBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Security scanners report no finding, and the presets offer exactly the documented versions. */
class ScannersIT {
  private static final Set<String> FINE = Set.of("OK", "INFO");

  /** Checks that always produce output; without one of them the scan did not take place. */
  private static final List<String> LOOKED_FOR =
      List.of(
          "heartbleed",
          "CCS",
          "secure_renego",
          "secure_client_renego",
          "FREAK",
          "DROWN",
          "LOGJAM",
          "cipherlist_NULL",
          "cipherlist_aNULL",
          "cipherlist_EXPORT",
          "cipherlist_LOW",
          "cipherlist_3DES_IDEA",
          "cipherlist_AVERAGE",
          "cipherlist_STRONG");

  @TempDir Path directory;

  @Test
  void findNothingButWhatThePresetsPromise() {
    Path testssl = Processes.assumeAvailable("testssl");
    Path sslscan = Processes.assumeAvailable("sslscan");
    Processes.assumeAvailable("jq");
    TestCa ca = TestCa.create();
    try (HttpBackend backend = HttpBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", ca.server("localhost")),
                "workers: 1\nlisteners:\n"
                    + listener("intermediate")
                    + listener("modern")
                    + "backends:\n  app: { servers: [\"127.0.0.1:"
                    + backend.port()
                    + "\"] }\n");
        RunningProcess first = testssl(testssl, terminator, "intermediate");
        RunningProcess second = testssl(testssl, terminator, "modern")) {
      String listed = sslscan(sslscan, terminator);
      assertThat(listed)
          .containsPattern("TLSv1\\.1 +disabled")
          .containsPattern("TLSv1\\.2 +enabled")
          .containsPattern("TLSv1\\.3 +enabled")
          .containsPattern("Accepted +TLSv1\\.2 +\\d+ bits +ECDHE-ECDSA-")
          .doesNotContainPattern("(Accepted|Preferred).*(CBC|SHA1|3DES|RC4|-SHA\\b)");

      Map<String, List<String>> intermediate = findings(first, "intermediate");
      assertVersions(intermediate, "TLS1_2", "TLS1_3");
      // A question about TLS 1.2 alone: it is not asked where there is only 1.3.
      assertThat(intermediate.get("SWEET32").get(0)).isIn(FINE);
      Map<String, List<String>> modern = findings(second, "modern");
      assertVersions(modern, "TLS1_3");
    }
  }

  private static String listener(String preset) {
    return "  - { name: %s, bind: \"127.0.0.1:0\", certificates: certs/, backend: app, tls: %s }\n"
        .formatted(preset, preset);
  }

  private RunningProcess testssl(Path program, RunningTerminator terminator, String listener) {
    return Processes.start(
        "sh",
        "-c",
        program
            + " --quiet --color 0 --warnings off --ip 127.0.0.1 --nodns none --assume-http"
            + " -p -s -H -I -R -F -D -J -W --jsonfile "
            + directory.resolve(listener + ".json")
            + " localhost:"
            + terminator.address(listener).getPort()
            + " < /dev/null");
  }

  private static String sslscan(Path program, RunningTerminator terminator) {
    try (RunningProcess scan =
        Processes.start(
            program.toString(),
            "--no-colour",
            "--no-check-certificate",
            "127.0.0.1:" + terminator.address("intermediate").getPort())) {
      assertThat(scan.awaitExit(RunningTerminator.PATIENCE)).as(scan.output()).isZero();
      return scan.output();
    }
  }

  /** By check: severity and finding. */
  private Map<String, List<String>> findings(RunningProcess scan, String listener) {
    scan.awaitExit(RunningTerminator.PATIENCE.multipliedBy(3));
    Map<String, List<String>> findings = new HashMap<>();
    try (RunningProcess jq =
        Processes.start(
            "jq",
            "-r",
            ".[] | [.id, .severity, .finding] | @tsv",
            directory.resolve(listener + ".json").toString())) {
      assertThat(jq.awaitExit(RunningTerminator.PATIENCE)).as(scan.output()).isZero();
      for (String line : jq.lines()) {
        String[] parts = line.split("\t", 3);
        findings.put(parts[0], List.of(parts[1], parts[2]));
      }
    }
    assertThat(findings).as(scan.output()).containsKeys(LOOKED_FOR.toArray(new String[0]));
    LOOKED_FOR.forEach(
        id ->
            assertThat(findings.get(id).get(0))
                .as("%s on %s: %s", id, listener, findings.get(id))
                .isIn(FINE));
    return findings;
  }

  private static void assertVersions(Map<String, List<String>> findings, String... offered) {
    for (String version : List.of("SSLv2", "SSLv3", "TLS1", "TLS1_1", "TLS1_2", "TLS1_3")) {
      String finding = findings.getOrDefault(version, List.of("", "")).get(1);
      if (List.of(offered).contains(version)) {
        assertThat(finding).as(version).startsWith("offered");
      } else {
        assertThat(finding).as(version).startsWith("not offered");
      }
    }
  }
}
