package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.connect.ConnectCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.route.ServerHealth;
import io.terminator.core.route.ServerView;
import io.terminator.testkit.DnsServer;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A server configured by name: all its DNS addresses are used, and the last known ones while DNS
 * fails.
 */
class NameResolutionIT {
  private final TestCa ca = TestCa.create();

  @Test
  void followsTheNameAndSurvivesItsNameServer() throws Exception {
    try (DnsServer dns = DnsServer.start(1);
        EchoBackend one = EchoBackend.start();
        EchoBackend two = on("127.0.0.2", one.address().getPort());
        EchoBackend three = on("127.0.0.3", one.address().getPort())) {
      dns.put("app.test", "127.0.0.1", "127.0.0.2");
      try (RunningTerminator terminator = start(dns, one.address().getPort())) {
        assertThat(addresses(terminator)).containsExactlyInAnyOrder("127.0.0.1", "127.0.0.2");
        answered(terminator, 4);
        assertThat(List.of(one.accepted(), two.accepted())).containsExactly(2, 2);

        dns.put("app.test", "127.0.0.2", "127.0.0.3");
        await()
            .atMost(RunningTerminator.PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(addresses(terminator))
                        .containsExactlyInAnyOrder("127.0.0.2", "127.0.0.3"));
        answered(terminator, 4);
        assertThat(three.accepted()).isEqualTo(2);
        assertThat(one.accepted()).isEqualTo(2);

        for (DnsServer.Mood bad : List.of(DnsServer.Mood.FAILS, DnsServer.Mood.SILENT)) {
          dns.mood(bad);
          int asked = dns.questions();
          await().atMost(RunningTerminator.PATIENCE).until(() -> dns.questions() > asked + 1);
          assertThat(addresses(terminator)).containsExactlyInAnyOrder("127.0.0.2", "127.0.0.3");
          answered(terminator, 2);
        }
        dns.put("app.test", "127.0.0.1");
        dns.mood(DnsServer.Mood.ANSWERS);
        await()
            .atMost(RunningTerminator.PATIENCE)
            .untilAsserted(() -> assertThat(addresses(terminator)).containsExactly("127.0.0.1"));
        assertThat(terminator.totals().count(ConnectCount.RETRIES)).isZero();
      }
    }
  }

  @Test
  void beginsWithoutTheNameAndServesOnceItIsKnown() throws Exception {
    try (DnsServer dns = DnsServer.start(1);
        EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(dns, backend.address().getPort())) {
      assertThat(addresses(terminator)).isEmpty();
      try (TlsConnection refused = terminator.client().connect(terminator.address())) {
        assertThat(refused.version()).isNotNull();
        terminator.awaitCloses(CloseReason.NO_BACKEND, 1);
      }
      dns.put("app.test", "127.0.0.1");
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> assertThat(addresses(terminator)).containsExactly("127.0.0.1"));
      answered(terminator, 1);
    }
  }

  @Test
  void aServerThatWasDownIsDownStillWhenItsAddressComesBack() throws Exception {
    try (DnsServer dns = DnsServer.start(1);
        EchoBackend good = EchoBackend.start()) {
      // Nobody listens on the second address.
      dns.put("app.test", "127.0.0.1", "127.0.0.2");
      String backend =
          "app: { servers: [\"app.test:%d\"], check: { type: tcp, interval: 1h, jitter: 0, rise: 1, fall: 1 } }"
              .formatted(good.address().getPort());
      try (RunningTerminator terminator = startWith(dns, backend)) {
        await()
            .atMost(RunningTerminator.PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(healths(terminator))
                        .containsExactly(ServerHealth.UP, ServerHealth.DOWN));
        dns.put("app.test", "127.0.0.1");
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> healths(terminator).equals(List.of(ServerHealth.UP)));
        List<List<ServerHealth>> seen = new ArrayList<>();
        dns.put("app.test", "127.0.0.1", "127.0.0.2");
        await()
            .atMost(RunningTerminator.PATIENCE)
            .pollInterval(Duration.ofMillis(1))
            .until(
                () -> {
                  List<ServerHealth> now = healths(terminator);
                  seen.add(now);
                  return now.size() == 2 && seen.size() > 200;
                });
        assertThat(seen)
            .isNotEmpty()
            .allMatch(now -> now.size() == 1 || now.get(1) == ServerHealth.DOWN);
      }
    }
  }

  private static List<ServerHealth> healths(RunningTerminator terminator) {
    return terminator.terminator().pools().get(0).view().stream()
        .map(server -> server.standing().health())
        .toList();
  }

  private static EchoBackend on(String address, int port) throws Exception {
    return EchoBackend.startOn(new InetSocketAddress(InetAddress.getByName(address), port));
  }

  private static List<String> addresses(RunningTerminator terminator) {
    return terminator.terminator().pools().get(0).view().stream()
        .map(ServerView::address)
        .map(address -> ((InetSocketAddress) address).getAddress().getHostAddress())
        .toList();
  }

  private static void answered(RunningTerminator terminator, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      try (TlsConnection client = terminator.client().connect(terminator.address())) {
        client.write("x");
        assertThat(client.readExactly(1)).asString().isEqualTo("x");
      }
    }
  }

  private RunningTerminator start(DnsServer dns, int port) {
    return startWith(
        dns, "app: { servers: [\"app.test:%d\"], balance: round-robin }".formatted(port));
  }

  private RunningTerminator startWith(DnsServer dns, String backend) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        """
        workers: 1
        listeners:
          - { name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }
        backends:
          %s
        dns: { servers: ["%s"], timeout: 200ms, refresh-least: 100ms, refresh-most: 1s }
        """
            .formatted(backend, dns.hostAndPort()));
  }
}
