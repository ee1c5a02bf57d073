package io.terminator.tls.sni;

import io.terminator.testkit.TestCa;
import io.terminator.tls.certificate.Credential;
import io.terminator.tls.certificate.CredentialLoader;
import io.terminator.tls.certificate.Loaded;
import io.terminator.tls.certificate.WeakKeys;
import io.terminator.tls.engine.TlsSettings;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
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
 * Who answers for a name, among 100,000 exact names and 1,000 wildcards (200 certificates of 505 names). The names asked for
 * are fresh strings, as a ClientHello brings them: their hash is not cached.
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

  private IdentityTable table;
  private final byte[][] exact = new byte[ASKED][];
  private final byte[][] wildcard = new byte[ASKED][];
  private final byte[][] unknown = new byte[ASKED][];
  private int turn;

  @Setup
  public void load() {
    TestCa ca = TestCa.create();
    CredentialLoader loader = new CredentialLoader(InstantSource.system(), WeakKeys.REFUSED);
    List<Credential> credentials = new ArrayList<>();
    for (int certificate = 0; certificate < CERTIFICATES; certificate++) {
      List<String> names = new ArrayList<>();
      for (int name = 0; name < NAMES; name++) {
        names.add(exactName(certificate, name));
      }
      for (int name = 0; name < WILDCARDS; name++) {
        names.add("*" + wildcardSuffix(certificate, name));
      }
      io.terminator.testkit.Credential made = ca.server(names.toArray(String[]::new));
      Loaded loaded =
          loader.parse(
              "certificate-" + certificate,
              made.chainPem().getBytes(StandardCharsets.US_ASCII),
              made.keyPem().getBytes(StandardCharsets.US_ASCII),
              null,
              1);
      if (loaded.credential() == null) {
        throw new IllegalStateException("refused: " + loaded.problems());
      }
      credentials.add(loaded.credential());
    }
    TlsSettings settings = new TlsSettings(true, true, List.of(), List.of(), List.of(), "bench");
    table = IdentityTable.of(credentials, settings, IdentityTable.empty(), Instant.now());
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < ASKED; i++) {
      int certificate = random.nextInt(CERTIFICATES);
      exact[i] = bytes(exactName(certificate, random.nextInt(NAMES)));
      wildcard[i] = bytes("www" + wildcardSuffix(certificate, random.nextInt(WILDCARDS)));
      unknown[i] = bytes("host-" + random.nextInt() + ".unknown.example");
    }
    if (exact() == null || wildcard() == null || unknown() != null) {
      throw new IllegalStateException("the table does not answer as it should");
    }
  }

  private static String exactName(int certificate, int name) {
    return "host-" + name + ".customer-" + certificate + ".example.com";
  }

  private static String wildcardSuffix(int certificate, int name) {
    return ".zone-" + name + ".customer-" + certificate + ".example.com";
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  private String next(byte[][] names) {
    turn = (turn + 1) & (ASKED - 1);
    return new String(names[turn], StandardCharsets.US_ASCII);
  }

  /** What the strings alone cost, to be taken off the others. */
  @Benchmark
  public int nameAlone() {
    return next(exact).hashCode();
  }

  @Benchmark
  public Identity exact() {
    return table.find(next(exact));
  }

  @Benchmark
  public Identity wildcard() {
    return table.find(next(wildcard));
  }

  @Benchmark
  public Identity unknown() {
    return table.find(next(unknown));
  }
}
