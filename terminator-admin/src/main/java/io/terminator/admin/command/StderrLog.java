package io.terminator.admin.command;

import java.io.UnsupportedEncodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * The appliance's own messages: one line each, on stderr, written by java.util.logging because the
 * JDK contains it. Connection events are not logged here; see {@code core.logbuffer}.
 */
final class StderrLog {
  /** Keeps a strong reference: otherwise the logger is collected and loses its level. */
  private static final Logger PRODUCT = Logger.getLogger("io.terminator");

  private static final Logger AUDIT = Logger.getLogger("audit");

  private StderrLog() {}

  /** Before the first logger of SLF4J is requested. */
  static void install() {
    // Named, so that SLF4J does not search the class path, and without a line that says so.
    System.setProperty("slf4j.provider", "org.slf4j.jul.JULServiceProvider");
    System.setProperty("slf4j.internal.verbosity", "WARN");
    LogManager.getLogManager().reset();
    ConsoleHandler handler = new ConsoleHandler();
    handler.setLevel(Level.ALL);
    handler.setFormatter(new OneLine());
    try {
      handler.setEncoding(charset().name());
    } catch (UnsupportedEncodingException impossible) {
      throw new IllegalStateException(impossible);
    }
    Logger root = Logger.getLogger("");
    root.addHandler(handler);
    // What libraries do in the ordinary course of things, such as the retry of a nonce, helps
    // nobody.
    root.setLevel(Level.WARNING);
    AUDIT.setLevel(Level.INFO);
    showAll();
  }

  /**
   * That of the locale. In the locale C, usual for services and containers, it has no character of
   * other languages, and names would be shown as question marks: UTF-8, as in the configuration.
   */
  static Charset charset() {
    Charset ofLocale = Charset.defaultCharset();
    return ofLocale.equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : ofLocale;
  }

  /** Includes client errors. The levels of libraries do not change. */
  static void showDebug() {
    PRODUCT.setLevel(Level.FINE);
  }

  /**
   * Logs only errors until {@link #showAll}: for a start whose next output makes its warnings
   * redundant.
   */
  static void showErrorsOnly() {
    PRODUCT.setLevel(Level.SEVERE);
  }

  static void showAll() {
    PRODUCT.setLevel(Level.INFO);
  }

  /** {@code 2026-01-31T12:00:00.123Z WARN Terminator: text}. */
  static final class OneLine extends Formatter {
    private static final int MOST_FRAMES = 40;

    @Override
    public String format(LogRecord entry) {
      StringBuilder line = new StringBuilder(160);
      line.append(Instant.ofEpochMilli(entry.getMillis()).truncatedTo(ChronoUnit.MILLIS));
      line.append(' ').append(name(entry.getLevel())).append(' ');
      String logger = String.valueOf(entry.getLoggerName());
      line.append(logger, logger.lastIndexOf('.') + 1, logger.length()).append(": ");
      append(line, formatMessage(entry));
      Throwable cause = entry.getThrown();
      for (String word = " | "; cause != null; cause = cause.getCause(), word = " | caused by ") {
        line.append(word);
        append(line, cause.toString());
        StackTraceElement[] frames = cause.getStackTrace();
        for (int i = 0; i < Math.min(frames.length, MOST_FRAMES); i++) {
          line.append(" at ").append(frames[i]);
        }
      }
      return line.append('\n').toString();
    }

    private static String name(Level level) {
      if (level.intValue() >= Level.SEVERE.intValue()) {
        return "ERROR";
      }
      if (level.intValue() >= Level.WARNING.intValue()) {
        return "WARN ";
      }
      return level.intValue() >= Level.INFO.intValue() ? "INFO " : "DEBUG";
    }

    /** Text from a client must not start a new log line. */
    private static void append(StringBuilder line, String text) {
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        line.append(Character.isISOControl(c) ? ' ' : c);
      }
    }
  }
}
