package io.terminator.admin.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one listener answers a client: every route up to the one that matches, and what follows. {@code answer} is {@code
 * served}, {@code refused} or {@code passed-through}. Nulls where the client does not get that far; {@code alert} and what
 * follows it are there for a refused client alone.
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

  /** A route in words, and why it does not match the client; null where it does. */
  public record Step(String route, @Nullable String whyNot) {}
}
