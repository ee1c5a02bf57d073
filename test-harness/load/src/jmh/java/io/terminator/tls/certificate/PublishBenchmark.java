package io.terminator.tls.certificate;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
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
 * The cost of publishing a new version of one certificate with two names, with this number of other
 * names loaded.
 *
 * <p>Run: {@code test-harness/load/jmh PublishBenchmark -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PublishBenchmark {
  @Param({"1000", "10000", "100000"})
  private int names;

  private final Credential[] versions = new Credential[2];
  private final Instant now = Instant.now();
  private Population population;
  private int turn;

  @Setup
  public void load() {
    population = Population.ofManyNames(names / 500, 500, 0);
    for (int i = 0; i < versions.length; i++) {
      versions[i] = Population.mint("changed", i + 1, "changed.example", "*.changed.example");
    }
  }

  @Benchmark
  public CredentialSnapshot changeOne() {
    population.publish(versions[turn++ & 1], now);
    return population.store().snapshot();
  }
}
