package io.terminator.admin.command;

import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * The appliance's own messages: one line each, on stderr. Not by way of java.util.logging: its
 * first logger searches every jar of the class path, a tenth of a start. Connection events are not
 * logged here; see {@code core.logbuffer}. Any thread.
 */
final class StderrLog {
  private static final String PRODUCT = "io.terminator";
  private static final String AUDIT = "audit";
  private static final int MOST_FRAMES = 40;

  /** The least level of the product's loggers that is shown. */
  private static final AtomicReference<Level> SHOWN = new AtomicReference<>(Level.INFO);

  private StderrLog() {}

  /** Before the first logger is requested. */
  static void install() {
    // Named, so that SLF4J does not search the class path, and without a line that says so.
    System.setProperty("slf4j.provider", StderrProvider.class.getName());
    System.setProperty("slf4j.internal.verbosity", "WARN");
    // For the libraries that use it; the JDK creates it with their first logger.
    System.setProperty("java.util.logging.config.class", LibraryLog.class.getName());
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
    SHOWN.set(Level.DEBUG);
  }

  /**
   * Logs only errors until {@link #showAll}: for a start whose next output makes its warnings
   * redundant.
   */
  static void showErrorsOnly() {
    SHOWN.set(Level.ERROR);
  }

  static void showAll() {
    SHOWN.set(Level.INFO);
  }

  /**
   * Whether a message of {@code logger} is written. What libraries do in the ordinary course of
   * things, such as the retry of a nonce, helps nobody.
   */
  static boolean shows(String logger, Level level) {
    Level least =
        isOf(PRODUCT, logger) ? SHOWN.get() : isOf(AUDIT, logger) ? Level.INFO : Level.WARN;
    return level.toInt() >= least.toInt();
  }

  private static boolean isOf(String parent, String logger) {
    return logger.startsWith(parent)
        && (logger.length() == parent.length() || logger.charAt(parent.length()) == '.');
  }

  /** Writes a message that {@link #shows} allows. */
  static void write(String logger, Level level, String message, @Nullable Throwable cause) {
    byte[] bytes = line(Instant.now(), logger, level, message, cause).getBytes(charset());
    PrintStream err = System.err;
    synchronized (err) {
      err.write(bytes, 0, bytes.length);
      err.flush();
    }
  }

  /** {@code 2026-01-31T12:00:00.123Z WARN Terminator: text}. */
  static String line(
      Instant at, String logger, Level level, String message, @Nullable Throwable cause) {
    StringBuilder line = new StringBuilder(160);
    line.append(at.truncatedTo(ChronoUnit.MILLIS));
    line.append(' ').append(level.name()).append(level.name().length() < 5 ? "  " : " ");
    line.append(logger, logger.lastIndexOf('.') + 1, logger.length()).append(": ");
    append(line, message);
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

  /** Text from a client must not start a new log line. */
  private static void append(StringBuilder line, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      line.append(Character.isISOControl(c) ? ' ' : c);
    }
  }
}
