package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Alone;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TlsConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Workers aligned with cores: a pinned worker runs only on its core and accepts the connections
 * that this core receives.
 */
@Alone("it ties threads to cores")
class AlignmentIT {
  private static final int FIRST_JAVA_THAT_PINS = 22;
  private static final int SOL_SOCKET = 1;
  private static final int SO_INCOMING_CPU = 49;

  @Test
  void aPinnedWorkerRunsOnItsCoreAlone() throws Exception {
    Assumptions.assumeTrue(Runtime.version().feature() >= FIRST_JAVA_THAT_PINS);
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(backend.address(), "", "workers: { count: 2, pin: true }\n")) {
      for (int worker = 0; worker < 2; worker++) {
        String core = Integer.toString(worker % Runtime.getRuntime().availableProcessors());
        String name = "worker-" + worker;
        await()
            .atMost(RunningTerminator.PATIENCE)
            .untilAsserted(() -> assertThat(allowedCores(name)).isEqualTo(core));
      }
      try (TlsConnection connection = terminator.client().connect(terminator.address())) {
        connection.write("ping");
        assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
      }
    }
  }

  @Test
  void connectionsSteeredToACoreReachThatCoresWorker() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(backend.address(), "", "workers: { count: 2, pin: true }\n")) {
      for (int i = 0; i < 8; i++) {
        try (TlsConnection connection = terminator.client().fresh().connect(terminator.address())) {
          connection.write("ping");
          assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
          // Accepted sockets tell which core their packets come in on; that the kernel knows is all
          // this asks.
          List<Integer> cores =
              terminator
                  .terminator()
                  .workers()
                  .read(
                      live -> {
                        try {
                          return live.clientSocket()
                              .socket()
                              .getIntOpt(SOL_SOCKET, SO_INCOMING_CPU);
                        } catch (java.io.IOException gone) {
                          return -1;
                        }
                      });
          assertThat(cores).hasSize(1).allMatch(core -> core >= 0);
        }
      }
    }
  }

  private static String allowedCores(String thread) throws Exception {
    try (var tasks = Files.list(Path.of("/proc/self/task"))) {
      for (Path task : tasks.toList()) {
        if (Files.readString(task.resolve("comm")).strip().equals(thread)) {
          return Files.readAllLines(task.resolve("status")).stream()
              .filter(line -> line.startsWith("Cpus_allowed_list:"))
              .map(line -> line.substring(line.indexOf(':') + 1).strip())
              .findFirst()
              .orElseThrow();
        }
      }
    }
    return "no thread " + thread;
  }
}
