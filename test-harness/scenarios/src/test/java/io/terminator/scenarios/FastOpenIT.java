package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.NetworkNamespace;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A ClientHello that arrives with the SYN, if the system permits it. */
class FastOpenIT {
  // Nobody is there: what matters is over before a server is asked for.
  private static final InetSocketAddress BACKEND = new InetSocketAddress("127.0.0.1", 9);

  @Test
  void takesTheFirstBytesWithTheSynWhereTheSystemAllowsIt() throws Exception {
    String curl = Processes.assumeAvailable("curl").toString();
    try (NetworkNamespace host = NetworkNamespace.create(41);
        ApplianceProcess appliance = start(host, 3)) {
      assertThat(appliance.process().output()).doesNotContain("tcp.fast-open has no effect");
      List<String> visit = new ArrayList<>(host.prefix());
      visit.addAll(
          List.of(
              curl,
              "-skv",
              "--tcp-fastopen",
              "https://127.0.0.1:" + appliance.address().getPort() + "/"));
      assertThat(fastOpened(host)).isZero();
      // The first visit brings the cookie that the second one shows.
      assertThat(run(visit)).contains("SSL connection using");
      assertThat(run(visit)).contains("SSL connection using");
      assertThat(fastOpened(host)).isPositive();
    }
  }

  @Test
  void saysOnceThatTheSystemDoesNot() throws Exception {
    try (NetworkNamespace host = NetworkNamespace.create(42);
        ApplianceProcess appliance = start(host, 1)) {
      assertThat(appliance.process().output())
          .containsOnlyOnce("tcp.fast-open has no effect: net.ipv4.tcp_fastopen is 1");
    }
  }

  private static ApplianceProcess start(NetworkNamespace host, int fastOpen) throws Exception {
    List<String> prefix = new ArrayList<>(host.prefix());
    prefix.addAll(
        List.of(
            "sh",
            "-c",
            "echo " + fastOpen + " > /proc/sys/net/ipv4/tcp_fastopen && exec \"$@\"",
            "sh"));
    return ApplianceProcess.before(BACKEND, prefix, "", ", tcp: { fast-open: 100 }");
  }

  /** Connections that the kernel accepted with their first bytes. */
  private static long fastOpened(NetworkNamespace host) {
    List<String> command = new ArrayList<>(host.prefix());
    command.addAll(List.of("cat", "/proc/net/netstat"));
    List<String> lines = run(command).lines().filter(line -> line.startsWith("TcpExt:")).toList();
    int column = Arrays.asList(lines.get(0).split(" ")).indexOf("TCPFastOpenPassive");
    return Long.parseLong(lines.get(1).split(" ")[column]);
  }

  private static String run(List<String> command) {
    try (RunningProcess process = Processes.start(command.toArray(new String[0]))) {
      process.awaitExit(RunningTerminator.PATIENCE);
      return process.output();
    }
  }
}
