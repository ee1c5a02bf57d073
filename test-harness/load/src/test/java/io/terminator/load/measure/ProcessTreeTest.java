package io.terminator.load.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessTreeTest {
  @TempDir private Path proc;

  @Test
  void addsUserAndSystemOfAllDescendantsAndTheirDead() throws IOException {
    process(100, 1, "(sh)", 100, 20, 3, 1);
    process(101, 100, "(a) (b 7 c)", 50, 5, 0, 0);
    process(102, 101, "(grandchild)", 7, 1, 0, 0);
    process(200, 1, "(other)", 9_999, 9_999, 0, 0);

    ProcessTree tree = new ProcessTree(proc, 100);

    assertThat(tree.cpuSeconds()).isCloseTo(1.87, within(1e-9));
    assertThat(tree.processes()).containsExactly(100L, 101L, 102L);
  }

  @Test
  void aProcessThatIsGoneIsSaid() {
    assertThatThrownBy(() -> new ProcessTree(proc, 100).cpuSeconds()).hasMessageContaining("100");
  }

  @Test
  void readsTheCpuTimeOfThisProcess() {
    ProcessTree self = new ProcessTree(ProcessHandle.current().pid());
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    double before = self.cpuSeconds();
    long from = system.getProcessCpuTime();
    long sum = 0;
    while (system.getProcessCpuTime() - from < 300_000_000L) {
      for (int i = 0; i < 100_000; i++) {
        sum += Long.hashCode(sum + i);
      }
    }
    double used = self.cpuSeconds() - before;

    // Two ticks of 10 ms, and other threads of this process between the two readings.
    assertThat(used).as("sum %s", sum).isBetween(0.28, 3.0);
  }

  @Test
  void countsSharedFilesOnceAndAnonymousMemoryByItsShare() throws IOException {
    process(100, 1, "(master)", 0, 0, 0, 0);
    process(101, 100, "(worker)", 0, 0, 0, 0);
    String text =
        "%s-%s r-xp 00000000 fe:00 4711 /usr/sbin/program\n"
            + "Rss: %d kB\n"
            + "Pss: 1 kB\n"
            + "Private_Dirty: %d kB\n";
    String heap =
        "a000-b000 rw-p 00000000 00:00 0 [heap]\nRss: %d kB\nPss: %d kB\nPrivate_Dirty: 0 kB\n";
    Files.writeString(
        proc.resolve("100/smaps"), text.formatted("1000", "2000", 500, 0) + heap.formatted(80, 40));
    Files.writeString(
        proc.resolve("101/smaps"),
        text.formatted("1000", "2000", 620, 20) + heap.formatted(200, 160));

    assertThat(new ProcessTree(proc, 100).memoryKiB()).isEqualTo(600 + 20 + 40 + 160);
  }

  @Test
  void seesMemoryOfThisProcess() {
    ProcessTree self = new ProcessTree(ProcessHandle.current().pid());

    assertThat(self.memoryKiB()).isGreaterThan(10_000);
    assertThat(self.pssKiB()).isBetween(10_000L, self.memoryKiB() + 10_000);
  }

  private void process(
      long id, long parent, String name, int user, int system, int deadUser, int deadSystem)
      throws IOException {
    Path directory = Files.createDirectories(proc.resolve(String.valueOf(id)));
    Files.writeString(
        directory.resolve("stat"),
        id
            + " "
            + name
            + " S "
            + parent
            + " 1 1 0 -1 4194560 1 2 3 4 "
            + user
            + " "
            + system
            + " "
            + deadUser
            + " "
            + deadSystem
            + " 20 0 1 0 12345 1 2 3\n");
  }
}
