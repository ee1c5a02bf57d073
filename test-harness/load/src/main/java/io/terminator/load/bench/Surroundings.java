package io.terminator.load.bench;

import io.netty.util.Version;
import io.terminator.load.subject.Cores;
import io.terminator.load.subject.Programs;
import io.terminator.load.subject.Target;
import java.io.IOException;
import java.io.InputStream;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The machine, the versions and the flags, without which a result is meaningless. */
final class Surroundings {
  private static final Set<String> TELLING_FLAGS =
      Set.of("aes", "avx2", "avx512f", "avx512ifma", "vaes", "vpclmulqdq", "sha_ni", "hypervisor");
  private static final List<String> SETTINGS =
      List.of(
          "net/ipv4/tcp_congestion_control",
          "net/ipv4/tcp_tw_reuse",
          "net/ipv4/tcp_rmem",
          "net/ipv4/tcp_wmem",
          "net/core/somaxconn",
          "net/netfilter/nf_conntrack_count");

  private Surroundings() {}

  static Map<String, String> read(Path home, List<Target> targets, String command, Cores cores) {
    Map<String, String> found = new LinkedHashMap<>();
    found.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    found.put("command", command);
    found.put("commit", commit(home));
    found.put("cpu", cpu("model name"));
    found.put("cpu flags", flags());
    found.put("cores", String.valueOf(cores.count()));
    found.put(
        "placement",
        "target "
            + cores.target(1).orElse("anywhere")
            + ", generator "
            + cores.generator().orElse("anywhere")
            + ", backend "
            + cores.backend().orElse("anywhere"));
    found.put("load at start", first(Path.of("/proc/loadavg")));
    found.put("memory", line(Path.of("/proc/meminfo"), "MemTotal"));
    found.put("kernel", first(Path.of("/proc/sys/kernel/osrelease")));
    found.put("network", network());
    for (String setting : SETTINGS) {
      found.put(setting.replace('/', '.'), first(Path.of("/proc/sys", setting)));
    }
    found.put("generator", "JDK " + System.getProperty("java.version") + ", " + netty());
    for (Target target : targets) {
      found.put("target " + target.name(), target.version());
    }
    return found;
  }

  /**
   * The network of the connections; the kernel may track them all if there is more than loopback.
   */
  static String network() {
    try {
      String others =
          NetworkInterface.networkInterfaces()
              .filter(each -> !isLoopback(each))
              .map(NetworkInterface::getName)
              .sorted()
              .collect(Collectors.joining(", "));
      return others.isEmpty() ? "loopback alone" : "loopback beside " + others;
    } catch (SocketException unreadable) {
      return "unknown";
    }
  }

  private static boolean isLoopback(NetworkInterface each) {
    try {
      return each.isLoopback();
    } catch (SocketException gone) {
      return false;
    }
  }

  private static String netty() {
    var version = Version.identify().get("netty-transport");
    return version == null ? "Netty of unknown version" : "Netty " + version.artifactVersion();
  }

  private static String commit(Path home) {
    List<String> git = List.of("git", "-C", home.toString(), "describe", "--always", "--dirty");
    return Programs.firstLine(git);
  }

  private static String cpu(String key) {
    String line = line(Path.of("/proc/cpuinfo"), key);
    // aarch64 has no model name.
    return line.isEmpty() ? line(Path.of("/proc/cpuinfo"), "CPU part") : line;
  }

  private static String flags() {
    TreeSet<String> flags = new TreeSet<>(List.of((cpu("flags") + " ").split(" ")));
    flags.retainAll(TELLING_FLAGS);
    return String.join(" ", flags);
  }

  private static String line(Path file, String key) {
    try (var lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> line.startsWith(key))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse("");
    } catch (IOException absent) {
      return "";
    }
  }

  private static String first(Path file) {
    // Not Files.readString: it begins with a piece of one byte, and these files give no second.
    try (InputStream input = Files.newInputStream(file)) {
      byte[] bytes = input.readNBytes(4096);
      return new String(bytes, StandardCharsets.ISO_8859_1).strip().replace('\t', ' ');
    } catch (IOException absent) {
      return "unknown";
    }
  }
}
