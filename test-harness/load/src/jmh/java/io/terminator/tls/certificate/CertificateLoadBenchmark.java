package io.terminator.tls.certificate;

import io.terminator.testkit.KeyAlgorithm;
import io.terminator.testkit.TestCa;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.WeakKeys;
import io.terminator.tls.certificate.source.CertificateSource;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.certificate.source.ManagedSources;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.certificate.store.CredentialStore;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A directory with this number of certificates, each with a chain of two and its key in separate
 * files: the time of the first load in a new process, the retained heap (printed), and the time
 * from the change of one file to its publication. Creating the certificates takes minutes and needs
 * 1 GB of temporary disk.
 *
 * <p>Run: {@code test-harness/load/jmh CertificateLoadBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 3)
@Fork(value = 1, jvmArgs = "-Xmx1g")
public class CertificateLoadBenchmark {
  @Param({"100000"})
  private int certificates;

  @Param({"ECDSA_P256", "RSA_2048"})
  private KeyAlgorithm algorithm;

  private Path directory;
  private CertificateSource loaded;
  private CredentialStore store;
  private TestCa ca;
  private KeyPair key;
  private boolean isPrinted;

  @Setup(Level.Trial)
  public void mint() throws IOException {
    directory = Files.createTempDirectory("certificates");
    ca = TestCa.create();
    key = algorithm.generate();
    IntStream.range(0, certificates)
        .parallel()
        .forEach(i -> issue(i).writeTo(directory, "customer-" + i));
    loaded = load();
  }

  private io.terminator.testkit.Credential issue(int i) {
    return ca.leaf("www.customer-" + i + ".example.com").keyPair(key).issue();
  }

  private CertificateSource load() {
    InstantSource clock = InstantSource.system();
    CertificateSource source =
        new CertificatesConfig.Directory(directory)
            .open(
                new CertificatesConfig.Surroundings(
                    new CredentialLoader(clock, WeakKeys.REFUSED), ManagedSources.NONE));
    store = new CredentialStore(List.of(source), null, new ReentrantLock());
    Instant now = clock.instant();
    store.apply(source, source.refresh(new CertificateSource.Scan(null, Duration.ZERO, now)), now);
    if (store.snapshot().size() != certificates) {
      throw new IllegalStateException("only " + store.snapshot().size() + " loaded");
    }
    return source;
  }

  @Benchmark
  public CertificateSource everything() {
    loaded = null;
    store = null;
    loaded = load();
    return loaded;
  }

  @TearDown(Level.Iteration)
  public void printHeap() {
    if (!isPrinted) {
      long with = heap();
      loaded = null;
      store = null;
      System.out.printf(
          "%n%d certificates keep %d MiB of heap%n", certificates, with - heap() >> 20);
      loaded = load();
    }
    isPrinted = true;
  }

  private static long heap() {
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** The time from the notification of one changed file to the published snapshot. */
  @Benchmark
  public CredentialSnapshot oneChanged() {
    Instant now = Instant.now();
    int one = certificates / 2;
    Path file = issue(one).writeTo(directory, "customer-" + one).chain();
    store.apply(
        loaded, loaded.refresh(new CertificateSource.Scan(Set.of(file), Duration.ZERO, now)), now);
    return store.snapshot();
  }

  /** The cost of a poll if nothing has changed. */
  @Benchmark
  public int nothingChanged() {
    return loaded.refresh(new CertificateSource.Scan(null, Duration.ZERO, Instant.now())).size();
  }

  @TearDown(Level.Trial)
  public void delete() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
