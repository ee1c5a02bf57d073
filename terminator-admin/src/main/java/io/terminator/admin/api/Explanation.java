package io.terminator.admin.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one listener answers a client: every route up to the one that matches, and the outcome.
 * {@code answer} is {@code served}, {@code refused}, {@code passed-through} or {@code challenge}
 * for a pending ACME challenge. {@code managed} is the certificate that ACME orders for the
 * client's server name. Fields that the client does not reach are null; {@code alert} and the
 * fields after it are set only for a refused client.
 */
public record Explanation(
    String listener,
    String bind,
    List<Step> routes,
    @Nullable String mode,
    @Nullable String backend,
    @Nullable Request request,
    @Nullable String certificate,
    @Nullable String managed,
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
   * What happens to a request, null on a listener without HTTP: the routes of requests up to the
   * one that matches, and either where it goes, with the path that the backend gets, or the status
   * that the client gets.
   */
  public record Request(
      List<Step> routes,
      @Nullable String route,
      @Nullable String backend,
      String outcome,
      @Nullable Integer status,
      @Nullable String path,
      @Nullable String location) {}

  /**
   * A description of a route and the reason why it does not match the client; the reason is null if
   * it matches.
   */
  public record Step(String route, @Nullable String whyNot) {}
}
