package io.terminator.admin.command;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * The configuration of java.util.logging, for the libraries that use it: their warnings and errors
 * are messages of {@link StderrLog}. The JDK creates it by its name.
 */
public final class LibraryLog {
  /** Called by the JDK with the first logger. */
  public LibraryLog() throws IOException {
    String settings = "handlers=" + Lines.class.getName() + "\n.level=WARNING\n";
    LogManager.getLogManager()
        .readConfiguration(
            new ByteArrayInputStream(settings.getBytes(StandardCharsets.ISO_8859_1)));
  }

  /** The handler of the root logger. */
  public static final class Lines extends Handler {
    private final Formatter text = new SimpleFormatter();

    @Override
    public void publish(LogRecord entry) {
      String logger = String.valueOf(entry.getLoggerName());
      Level level = level(entry.getLevel());
      if (StderrLog.shows(logger, level)) {
        @Nullable Throwable cause = entry.getThrown();
        StderrLog.write(logger, level, String.valueOf(text.formatMessage(entry)), cause);
      }
    }

    private static Level level(java.util.logging.Level level) {
      if (level.intValue() >= java.util.logging.Level.SEVERE.intValue()) {
        return Level.ERROR;
      }
      if (level.intValue() >= java.util.logging.Level.WARNING.intValue()) {
        return Level.WARN;
      }
      return level.intValue() >= java.util.logging.Level.INFO.intValue() ? Level.INFO : Level.DEBUG;
    }

    @Override
    public void flush() {
      // Nothing waits.
    }

    @Override
    public void close() {
      // Standard error stays open.
    }
  }
}
