package io.terminator.core.route;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.terminator.core.setting.Endpoint;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Shares of the servers, their order after failures, and which servers are skipped. */
class ServerPickerTest {
  private static final int CLIENTS = 20_000;
  private static final long NOW = 1_000_000;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final List<Object> workers = List.of("worker-0", "worker-1");

  /**
   * The maximum deviation of a server from its share, in percent of the share, with connections
   * that stay open.
   */
  @ParameterizedTest
  @CsvSource({"ROUND_ROBIN, 0.1", "LEAST_CONNECTIONS, 0.1", "RANDOM_TWO, 2", "SOURCE_HASH, 10"})
  void sharesOpenConnectionsByWeight(Balance balance, double percent) {
    List<Server> servers = servers(1, 1, 2, 4);
    for (int i = 0; i < CLIENTS; i++) {
      Server server = choice(servers, balance, i).next();
      assertThat(server).isNotNull();
      server.counters(worker(i)).opened();
    }
    for (Server server : servers) {
      double share = CLIENTS * server.weight() / 8.0;
      assertThat((double) server.count(ServerCount.ACTIVE))
          .as("seed %d: %s of weight %d", seed, server, server.weight())
          .isCloseTo(share, within(share * percent / 100));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Balance.class,
      names = {"LEAST_CONNECTIONS", "RANDOM_TWO"})
  void sparesAServerThatIsBusy(Balance balance) {
    List<Server> servers = servers(1, 1, 1);
    Server busy = servers.get(1);
    for (int i = 0; i < 100; i++) {
      busy.counters("worker-0").opened();
    }
    Map<Server, Integer> seen = new HashMap<>();
    for (int i = 0; i < 150; i++) {
      Server server = choice(servers, balance, i).next();
      assertThat(server).isNotNull();
      server.counters(worker(i)).opened();
      seen.merge(server, 1, Integer::sum);
    }
    assertThat(seen.getOrDefault(busy, 0)).as("seed %d", seed).isZero();
  }

  @Test
  void givesHeavyServersTheirTurnsEvenly() {
    List<Server> servers = servers(1, 3);
    StringBuilder order = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      order.append(
          new ServerPicker(ServerSet.of(servers), Balance.ROUND_ROBIN, "w", client(0), random, NOW)
              .next());
    }
    assertThat(order.toString().replace("unix:", "")).isEqualTo("s1s0s1s1s1s0s1s1");
  }

  @Test
  void keepsAClientOnItsServerAndMovesOnlyThoseOfOneThatLeft() {
    List<Server> servers = servers(1, 1, 1, 1, 1);
    List<Server> fewer = new ArrayList<>(servers);
    Server gone = fewer.remove(2);
    int moved = 0;
    for (int i = 0; i < 2_000; i++) {
      Server before = choice(servers, Balance.SOURCE_HASH, i).next();
      assertThat(choice(servers, Balance.SOURCE_HASH, i).next()).isSameAs(before);
      Server after = choice(fewer, Balance.SOURCE_HASH, i).next();
      if (before == gone) {
        moved++;
      } else {
        assertThat(after).isSameAs(before);
      }
    }
    assertThat(moved).isBetween(300, 500);
  }

  @ParameterizedTest
  @EnumSource(Balance.class)
  void triesEachServerOnceBackupsLast(Balance balance) {
    List<Server> servers = servers(2, 1, 1);
    Server backup = server("backup", 9, 5, true);
    servers.add(0, backup);
    ServerPicker choice = choice(servers, balance, 7);
    List<Server> order = new ArrayList<>();
    for (Server next = choice.next(); next != null; next = choice.next()) {
      order.add(next);
    }
    assertThat(order).hasSize(4).doesNotHaveDuplicates().last().isSameAs(backup);
  }

  @ParameterizedTest
  @EnumSource(Balance.class)
  void leavesOutWhatFailedForATimeThatDoublesUnlessNothingElseIsLeft(Balance balance) {
    List<Server> servers = servers(1, 1);
    Server bad = servers.get(0);
    Server good = servers.get(1);
    bad.eject(NOW);
    // Connects that were already in progress do not count again.
    bad.eject(NOW + 1);
    assertThat(bad.isAvailable(NOW + SECONDS.toNanos(1) - 1)).isFalse();
    assertThat(bad.isAvailable(NOW + SECONDS.toNanos(1))).isTrue();
    for (int i = 0; i < 50; i++) {
      assertThat(choice(servers, balance, i).next()).isSameAs(good);
    }
    long later = NOW + SECONDS.toNanos(1);
    bad.eject(later);
    assertThat(bad.isAvailable(later + SECONDS.toNanos(2) - 1)).isFalse();
    assertThat(bad.isAvailable(later + SECONDS.toNanos(2))).isTrue();
    bad.restore();
    assertThat(bad.isAvailable(later)).isTrue();

    bad.eject(NOW);
    good.eject(NOW);
    ServerPicker panicking = choice(servers, balance, 1);
    assertThat(List.of(panicking.next(), panicking.next())).containsExactlyInAnyOrder(bad, good);
    assertThat(panicking.next()).isNull();
  }

