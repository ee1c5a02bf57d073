package io.terminator.testkit;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * Another host on this machine: a network namespace with its own address, connected by a pair of
 * virtual interfaces. Needs root; otherwise the test is skipped. Any thread.
 */
public final class NetworkNamespace implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final String name;
  private final int number;

  private NetworkNamespace(int number) {
    this.number = number;
    this.name = "term-" + ProcessHandle.current().pid() + "-" + number;
  }

  /**
   * {@code number}, 1 to 60, must be unique among tests, which may run in parallel: the network is
   * 198.18.number.0/30 (RFC 2544).
   */
  public static NetworkNamespace create(int number) {
    Path ip = Processes.assumeAvailable("ip");
    Assumptions.assumeTrue(
        "root".equals(System.getProperty("user.name")), "only root makes network namespaces");
    NetworkNamespace namespace = new NetworkNamespace(number);
    String end = "tn" + number + "a";
    String far = "tn" + number + "b";
    String at = ip.toString();
    run(at, "netns", "add", namespace.name);
    run(at, "link", "add", end, "type", "veth", "peer", "name", far, "netns", namespace.name);
    run(at, "addr", "add", namespace.ours().getHostAddress() + "/30", "dev", end);
    run(at, "link", "set", end, "up");
    String theirs = namespace.address().getHostAddress() + "/30";
    run(at, "-n", namespace.name, "addr", "add", theirs, "dev", far);
    run(at, "-n", namespace.name, "link", "set", far, "up");
    run(at, "-n", namespace.name, "link", "set", "lo", "up");
    return namespace;
  }

  private static void run(String... command) {
    try (RunningProcess process = Processes.start(command)) {
      int code = process.awaitExit(PATIENCE);
      Assumptions.assumeTrue(
          code == 0, () -> String.join(" ", command) + " is not possible: " + process.output());
    }
  }

  /** Its address. */
  public InetAddress address() {
    return end(2);
  }

  /** Ours, as it sees us. */
  public InetAddress ours() {
    return end(1);
  }

  private InetAddress end(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {(byte) 198, 18, (byte) number, (byte) last});
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  /** The prefix of a command that runs on that host. */
  public List<String> prefix() {
    return List.of("ip", "netns", "exec", name);
  }

  /** Removes the interfaces as well. The processes in the namespace must have ended. */
  @Override
  public void close() {
    run("ip", "netns", "del", name);
  }
}
