package io.terminator.admin.http;

import io.terminator.core.setting.DataSize;
import java.time.Duration;

/**
 * Limits for every client of the admin address: {@code headers} of a request including its first
 * line, {@code body}, and {@code request}, the time for a request to arrive, for its response to be
 * read, and for the next request to follow.
 */
public record AdminLimits(int connections, DataSize headers, DataSize body, Duration request) {
  public static final AdminLimits DEFAULT =
      new AdminLimits(256, DataSize.ofKiB(16), DataSize.ofMiB(2), Duration.ofSeconds(30));
}
