package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.phase.CloseReason;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.ServerState;
import io.terminator.core.route.ServerView;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A server is taken out of service and put back while clients are served. */
class ServerStateIT {
  private final TestCa ca = TestCa.create();

  @Test
  void drainKeepsWhatIsOpenAndDisableClosesIt() throws Exception {
    try (EchoBackend one = EchoBackend.start();
        EchoBackend two = EchoBackend.start();
        RunningTerminator terminator = start(one, two)) {
      BackendPool pool = terminator.terminator().pools().get(0);
      TlsConnection first = answered(terminator);
      TlsConnection second = answered(terminator);
      assertThat(one.active()).isEqualTo(1);
      assertThat(two.active()).isEqualTo(1);

      assertThat(pool.setState(one.hostAndPort(), ServerState.DRAIN)).isTrue();
      for (int i = 0; i < 4; i++) {
        answered(terminator).close();
      }
      assertThat(one.accepted()).isEqualTo(1);
      assertThat(two.accepted()).isEqualTo(5);
      for (TlsConnection open : new TlsConnection[] {first, second}) {
        open.write("y");
        assertThat(open.readExactly(1)).asString().isEqualTo("y");
      }
      ServerView drained = pool.view().get(0);
      assertThat(drained.standing().state()).isEqualTo(ServerState.DRAIN);
      assertThat(drained.counts().active()).isEqualTo(1);

      pool.setState(one.hostAndPort(), ServerState.DISABLED);
      terminator.awaitCloses(CloseReason.SERVER_DOWN, 1);
      await().atMost(RunningTerminator.PATIENCE).until(() -> one.active() == 0);
      assertThat(two.active()).isEqualTo(1);

      // A reload that keeps the server keeps its state.
      terminator.rewrite(yaml(one, two).replace("attempts: 3", "attempts: 2"));
      assertThat(terminator.terminator().reload("test").problems()).isEmpty();
      BackendPool reloaded = terminator.terminator().pools().get(0);
      assertThat(reloaded.view().get(0).standing().state()).isEqualTo(ServerState.DISABLED);
      assertThat(terminator.metrics())
          .contains(
              "terminator_backend_up{backend=\"app\",server=\"%s\",} 0.0"
                  .formatted(one.hostAndPort()));

      reloaded.setState(one.hostAndPort(), ServerState.READY);
      answered(terminator).close();
      answered(terminator).close();
      assertThat(one.accepted()).isEqualTo(2);
      assertThat(terminator.metrics())
          .contains(
              "terminator_backend_up{backend=\"app\",server=\"%s\",} 1.0"
                  .formatted(one.hostAndPort()));
      first.close();
      second.close();
    }
  }

  @Test
  void aBackendThatIsTakenOutWholeRefuses() throws Exception {
    try (EchoBackend one = EchoBackend.start();
        EchoBackend two = EchoBackend.start();
        RunningTerminator terminator = start(one, two)) {
      BackendPool pool = terminator.terminator().pools().get(0);
      pool.setState(one.hostAndPort(), ServerState.DRAIN);
      pool.setState(two.hostAndPort(), ServerState.DISABLED);
      try (TlsConnection refused = terminator.client().connect(terminator.address())) {
        terminator.awaitCloses(CloseReason.NO_BACKEND, 1);
      }
      assertThat(one.accepted() + two.accepted()).isZero();
    }
  }

  private static TlsConnection answered(RunningTerminator terminator) throws Exception {
    TlsConnection client = terminator.client().connect(terminator.address());
    client.write("x");
    assertThat(client.readExactly(1)).asString().isEqualTo("x");
    return client;
  }

  private RunningTerminator start(EchoBackend one, EchoBackend two) {
    return RunningTerminator.start(ca, Map.of("localhost", ca.server("localhost")), yaml(one, two));
  }

  private static String yaml(EchoBackend one, EchoBackend two) {
    return """
        workers: 1
        listeners:
          - { name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }
        backends:
          app:
            servers: ["%s", "%s"]
            balance: round-robin
            connect: { attempts: 3 }
        """
        .formatted(one.hostAndPort(), two.hostAndPort());
  }
}
