package io.terminator.core.logbuffer;

import java.io.FileDescriptor;

/** Returns the sink for each target that the configuration may name. */
public final class LogSinks {
  private LogSinks() {}

  public static LogSink of(LogConfig.Target target) {
    if (target instanceof LogConfig.File file) {
      return new FileSink(file.path());
    }
    if (target instanceof LogConfig.Syslog syslog) {
      return new SyslogSink(syslog.socket());
    }
    return new StreamSink(
        target == LogConfig.Stream.STDERR ? FileDescriptor.err : FileDescriptor.out);
  }
}
