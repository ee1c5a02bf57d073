package io.terminator.load.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.load.measure.Sample;
import io.terminator.load.subject.Certificates;
import io.terminator.load.subject.Cores;
import io.terminator.load.subject.NginxTarget;
import io.terminator.load.subject.Setup;
import io.terminator.load.subject.Target;
import io.terminator.testkit.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(240)
class PhasesTest {
  private static final Plan TINY =
      new Plan(1, 0.001, Duration.ofMillis(1), Duration.ofMillis(100), true);
  // One core: nothing is pinned, so that a test does not move the JVM that it shares.
  private static final Cores ANYWHERE = new Cores(1);

  @TempDir private Path directory;

  @Test
  void everyKindOfPhaseCountsWithAHealthyTarget() throws IOException {
    Processes.assumeAvailable("nginx");
    Processes.assumeAvailable("h2load");
    Target nginx = new NginxTarget("nginx", 0);
    List<String> kinds =
        List.of(
            "hs13-ecdsa",
            "hs13-rsa",
            "res13",
            "res12",
            "up-chacha",
            "down-aes256",
            "req",
            "plain-req",
            "mem",
            "storm",
            "start",
            "h1-req",
            "h2-req",
            "h2-down",
            "h2-visit",
            "h2-mem");
    try (Bed bed = Bed.open(directory, ANYWHERE)) {
      for (Phase phase : Phases.all()) {
        if (kinds.contains(phase.name())) {
          phase.warmUp(bed, nginx, TINY);
          Sample sample = phase.measure(bed, nginx, 1, TINY);
          assertThat(sample.problems()).as(phase.name()).isEmpty();
          assertThat(sample.figure()).as(phase.name()).isNotNaN().isNotNegative();
        }
      }
    }
  }

  @Test
  void aTargetThatChoosesAnotherSuiteIsNotMeasured() throws IOException {
    Processes.assumeAvailable("nginx");
    Target other = new OtherSuite(new NginxTarget("nginx", 0));
    try (Bed bed = Bed.open(directory, ANYWHERE)) {
      assertThatThrownBy(() -> bed.running(other, Setup.Kind.TLS, 1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("TLS_AES_256_GCM_SHA384")
          .hasMessageContaining("Expected TLSv1.3 TLS_AES_128_GCM_SHA256");
    }
  }

  @Test
  void aTargetWithAnotherCertificateIsNotMeasured() throws IOException {
    Processes.assumeAvailable("nginx");
    Certificates others = Certificates.writeTo(directory.resolve("others"));
    Target other = new OtherCertificate(new NginxTarget("nginx", 0), others);
    try (Bed bed = Bed.open(directory, ANYWHERE)) {
      assertThatThrownBy(() -> bed.running(other, Setup.Kind.TLS, 1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("the benchmark's certificate");
    }
  }

  private abstract static class Changed implements Target {
    private final Target target;

    Changed(Target target) {
      this.target = target;
    }

    @Override
    public String name() {
      return "changed";
    }

    @Override
    public Optional<Path> program() {
      return target.program();
    }

    @Override
    public String version() {
      return target.version();
    }

    @Override
    public boolean isPeer() {
      return true;
    }

    @Override
    public Optional<String> refusal(Setup.Kind kind, int workers) {
      return Optional.empty();
    }
  }

  private static final class OtherSuite extends Changed {
    private final Target target;

    OtherSuite(Target target) {
      super(target);
      this.target = target;
    }

    @Override
    public List<String> prepare(Setup setup) throws IOException {
      List<String> command = target.prepare(setup);
      Path file = setup.directory().resolve("nginx.conf");
      Files.writeString(file, Files.readString(file).replace(SUITES_13, "TLS_AES_256_GCM_SHA384"));
      return command;
    }
  }

  private static final class OtherCertificate extends Changed {
    private final Target target;
    private final Certificates certificates;

    OtherCertificate(Target target, Certificates certificates) {
      super(target);
      this.target = target;
      this.certificates = certificates;
    }

    @Override
    public List<String> prepare(Setup setup) throws IOException {
      return target.prepare(
          new Setup(
              setup.directory(),
              certificates,
              setup.backendPort(),
              setup.kind(),
              setup.workers(),
              setup.ecdsaPort(),
              setup.rsaPort(),
              setup.plainPort()));
    }
  }
}
