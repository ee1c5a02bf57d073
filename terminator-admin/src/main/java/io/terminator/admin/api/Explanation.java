package io.terminator.admin.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one listener answers a client: every route up to the one that matches, and the outcome.
 * {@code answer} is {@code served}, {@code refused} or {@code passed-through}. Fields that the
 * client does not reach are null; {@code alert} and the fields after it are set only for a refused
 * client.
 */
public record Explanation(
    String listener,
    String bind,
    List<Step> routes,
    @Nullable String mode,
    @Nullable String backend,
    @Nullable String certificate,
    String policy,
    String outcome,
    String answer,
    @Nullable String version,
    @Nullable String protocol,
    @Nullable Integer alert,
    @Nullable String reason,
    @Nullable String cause,
    @Nullable String fix) {

  /**
   * A description of a route and the reason why it does not match the client; the reason is null if
   * it matches.
   */
  public record Step(String route, @Nullable String whyNot) {}
}
