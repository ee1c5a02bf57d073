package io.terminator.core.connect;

import io.terminator.core.connect.CheckConfig.Statuses;

/**
 * When a server is avoided because of its responses: after {@code errors} consecutive ones with one
 * of {@code statuses}, or that did not come or were not complete.
 */
public record OutlierConfig(int errors, Statuses statuses) {
  public static final OutlierConfig DEFAULT = new OutlierConfig(5, new Statuses(500, 599));

  private static final int NOT_IMPLEMENTED = 501;
  private static final int VERSION_NOT_SUPPORTED = 505;

  /** Whether a response with {@code status} is an error of the server; 501 and 505 never are. */
  public boolean isError(int status) {
    return statuses.contains(status)
        && status != NOT_IMPLEMENTED
        && status != VERSION_NOT_SUPPORTED;
  }
}
