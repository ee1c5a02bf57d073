package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.H2Client;
import io.terminator.testkit.H2Client.Frame;
import io.terminator.testkit.ScriptedBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A stop of the process loses no request that an h2 client had begun. */
class Http2StopIT {
  @Test
  void requestsThatWereBegunAreCompleted() throws Exception {
    CountDownLatch stopping = new CountDownLatch(1);
    CountDownLatch arrived = new CountDownLatch(2);
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                server -> {
                  server.readUntil("\r\n\r\n");
                  arrived.countDown();
                  assertThat(stopping.await(60, TimeUnit.SECONDS)).isTrue();
                  server.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
                  server.awaitEnd();
                });
        ApplianceProcess appliance =
            ApplianceProcess.before(backend.address(), List.of(), "", ", http: {}");
        H2Client idle =
            H2Client.over(appliance.client().alpn("h2").connect(appliance.address())).begin();
        H2Client client =
            H2Client.over(appliance.client().alpn("h2").connect(appliance.address())).begin()) {
      idle.await(H2Client.SETTINGS);
      client.get(1, "/");
      client.get(3, "/");
      assertThat(arrived.await(60, TimeUnit.SECONDS)).isTrue();

      appliance.process().terminate();
      assertThat(idle.awaitGoAway().lastStream()).isEqualTo(Integer.MAX_VALUE);
      // This client does not know yet either.
      idle.get(1, "/");
      Frame announced = client.awaitGoAway();
      assertThat(announced.code()).isZero();
      assertThat(announced.lastStream()).isEqualTo(Integer.MAX_VALUE);
      // The client does not know yet when it sends this.
      client.get(5, "/");
      stopping.countDown();

      List<Integer> ended = new ArrayList<>();
      while (ended.size() < 3) {
        Frame data = client.await(H2Client.DATA);
        assertThat(data.text()).isEqualTo("hello");
        ended.add(data.stream());
      }
      assertThat(ended).containsExactlyInAnyOrder(1, 3, 5);
      assertThat(idle.response(1).text()).isEqualTo("hello");
      assertThat(appliance.process().awaitExit(RunningTerminator.PATIENCE)).isZero();
    }
  }
}
