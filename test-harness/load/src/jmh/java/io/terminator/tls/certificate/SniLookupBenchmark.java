package io.terminator.tls.certificate;

import io.terminator.tls.certificate.store.CredentialSet;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Lookup of the certificate for a name among 100,000 exact names and 1,000 wildcards (200
 * certificates of 505 names). The requested names are new strings, as in a ClientHello, so their
 * hash is not cached.
 *
 * <p>Run: {@code test-harness/load/jmh SniLookupBenchmark -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SniLookupBenchmark {
  private static final int CERTIFICATES = 200;
  private static final int NAMES = 500;
  private static final int WILDCARDS = 5;
  private static final int ASKED = 1 << 16;

  private CredentialSnapshot snapshot;
  private Instant now;
  private final byte[][] exact = new byte[ASKED][];
  private final byte[][] wildcard = new byte[ASKED][];
  private final byte[][] unknown = new byte[ASKED][];
  private int turn;

  @Setup
  public void load() {
    Population population = Population.ofManyNames(CERTIFICATES, NAMES, WILDCARDS);
    snapshot = population.store().snapshot();
    now = Instant.now();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < ASKED; i++) {
      int certificate = random.nextInt(CERTIFICATES);
      exact[i] = bytes(Population.exactName(certificate, random.nextInt(NAMES)));
      wildcard[i] =
          bytes("www" + Population.wildcardSuffix(certificate, random.nextInt(WILDCARDS)));
      unknown[i] = bytes("host-" + random.nextInt() + ".unknown.example");
    }
    if (exact() == null || wildcard() == null || unknown() != null) {
      throw new IllegalStateException("the snapshot does not answer as it should");
    }
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  private String next(byte[][] names) {
    turn = (turn + 1) & (ASKED - 1);
    return new String(names[turn], StandardCharsets.US_ASCII);
  }

  /** The cost of creating the strings, to be subtracted from the other results. */
  @Benchmark
  public int nameAlone() {
    return next(exact).hashCode();
  }

  @Benchmark
  public CredentialSet exact() {
    return snapshot.find(next(exact), now);
  }

  @Benchmark
  public CredentialSet wildcard() {
    return snapshot.find(next(wildcard), now);
  }

  @Benchmark
  public CredentialSet unknown() {
    return snapshot.find(next(unknown), now);
  }
}
