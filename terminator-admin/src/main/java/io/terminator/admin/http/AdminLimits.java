package io.terminator.admin.http;

import io.terminator.core.setting.DataSize;
import java.time.Duration;

/**
 * What one who reaches the admin address can take: {@code headers} of a request with its first line, {@code body}, and
 * {@code request}, the time in which a request has to arrive, an answer to be taken, and the next request to follow.
 */
public record AdminLimits(int connections, DataSize headers, DataSize body, Duration request) {
  public static final AdminLimits DEFAULT =
      new AdminLimits(256, DataSize.ofKiB(16), DataSize.ofMiB(2), Duration.ofSeconds(30));
}
