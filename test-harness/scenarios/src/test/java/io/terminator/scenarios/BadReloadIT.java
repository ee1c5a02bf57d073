package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A reload with an invalid value is refused with the line and the expected value, and no other
 * change is applied.
 */
class BadReloadIT {
  private static final String GOOD =
      """
      workers: 1
      listeners:
        - name: web
          bind: "127.0.0.1:0"
          certificates: certs/
          routes: [{ sni: c.example, backend: app }]
          limits: { deny: [192.0.2.1/32] }
          backend: app
      backends:
        app: { servers: ["%s"], check: tcp }
      """;

  private record Mistake(String from, String to, int line, String... words) {}

  private static final List<Mistake> MISTAKES =
      List.of(
          new Mistake(
              "    backend: app\n", "    backend: ap\n", 8, "there is no backend named \"ap\""),
          new Mistake(
              "servers: [\"",
              "servers: [{ address: \"127.0.0.1:9\", weight: -1 }, \"",
              10,
              "weight"),
          new Mistake("deny: [192.0.2.1/32]", "deny: [192.0.2.1/24]", 7, "without host bits"),
          new Mistake(
              "backends:",
              "  - { name: web, bind: \"127.0.0.1:0\", certificates: certs/, backend: app }\nbackends:",
              9,
              "\"web\""),
          new Mistake(
              "routes: [{ sni: c.example, backend: app }]",
              "routes: [{ sni: \"*.a.example\", backend: app }, { sni: b.a.example, backend: app }]",
              6,
              "can never match"),
          new Mistake(
              "check: tcp", "check: { type: http, path: healthz }", 10, "begins with a slash"),
          new Mistake("127.0.0.1:0", "127.0.0.1:65536", 4, "port"),
          new Mistake("bind: \"127.0.0.1:0\"", "bind: [\"127.0.0.1:0\", \"nowhere\"]", 4, "bind"));

  @Test
  void isRefusedWhole() throws Exception {
    TestCa ca = TestCa.create();
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", ca.server("localhost", "127.0.0.1")),
                GOOD.formatted(backend.hostAndPort()));
        TlsConnection before = terminator.client().connect(terminator.address())) {
      Map<String, List<SocketAddress>> addresses = terminator.terminator().addresses();
      for (Mistake mistake : MISTAKES) {
        String good = GOOD.formatted(backend.hostAndPort());
        assertThat(good).contains(mistake.from());
        // Behind each mistake there is something good that must not be taken over either.
        terminator.rewrite(
            good.replace(mistake.from(), mistake.to()) + "http: { bind: \"127.0.0.1:0\" }\n");
        ReloadOutcome outcome = terminator.terminator().reload("test");
        assertThat(outcome.result()).as(mistake.to()).isEqualTo(ReloadOutcome.Result.REFUSED);
        assertThat(outcome.problems())
            .anySatisfy(
                problem ->
                    assertThat(problem.toString())
                        .contains("terminator.yaml:" + mistake.line() + " ")
                        .contains("expected")
                        .contains(mistake.words()));
        assertThat(terminator.terminator().addresses()).isEqualTo(addresses);
        assertThat(terminator.terminator().httpAddress()).isNull();
        assertEchoes(before);
        try (TlsConnection client = terminator.client().connect(terminator.address())) {
          assertEchoes(client);
        }
      }
    }
  }

  private static void assertEchoes(TlsConnection client) throws IOException {
    client.write("here");
    assertThat(client.readExactly(4)).asString().isEqualTo("here");
  }
}
