package io.terminator.core.route;

import io.terminator.core.setting.HostPattern;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
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
 * The cost of routing if the last of all routes matches; every second one is a wildcard.
 *
 * <p>Run: {@code test-harness/load/jmh RouteMatchBenchmark -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RouteMatchBenchmark {
  private final InetSocketAddress client = new InetSocketAddress("10.1.2.3", 4711);
  private final List<String> offered = List.of("h2", "http/1.1");
  private RouteTable table = new RouteTable(List.of(), List.of());

  @Param({"1", "10", "100"})
  public int routes;

  @Setup
  public void layOut() {
    List<Route> all = new ArrayList<>();
    for (int i = 1; i < routes; i++) {
      String name = (i % 2 == 0 ? "*." : "") + "service-" + i + ".example";
      all.add(
          route(
              new RouteConfig(
                  List.of(HostPattern.parse(name)),
                  List.of(),
                  List.of(),
                  RouteMode.TERMINATE,
                  "backend-" + i)));
    }
    all.add(route(RouteConfig.toAll("rest")));
    table = new RouteTable(all, List.of("h2", "http/1.1"));
  }

  private static Route route(RouteConfig config) {
    return new Route(config, new BackendPool(config.backend(), Balance.RANDOM_TWO, List.of()));
  }

  @Benchmark
  public @Nullable Route last() {
    return table.find("www.other.example", offered, client);
  }
}
