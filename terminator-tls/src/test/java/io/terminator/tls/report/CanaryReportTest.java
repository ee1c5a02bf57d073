package io.terminator.tls.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.setting.Cidr;
import io.terminator.tls.policy.CanaryConfig;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicyConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CanaryReportTest {
  private static final int SOURCES = 20_000;

  @Test
  void theShareOfSourcesIsAsConfiguredAndGrowsWithoutLosingAnyone() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Set<InetSocketAddress> before = new HashSet<>();
    for (int percent : new int[] {0, 1, 5, 50, 100}) {
      CanaryReport canary = canary("new", percent, List.of());
      CanaryReport replica = canary("new", percent, List.of());
      Random addresses = new Random(seed);
      Set<InetSocketAddress> taken = new HashSet<>();
      for (int i = 0; i < SOURCES; i++) {
        InetSocketAddress client = client(addresses, i, 1 + random.nextInt(65_000));
        assertThat(replica.takes(client)).as("seed " + seed).isEqualTo(canary.takes(client));
        if (canary.takes(client)) {
          taken.add(new InetSocketAddress(client.getAddress(), 0));
        }
      }
      assertThat(100.0 * taken.size() / SOURCES)
          .as("seed " + seed)
          .isBetween(percent - 1.5, percent + 1.5);
      assertThat(taken).as("seed " + seed + ", " + percent).containsAll(before);
      before = taken;
    }
  }

  @Test
  void anotherPolicyTakesOtherSources() throws Exception {
    CanaryReport one = canary("one", 50, List.of());
    CanaryReport other = canary("other", 50, List.of());
    int both = 0;
    for (int i = 0; i < 1000; i++) {
      InetSocketAddress client = new InetSocketAddress("10.0." + i / 250 + "." + i % 250, 1);
      both += one.takes(client) && other.takes(client) ? 1 : 0;
    }
    assertThat(both).isBetween(150, 350);
  }

  @Test
  void listedNetworksAreAlwaysTaken() {
    CanaryReport canary = canary("new", 0, List.of(Cidr.parse("10.0.0.0/8")));
    assertThat(canary.takes(new InetSocketAddress("10.1.2.3", 1))).isTrue();
    assertThat(canary.takes(new InetSocketAddress("11.1.2.3", 1))).isFalse();
  }

  private static InetSocketAddress client(Random random, int index, int port) throws Exception {
    byte[] address = new byte[index % 2 == 0 ? 4 : 16];
    random.nextBytes(address);
    return new InetSocketAddress(InetAddress.getByAddress(address), port);
  }

  private static CanaryReport canary(String name, int percent, List<Cidr> sources) {
    return new CanaryReport(
        "web",
        new NamedPolicy(
            name,
            List.of(),
            TlsPolicyConfig.DEFAULT,
            null,
            NamedPolicy.Mode.CANARY,
            new CanaryConfig(percent, sources, 5, 20)));
  }
}
