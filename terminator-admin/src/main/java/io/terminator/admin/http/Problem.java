package io.terminator.admin.http;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A request that can't be served, as RFC 9457 has it; thrown by routes, written by the server. Never holds a secret. */
public final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String title;
  private final transient List<?> problems;
  private final transient Map<String, String> headers;

  private Problem(int status, String title, String detail, List<?> problems) {
    this(status, title, detail, problems, Map.of());
  }

  private Problem(
      int status, String title, String detail, List<?> problems, Map<String, String> headers) {
    super(detail, null, false, false);
    this.status = status;
    this.title = title;
    this.problems = problems;
    this.headers = headers;
  }

  public static Problem badRequest(String detail) {
    return new Problem(400, "Bad request", detail, List.of());
  }

  public static Problem unauthorized(String detail) {
    return new Problem(401, "Unauthorized", detail, List.of());
  }

  public static Problem forbidden(String detail) {
    return new Problem(403, "Forbidden", detail, List.of());
  }

  public static Problem notFound(String detail) {
    return new Problem(404, "Not found", detail, List.of());
  }

  /** {@code allowed} is what the path takes, for the header that RFC 9110 (15.5.6) asks for. */
  public static Problem methodNotAllowed(String detail, Collection<String> allowed) {
    return new Problem(
        405, "Method not allowed", detail, List.of(), Map.of("Allow", String.join(", ", allowed)));
  }

  public static Problem requestTimeout(String detail) {
    return new Problem(408, "Request timeout", detail, List.of());
  }

  public static Problem conflict(String detail) {
    return new Problem(409, "Conflict", detail, List.of());
  }

  public static Problem preconditionFailed(String detail) {
    return new Problem(412, "Precondition failed", detail, List.of());
  }

  public static Problem tooLarge(String detail) {
    return new Problem(413, "Content too large", detail, List.of());
  }

  public static Problem uriTooLong(String detail) {
    return new Problem(414, "URI too long", detail, List.of());
  }

  public static Problem unsupportedMediaType(String detail) {
    return new Problem(415, "Unsupported media type", detail, List.of());
  }

  /** What was sent is understood and refused; {@code problems} lists every reason. */
  public static Problem unprocessable(String detail, List<?> problems) {
    return new Problem(422, "Unprocessable content", detail, problems);
  }

  public static Problem headersTooLarge(String detail) {
    return new Problem(431, "Request header fields too large", detail, List.of());
  }

  public static Problem internal() {
    return new Problem(
        500, "Internal error", "an exception of ours; the appliance's log has it", List.of());
  }

  public static Problem unavailable(String detail) {
    return new Problem(503, "Unavailable", detail, List.of());
  }

  /** Nothing is wrong with what was sent, but it cannot be kept (RFC 4918, 11.5). */
  public static Problem notKept(String detail, List<?> problems) {
    return new Problem(507, "Insufficient storage", detail, problems);
  }

  public int status() {
    return status;
  }

  AdminResponse toResponse() {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", "about:blank");
    body.put("title", title);
    body.put("status", status);
    body.put("detail", getMessage());
    if (!problems.isEmpty()) {
      body.put("problems", problems);
    }
    return new AdminResponse(
        status,
        "application/problem+json",
        Json.bytes(body),
        headers,
        new AdminResponse.Change("", "unchanged: " + getMessage()));
  }
}
