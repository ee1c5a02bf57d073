package io.terminator.admin.api;

import static io.terminator.admin.http.ApiOperation.Access.CHANGE;
import static io.terminator.admin.http.ApiOperation.Access.FULL;
import static io.terminator.admin.http.ApiOperation.Access.READ;

import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.Contract;
import io.terminator.admin.http.ProblemDetails;
import io.terminator.admin.recording.Recordings;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /v1/recording}. */
final class RecordingRoutes {
  private static final Contract STATE =
      Contract.json("state", "since", "until", "bytes", "problem");

  private static final long USUAL = 30;

  private final Recordings recordings;

  RecordingRoutes(Appliance appliance) {
    this.recordings = appliance.recordings();
  }

  void addTo(AdminRoutes routes) {
    routes
        .add(
            "GET",
            "/v1/recording",
            READ,
            "State of the last recording: none, recording, done or failed",
            STATE,
            request -> AdminResponse.json(view(recordings.state())))
        .add(
            "POST",
            "/v1/recording",
            CHANGE,
            "Records events of connections and of the JVM; one at a time, in place of the last"
                + " recording",
            STATE
                .answering(202)
                .query("seconds", "integer", "The length of the recording. Default: 30."),
            this::begin)
        .add(
            "POST",
            "/v1/recording:stop",
            CHANGE,
            "Ends the running recording now and keeps its file",
            STATE.answering(202),
            request -> stop())
        .add(
            "GET",
            "/v1/recording/file",
            FULL,
            "The last recording, for any viewer of JDK flight recordings",
            Contract.bytes("application/octet-stream"),
            request -> file());
  }

  private AdminResponse begin(AdminRequest request) {
    Duration length = Duration.ofSeconds(seconds(request.queryValue("seconds")));
    try {
      return AdminResponse.json(202, view(recordings.begin(length)))
          .audited("", "recording for " + length.toSeconds() + " s");
    } catch (Recordings.RefusedException refused) {
      throw ProblemDetails.conflict(String.valueOf(refused.getMessage()));
    }
  }

  private static long seconds(@Nullable String text) {
    try {
      long seconds = text == null ? USUAL : Long.parseLong(text);
      if (seconds >= 1 && seconds <= Recordings.LONGEST.toSeconds()) {
        return seconds;
      }
    } catch (NumberFormatException notANumber) {
      // Reported below.
    }
    throw ProblemDetails.badRequest(
        "query.seconds: \"" + text + "\"; expected 1 to " + Recordings.LONGEST.toSeconds());
  }

  private AdminResponse stop() {
    try {
      return AdminResponse.json(202, view(recordings.end())).audited("recording", "ended");
    } catch (Recordings.RefusedException refused) {
      throw ProblemDetails.conflict(String.valueOf(refused.getMessage()));
    }
  }

  private AdminResponse file() {
    try {
      return AdminResponse.of("application/octet-stream", recordings.content())
          .with("Content-Disposition", "attachment; filename=\"terminator.jfr\"");
    } catch (Recordings.RefusedException refused) {
      throw ProblemDetails.conflict(String.valueOf(refused.getMessage()));
    } catch (IOException unreadable) {
      throw ProblemDetails.unavailable("the recording cannot be read: " + unreadable.getMessage());
    }
  }

  private static Map<String, Object> view(Recordings.State state) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("state", state.state());
    view.put("since", state.since());
    view.put("until", state.until());
    view.put("bytes", state.bytes());
    view.put("problem", state.problem());
    return view;
  }
}
