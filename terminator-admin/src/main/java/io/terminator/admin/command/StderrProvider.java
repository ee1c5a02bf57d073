package io.terminator.admin.command;

import java.io.Serial;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/** Connects SLF4J with {@link StderrLog}; SLF4J creates it by its name. */
public final class StderrProvider implements SLF4JServiceProvider {
  private final Map<String, Line> loggers = new ConcurrentHashMap<>();
  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final MDCAdapter context = new NOPMDCAdapter();

  @Override
  public ILoggerFactory getLoggerFactory() {
    return name -> loggers.computeIfAbsent(name, Line::new);
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return context;
  }

  @Override
  public String getRequestedApiVersion() {
    return "2.0";
  }

  @Override
  public void initialize() {
    // There is nothing to prepare.
  }

  private static final class Line extends LegacyAbstractLogger {
    @Serial private static final long serialVersionUID = 1;

    Line(String name) {
      this.name = name;
    }

    @Override
    public boolean isTraceEnabled() {
      return StderrLog.shows(name, Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
      return StderrLog.shows(name, Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
      return StderrLog.shows(name, Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
      return StderrLog.shows(name, Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
      return StderrLog.shows(name, Level.ERROR);
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String pattern,
        Object @Nullable [] arguments,
        @Nullable Throwable cause) {
      String message = MessageFormatter.basicArrayFormat(pattern, arguments);
      StderrLog.write(name, level, String.valueOf(message), cause);
    }
  }
}
