package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Streams that wait for windows of h2 clients fill the frames of the worker. */
class HttpMemoryIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String SERVER =
      "const h2=require('http2');const body=Buffer.alloc(200000,'x');"
          + "h2.createServer().on('stream',s=>{s.on('error',()=>{});s.respond({':status':200});"
          + "s.end(body)}).listen(0,'127.0.0.1',function(){console.log('port '+this.address().port)});";

  /** The WINDOW_UPDATE that frees the frames is read although no frame is free for reads. */
  @Test
  void clientsWithSmallWindowsAreAnsweredWhileTheFramesAreFull() throws Exception {
    Processes.assumeAvailable("node");
    Processes.assumeAvailable("h2load");
    TestCa ca = TestCa.create();
    try (RunningProcess server = Processes.start("node", "-e", SERVER);
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", ca.server("localhost", "127.0.0.1")),
                """
                workers: 1
                memory: { frames: 4MiB }
                listeners:
                  - name: web
                    bind: "127.0.0.1:0"
                    certificates: certs/
                    http: {}
                    backend: app
                backends:
                  app: { servers: ["127.0.0.1:%s"], protocol: h2c }
                """
                    .formatted(server.awaitLine("port (\\d+)", PATIENCE).group(1)))) {
      String url = "https://localhost:" + terminator.address().getPort() + "/";
      try (RunningProcess load =
          Processes.start(
              "h2load", "-n", "400", "-c", "4", "-m", "25", "-w", "14", "-W", "15", url)) {
        load.awaitExit(PATIENCE);
        assertThat(load.output()).contains("400 succeeded, 0 failed, 0 errored, 0 timeout");
      }
      assertThat(terminator.closes(CloseReason.OVERLOAD)).isZero();
      assertThat(terminator.metrics())
          .containsPattern("read_pauses_total\\{[^}]*reason=\"frame_budget\"[^}]*\\} [1-9]");
    }
  }
}
