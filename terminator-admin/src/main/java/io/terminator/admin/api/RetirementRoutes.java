package io.terminator.admin.api;

import static io.terminator.admin.http.ApiOperation.Access.CHANGE;
import static io.terminator.admin.http.ApiOperation.Access.READ;

import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.Contract;
import io.terminator.admin.http.ProblemDetails;
import io.terminator.core.setting.TimeSpan;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Retirements of certificates: {@code :retire} and {@code /v1/retirements}. */
final class RetirementRoutes {
  private static final Duration USUAL = Duration.ofMinutes(5);
  private static final Duration LONGEST = Duration.ofDays(1);

  private static final Contract VIEW =
      Contract.json(
          "certificate", "state", "started", "until", "before", "total", "closed", "left");

  private final Appliance appliance;

  RetirementRoutes(Appliance appliance) {
    this.appliance = appliance;
  }

  void addTo(AdminRoutes routes) {
    routes
        .add(
            "POST",
            "/v1/certificates/{name}:retire",
            CHANGE,
            "Closes the connections that are still on an earlier version of the certificate, idle"
                + " ones first, and ends the resumption of its sessions",
            VIEW.query("window", "string", "The time to close them in, up to 24h. Default: 5m.")
                .query(
                    "before",
                    "string",
                    "Closes the connections that were accepted before this time, such as"
                        + " 2026-01-31T12:00:00Z, whatever the version of their certificate.")
                .answering(202),
            this::retire)
        .add(
            "GET",
            "/v1/retirements",
            READ,
            "The retirements of certificates since the start, at most 16, with their progress",
            Contract.json("retirements"),
            request -> AdminResponse.json(Map.of("retirements", appliance.retirements())))
        .add(
            "DELETE",
            "/v1/retirements/{name}",
            CHANGE,
            "Stops the retirement of a certificate; the connections that are left stay open",
            VIEW,
            this::stop);
  }

  private AdminResponse retire(AdminRequest request) {
    String name = request.pathValue("name");
    Duration window = window(request.queryValue("window"));
    Instant before = before(request.queryValue("before"));
    RetirementView begun;
    try {
      begun = appliance.retire(name, window, before);
    } catch (IllegalStateException refused) {
      throw ProblemDetails.conflict(String.valueOf(refused.getMessage()));
    }
    if (begun == null) {
      throw ProblemDetails.notFound(
          "path.name: no certificate \""
              + name
              + "\", and no connection is on one; /v1/certificates lists all");
    }
    return AdminResponse.json(202, begun)
        .audited(begun.total() + " connections", "retiring over " + TimeSpan.spell(window));
  }

  private static Duration window(@Nullable String text) {
    try {
      Duration window = text == null ? USUAL : TimeSpan.parse(text);
      if (window.compareTo(LONGEST) <= 0) {
        return window;
      }
    } catch (IllegalArgumentException | ArithmeticException unreadable) {
      // Reported below.
    }
    throw ProblemDetails.badRequest(
        "query.window: \"" + text + "\"; expected a duration up to 24h, such as 5m");
  }

  /** A time of RFC 3339; null without one. */
  static @Nullable Instant before(@Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException unreadable) {
      throw ProblemDetails.badRequest(
          "query.before: \"" + text + "\"; expected a time such as 2026-01-31T12:00:00Z");
    }
  }

  private AdminResponse stop(AdminRequest request) {
    String name = request.pathValue("name");
    RetirementView stopped = appliance.stopRetirement(name);
    if (stopped == null) {
      throw ProblemDetails.notFound(
          "path.name: no retirement of \"" + name + "\" is running; /v1/retirements lists them");
    }
    return AdminResponse.json(stopped).audited("running", stopped.state());
  }
}
