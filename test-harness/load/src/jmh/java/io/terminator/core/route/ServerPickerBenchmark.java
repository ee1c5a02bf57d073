package io.terminator.core.route;

import io.terminator.core.setting.Endpoint;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The cost of choosing a server, for each algorithm; all servers are up.
 *
 * <p>Run: {@code test-harness/load/jmh ServerPickerBenchmark -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ServerPickerBenchmark {
  private static final int CLIENTS = 256;

  private final InetSocketAddress[] clients = new InetSocketAddress[CLIENTS];
  private final SplittableRandom random = new SplittableRandom(1);
  private ServerSet members = ServerSet.of(List.of());
  private int next;

  @Param({"ROUND_ROBIN", "LEAST_CONNECTIONS", "RANDOM_TWO", "SOURCE_HASH"})
  public Balance balance = Balance.RANDOM_TWO;

  @Param({"3", "50"})
  public int servers;

  @Setup
  public void layOut() {
    List<Server> all = new ArrayList<>();
    for (int i = 0; i < servers; i++) {
      ServerConfig config = ServerConfig.at(new Endpoint.Inet("10.0.0." + i, 8080));
      all.add(new Server(config, new InetSocketAddress("10.0.0." + i, 8080)));
    }
    members = ServerSet.of(all);
    for (int i = 0; i < CLIENTS; i++) {
      clients[i] = new InetSocketAddress("10.1.0." + i, 4711);
    }
  }

  @Benchmark
  public @Nullable Server one() {
    InetSocketAddress client = clients[next++ & (CLIENTS - 1)];
    return new ServerPicker(members, balance, this, client, random, 1_000_000).next();
  }
}
