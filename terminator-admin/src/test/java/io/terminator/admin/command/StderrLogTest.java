package io.terminator.admin.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.logging.LogManager;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.event.Level;

class StderrLogTest {
  private static final Instant AT = Instant.parse("2026-01-31T12:00:00.123456Z");

  @Test
  void librariesWarnAndDoNotChat() {
    assertThat(StderrLog.shows("org.shredzone.acme4j.X", Level.INFO)).isFalse();
    assertThat(StderrLog.shows("org.shredzone.acme4j.X", Level.WARN)).isTrue();
    assertThat(StderrLog.shows("io.terminators.X", Level.INFO)).isFalse();
    assertThat(StderrLog.shows("io.terminator.admin.acme.AcmeService", Level.INFO)).isTrue();
    assertThat(StderrLog.shows("io.terminator.admin.acme.AcmeService", Level.DEBUG)).isFalse();
    assertThat(StderrLog.shows("audit", Level.INFO)).isTrue();
  }

  @Test
  void writesOneLineWithTheShortNameOfItsClass() {
    assertThat(
            StderrLog.line(
                AT,
                "io.terminator.core.connect.Connector",
                Level.WARN,
                "backend=app is down",
                null))
        .isEqualTo("2026-01-31T12:00:00.123Z WARN  Connector: backend=app is down\n");
  }

  @Test
  void keepsAFailureAndWhateverAClientWroteOnOneLine() {
    String line =
        StderrLog.line(
            AT,
            "x",
            Level.ERROR,
            "name=\"a\r\n2026 ERROR forged\u001b[2J\"",
            new IllegalStateException("outer", new RuntimeException("in\nner")));
    assertThat(line.lines()).hasSize(1);
    assertThat(line)
        .contains(
            "java.lang.IllegalStateException: outer at ",
            "StderrLogTest.java:",
            "caused by java.lang.RuntimeException: in ner")
        .doesNotContain("\u001b");
  }

  @Test
  void writesWhatSlf4jIsTold() {
    Logger log = new StderrProvider().getLoggerFactory().getLogger("io.terminator.a.Part");
    String written =
        written(
            () -> {
              log.debug("client faults are hidden");
              log.info("{} of {} done", 1, 2);
              log.error("failed: {}", "disk", new IOException("full"));
            });
    assertThat(written.lines())
        .satisfiesExactly(
            line -> assertThat(line).endsWith("Z INFO  Part: 1 of 2 done"),
            line ->
                assertThat(line)
                    .contains("Z ERROR Part: failed: disk | java.io.IOException: full at "));
  }

  @Test
  void writesTheWarningsOfLibrariesThatUseTheLoggerOfTheJdk() throws IOException {
    java.util.logging.Logger library = java.util.logging.Logger.getLogger("com.example.Library");
    try {
      new LibraryLog();
      String written =
          written(
              () -> {
                library.info("a retry");
                library.log(java.util.logging.Level.WARNING, "no {0} left", "memory");
              });
      assertThat(written).endsWith("Z WARN  Library: no memory left\n").hasLineCount(1);
    } finally {
      LogManager.getLogManager().readConfiguration();
    }
  }

  private static String written(Runnable work) {
    PrintStream before = System.err;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      work.run();
    } finally {
      System.setErr(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
