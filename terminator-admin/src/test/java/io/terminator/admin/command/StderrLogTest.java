package io.terminator.admin.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class StderrLogTest {
  @Test
  void librariesWarnAndDoNotChat() {
    Logger root = Logger.getLogger("");
    Handler[] before = root.getHandlers();
    try {
      StderrLog.install();
      assertThat(isLoggable("org.shredzone.acme4j.X", Level.INFO)).isFalse();
      assertThat(isLoggable("org.shredzone.acme4j.X", Level.WARNING)).isTrue();
      assertThat(isLoggable("io.terminator.admin.acme.AcmeService", Level.INFO)).isTrue();
      assertThat(isLoggable("audit", Level.INFO)).isTrue();
    } finally {
      for (Handler handler : root.getHandlers()) {
        root.removeHandler(handler);
      }
      for (Handler handler : before) {
        root.addHandler(handler);
      }
    }
  }

  private static boolean isLoggable(String logger, Level level) {
    return Logger.getLogger(logger).isLoggable(level);
  }

  @Test
  void writesOneLineWithTheShortNameOfItsClass() {
    LogRecord entry = new LogRecord(Level.WARNING, "backend=app is down");
    entry.setLoggerName("io.terminator.core.connect.Connector");
    entry.setInstant(Instant.parse("2026-01-31T12:00:00.123456Z"));
    assertThat(new StderrLog.OneLine().format(entry))
        .isEqualTo("2026-01-31T12:00:00.123Z WARN  Connector: backend=app is down\n");
  }

  @Test
  void keepsAFailureAndWhateverAClientWroteOnOneLine() {
    LogRecord entry = new LogRecord(Level.SEVERE, "name=\"a\r\n2026 ERROR forged\u001b[2J\"");
    entry.setLoggerName("x");
    entry.setThrown(new IllegalStateException("outer", new RuntimeException("in\nner")));
    String line = new StderrLog.OneLine().format(entry);
    assertThat(line.lines()).hasSize(1);
    assertThat(line)
        .contains(
            "java.lang.IllegalStateException: outer at ",
            "StderrLogTest.java:",
            "caused by java.lang.RuntimeException: in ner")
        .doesNotContain("\u001b");
  }
}
