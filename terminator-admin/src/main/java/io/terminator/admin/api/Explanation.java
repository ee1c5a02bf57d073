package io.terminator.admin.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one listener would do with a client: every route up to the one that takes it, and what
 * follows. Nulls where the client would not come so far.
 */
public record Explanation(
    String listener,
    String bind,
    List<Step> routes,
    @Nullable String mode,
    @Nullable String backend,
    @Nullable String certificate,
    String policy,
    String outcome) {

  /** A route in words, and why it does not take the client; null where it does. */
  public record Step(String route, @Nullable String whyNot) {}
}
