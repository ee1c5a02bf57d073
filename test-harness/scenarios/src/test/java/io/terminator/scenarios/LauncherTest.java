package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a source tree, with a build and a runtime that only record their calls. */
class LauncherTest {
  /** Slow, in two steps, and with a record of any other build at the same time. */
  private static final String MVN =
      """
      #!/bin/sh
      mkdir building || echo overlap >> calls
      echo build >> calls
      mkdir -p terminator-admin/target/lib
      touch terminator-admin/target/lib/terminator-admin-1.jar
      sleep 0.5
      touch terminator-admin/target/lib/netty.jar
      rmdir building
      """;

  private static final String JAVA =
      """
      #!/bin/sh
      [ -e "$HOME_UNDER_TEST/terminator-admin/target/lib/netty.jar" ] && echo started
      [ -e /proc/self/fd/9 ] && echo locked
      exit 0
      """;

  @TempDir Path directory;

  @Test
  void startsAtTheSameTimeBuildOnceAndOneAfterTheOther() throws Exception {
    Processes.assumeAvailable("flock");
    program("terminator", Files.readString(SourceTree.root().resolve("terminator")));
    program("bin/mvn", MVN);
    program("jdk/bin/java", JAVA);
    Files.writeString(directory.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"\n");
    Files.writeString(directory.resolve("pom.xml"), "<project/>");
    Files.createDirectories(directory.resolve("terminator-admin/src/main"));
    Files.writeString(directory.resolve("terminator-admin/pom.xml"), "<project/>");

    List<RunningProcess> starts = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      starts.add(start());
    }
    for (RunningProcess each : starts) {
      try (each) {
        assertThat(each.awaitExit(RunningTerminator.PATIENCE)).as(each.output()).isZero();
        assertThat(each.output()).contains("started").doesNotContain("locked");
      }
    }
    assertThat(Files.readAllLines(directory.resolve("calls"))).containsExactly("build");
  }

  private RunningProcess start() {
    ProcessBuilder builder = new ProcessBuilder(directory.resolve("terminator").toString());
    builder.environment().put("JAVA_HOME", directory.resolve("jdk").toString());
    builder.environment().put("HOME_UNDER_TEST", directory.toString());
    builder.environment().merge("PATH", directory.resolve("bin") + ":", (old, own) -> own + old);
    return Processes.start(builder);
  }

  private void program(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
