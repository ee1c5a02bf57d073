package io.terminator.core.http.exchange;

import io.terminator.core.connect.OutlierConfig;
import org.jspecify.annotations.Nullable;

/**
 * What applies to the requests to one backend. Without {@code outlier} responses do not count
 * against a server; without {@code sticky} each request selects a server anew.
 */
public record BackendRules(@Nullable OutlierConfig outlier, @Nullable StickyCookie sticky) {
  /** Nothing applies. */
  public static final BackendRules NONE = new BackendRules(null, null);
}
