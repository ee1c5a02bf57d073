package io.terminator.admin.lifecycle;

import io.terminator.core.file.BoundedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signals that have a meaning here but never arrive, because the parent process ignored them when
 * it started this one: nohup(1) does so with SIGHUP. Java then installs no handler and reports
 * nothing. Any thread.
 */
public final class IgnoredSignals {
  private static final Logger LOG = LoggerFactory.getLogger(IgnoredSignals.class);
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int MOST = 64 << 10;
  private static final String MASK = "SigIgn:";

  /** The numbers of signal(7), the same on every architecture. */
  private static final Map<Integer, String> ORDERS =
      new TreeMap<>(Map.of(1, "SIGHUP", 15, "SIGTERM"));

  private IgnoredSignals() {}

  /** Their names; empty also where the system does not tell. */
  public static List<String> names() {
    try {
      String status = new String(BoundedFile.read(STATUS, MOST), StandardCharsets.US_ASCII);
      for (String line : status.lines().toList()) {
        if (line.startsWith(MASK)) {
          return names(line.substring(MASK.length()).strip());
        }
      }
    } catch (IOException | NumberFormatException unreadable) {
      LOG.debug("{} cannot be read", STATUS, unreadable);
    }
    return List.of();
  }

  /** {@code mask} has a bit for each signal, the lowest for the signal 1, in hexadecimal digits. */
  static List<String> names(String mask) {
    long bits = Long.parseUnsignedLong(mask.toLowerCase(Locale.ROOT), 16);
    List<String> names = new ArrayList<>();
    ORDERS.forEach(
        (number, name) -> {
          if ((bits >>> (number - 1) & 1) != 0) {
            names.add(name);
          }
        });
    return names;
  }

  /** Says at the start what cannot be done and what can be done instead. */
  static void warn() {
    for (String name : names()) {
      LOG.warn(
          "{} is ignored, as it was by the process that started this one (nohup does so): {}",
          name,
          name.equals("SIGHUP")
              ? "it neither reloads the configuration nor reopens the log. Use POST"
                  + " /v1/config:reload and POST /v1/log:reopen, or start with setsid instead of nohup"
              : "it does not stop this process. Use POST /v1:drain, or start it without ignoring the"
                  + " signal");
    }
  }
}
