package io.terminator.testkit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What a class logs by way of java.util.logging, from the start of this to its close. */
public final class LogLines implements AutoCloseable {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Handler handler = new Listening();

  /** Held, because a logger that nothing refers to is collected, and with it its handlers. */
  private final Logger logger;

  private LogLines(Logger logger) {
    this.logger = logger;
    logger.addHandler(handler);
  }

  /** The messages of {@code source} from now on. */
  public static LogLines of(Class<?> source) {
    return new LogLines(Logger.getLogger(source.getName()));
  }

  /** The messages so far, with their parameters; the list grows, and may be cleared. */
  public List<String> lines() {
    return lines;
  }

  @Override
  public void close() {
    logger.removeHandler(handler);
  }

  private final class Listening extends Handler {
    @Override
    public void publish(LogRecord entry) {
      lines.add(new SimpleFormatter().formatMessage(entry));
    }

    @Override
    public void flush() {
      // Nothing waits.
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }
}
