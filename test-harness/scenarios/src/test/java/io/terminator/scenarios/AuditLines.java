package io.terminator.scenarios;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.awaitility.Awaitility;

/** What the audit says while this is open. */
final class AuditLines extends Handler implements AutoCloseable {
  private final Logger audit = Logger.getLogger("audit");
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final SimpleFormatter formatter = new SimpleFormatter();

  static AuditLines open() {
    AuditLines lines = new AuditLines();
    lines.audit.addHandler(lines);
    return lines;
  }

  @Override
  public void publish(LogRecord entry) {
    lines.add(formatter.formatMessage(entry));
  }

  List<String> all() {
    return List.copyOf(lines);
  }

  /** Waits for the first line that contains all of {@code parts}. */
  String await(String... parts) {
    return Awaitility.await()
        .atMost(RunningTerminator.PATIENCE)
        .until(
            () ->
                lines.stream()
                    .filter(line -> List.of(parts).stream().allMatch(line::contains))
                    .findFirst()
                    .orElse(null),
            line -> line != null);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    audit.removeHandler(this);
  }
}