  @ParameterizedTest
  @EnumSource(Balance.class)
  void leavesOutWhatTheOperatorTookOutEvenIfNothingElseIsLeft(Balance balance) {
    List<Server> servers = servers(1, 1);
    BackendPool pool = new BackendPool("app", balance, servers);
    assertThat(pool.setState("unix:s0", ServerState.DRAIN)).isTrue();
    assertThat(pool.setState("unix:s9", ServerState.DRAIN)).isFalse();
    for (int i = 0; i < 20; i++) {
      assertThat(pool.choose(worker(i), client(i)).next()).isSameAs(servers.get(1));
    }
    pool.setState("unix:s1", ServerState.DISABLED);
    assertThat(pool.choose(worker(0), client(0)).next()).isNull();
    // A new address of a name has the state of that name.
    Server other = server("s1", 8001, 1, false);
    pool.publish(List.of(servers.get(0), other));
    assertThat(other.state()).isEqualTo(ServerState.DISABLED);
    pool.setState("unix:s1", ServerState.READY);
    assertThat(pool.choose(worker(0), client(0)).next()).isSameAs(other);
  }

  @ParameterizedTest
  @EnumSource(Balance.class)
  void believesTheChecksUnlessTooFewAreUp(Balance balance) {
    List<Server> servers = servers(1, 1, 1, 1);
    servers.get(0).toHealth(ServerHealth.DOWN);
    servers.get(1).toHealth(ServerHealth.DOWN);
    for (int i = 0; i < 20; i++) {
      assertThat(choice(servers, balance, i).next()).isIn(servers.get(2), servers.get(3));
    }
    ServerPicker patient = choice(servers, balance, 1);
    List<Server> order = List.of(patient.next(), patient.next(), patient.next(), patient.next());
    assertThat(order.subList(2, 4)).containsExactlyInAnyOrder(servers.get(0), servers.get(1));

    ServerSet panicking = ServerSet.of(servers, 51);
    boolean downToo = false;
    for (int i = 0; i < 200; i++) {
      Server next = new ServerPicker(panicking, balance, worker(i), client(i), random, NOW).next();
      downToo |= next == servers.get(0) || next == servers.get(1);
    }
    assertThat(downToo).as("seed %d", seed).isTrue();

    servers.get(2).toHealth(ServerHealth.DOWN);
    servers.get(3).toHealth(ServerHealth.DOWN);
    assertThat(choice(servers, balance, 1).next()).isNotNull();
    ServerSet strict = ServerSet.of(servers, 0);
    assertThat(new ServerPicker(strict, balance, "w", client(1), random, NOW).next()).isNull();
  }

  @ParameterizedTest
  @CsvSource({"ROUND_ROBIN, 1", "RANDOM_TWO, 20", "SOURCE_HASH, 20"})
  void startsAServerSlowlyThatComesBack(Balance balance, double percent) {
    Server steady = server("steady", 1, 1, false);
    ServerConfig slow =
        new ServerConfig(new Endpoint.Unix("slow"), 1, false, 0, java.time.Duration.ofSeconds(10));
    Server back = new Server(slow, new InetSocketAddress("127.0.0.1", 2));
    assertThat(back.weight(Long.MAX_VALUE)).isEqualTo(1000);
    back.toState(ServerState.DRAIN);
    back.toState(ServerState.READY);
    long risen = back.status().risenNanos();
    long[][] expected = {{0, 100}, {1, 100}, {5, 500}, {9, 900}, {10, 1000}, {60, 1000}};
    for (long[] each : expected) {
      assertThat(back.weight(risen + SECONDS.toNanos(each[0]))).isEqualTo(each[1]);
    }
    ServerSet both = ServerSet.of(List.of(steady, back));
    int got = 0;
    for (int i = 0; i < CLIENTS; i++) {
      ServerPicker choice =
          new ServerPicker(both, balance, "w", client(i), random, risen + SECONDS.toNanos(5));
      Server next = choice.next();
      assertThat(next).isNotNull();
      next.counters("w").opened();
      got += next == back ? 1 : 0;
    }
    double share = CLIENTS / 3.0;
    assertThat((double) got).as("seed %d", seed).isCloseTo(share, within(share * percent / 100));
  }

  @ParameterizedTest
  @EnumSource(Balance.class)
  void leavesOutAServerThatIsFullAndSaysSo(Balance balance) {
    List<Server> all = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      all.add(
          new Server(
              new ServerConfig(new Endpoint.Unix("s" + i), 1, false, 2, java.time.Duration.ZERO),
              new InetSocketAddress("127.0.0.1", i + 1)));
    }
    all.add(server("backup", 9, 1, true));
    Map<Server, Integer> got = new HashMap<>();
    for (int i = 0; i < 4; i++) {
      Server next = choice(all, balance, i).next();
      assertThat(next).isNotNull();
      next.counters(worker(i)).opened();
      got.merge(next, 1, Integer::sum);
    }
    assertThat(got).containsOnly(Map.entry(all.get(0), 2), Map.entry(all.get(1), 2));
    // Waiting is preferred to a backup, which is for failed servers.
    ServerPicker fifth = choice(all, balance, 4);
    assertThat(fifth.next()).isNull();
    assertThat(fifth.isFull()).isTrue();
    all.get(1).counters(worker(0)).release();
    assertThat(fifth.next()).isSameAs(all.get(1));
  }

  private ServerPicker choice(List<Server> servers, Balance balance, int client) {
    return new ServerPicker(
        ServerSet.of(servers), balance, worker(client), client(client), random, NOW);
  }

  private Object worker(int client) {
    return workers.get(client % 2);
  }

  private static InetSocketAddress client(int number) {
    return new InetSocketAddress("10.1." + number / 250 + "." + number % 250, 4711);
  }

  private static Server server(String name, int port, int weight, boolean backup) {
    return new Server(
        new ServerConfig(new Endpoint.Unix(name), weight, backup),
        new InetSocketAddress("127.0.0.1", port));
  }

  private static List<Server> servers(int... weights) {
    List<Server> servers = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      servers.add(server("s" + i, 8000 + i, weights[i], false));
    }
    return servers;
  }
}
