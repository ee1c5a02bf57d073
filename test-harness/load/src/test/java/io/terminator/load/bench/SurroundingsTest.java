package io.terminator.load.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.terminator.load.subject.Programs;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SurroundingsTest {

  /** What runs apart. */
  public static void main(String[] none) {
    System.out.println(Surroundings.network());
  }

  @Test
  void aNetworkOfItsOwnIsSaidToBeLoopbackAlone() throws Exception {
    assumeTrue(
        new ProcessBuilder("unshare", "-n", "ip", "link", "set", "lo", "up").start().waitFor() == 0,
        "no network namespace may be made here");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String main =
        String.join(
            " ",
            java,
            "-cp",
            System.getProperty("java.class.path"),
            SurroundingsTest.class.getName());
    assertThat(
            Programs.firstLine(
                List.of("unshare", "-n", "sh", "-c", "ip link set lo up && exec " + main)))
        .isEqualTo("loopback alone");
  }
}
