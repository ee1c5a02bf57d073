package io.terminator.admin.http;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An error response as in RFC 9457. Routes throw it, the server writes it. Never contains a secret.
 */
public final class ProblemDetails extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String title;
  private final transient List<?> problems;
  private final transient Map<String, String> headers;

  private ProblemDetails(int status, String title, String detail, List<?> problems) {
    this(status, title, detail, problems, Map.of());
  }

  private ProblemDetails(
      int status, String title, String detail, List<?> problems, Map<String, String> headers) {
    super(withoutControls(detail), null, false, false);
    this.status = status;
    this.title = title;
    this.problems = problems;
    this.headers = headers;
  }

  /**
   * The text may repeat client input and be shown on a terminal, which would execute control
   * characters.
   */
  private static String withoutControls(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
  }

  public static ProblemDetails badRequest(String detail) {
    return new ProblemDetails(400, "Bad request", detail, List.of());
  }

  public static ProblemDetails unauthorized(String detail) {
    return new ProblemDetails(401, "Unauthorized", detail, List.of());
  }

  public static ProblemDetails forbidden(String detail) {
    return new ProblemDetails(403, "Forbidden", detail, List.of());
  }

  public static ProblemDetails notFound(String detail) {
    return new ProblemDetails(404, "Not found", detail, List.of());
  }

  /**
   * {@code allowed} are the methods of the path, for the Allow header that RFC 9110, section 15.5.6
   * requires.
   */
  public static ProblemDetails methodNotAllowed(String detail, Collection<String> allowed) {
    return new ProblemDetails(
        405, "Method not allowed", detail, List.of(), Map.of("Allow", String.join(", ", allowed)));
  }

  public static ProblemDetails requestTimeout(String detail) {
    return new ProblemDetails(408, "Request timeout", detail, List.of());
  }

  public static ProblemDetails conflict(String detail) {
    return new ProblemDetails(409, "Conflict", detail, List.of());
  }

  public static ProblemDetails preconditionFailed(String detail) {
    return new ProblemDetails(412, "Precondition failed", detail, List.of());
  }

  public static ProblemDetails tooLarge(String detail) {
    return new ProblemDetails(413, "Content too large", detail, List.of());
  }

  public static ProblemDetails uriTooLong(String detail) {
    return new ProblemDetails(414, "URI too long", detail, List.of());
  }

  public static ProblemDetails unsupportedMediaType(String detail) {
    return new ProblemDetails(415, "Unsupported media type", detail, List.of());
  }

  /** The content was understood and rejected; {@code problems} lists every reason. */
  public static ProblemDetails unprocessable(String detail, List<?> problems) {
    return new ProblemDetails(422, "Unprocessable content", detail, problems);
  }

  public static ProblemDetails headersTooLarge(String detail) {
    return new ProblemDetails(431, "Request header fields too large", detail, List.of());
  }

  public static ProblemDetails internal() {
    return new ProblemDetails(
        500, "Internal error", "an unexpected exception; the log has the details", List.of());
  }

  public static ProblemDetails versionNotSupported(String detail) {
    return new ProblemDetails(505, "HTTP version not supported", detail, List.of());
  }

  public static ProblemDetails unavailable(String detail) {
    return new ProblemDetails(503, "Unavailable", detail, List.of());
  }

  /** The content is valid but cannot be stored (RFC 4918, section 11.5). */
  public static ProblemDetails notKept(String detail, List<?> problems) {
    return new ProblemDetails(507, "Insufficient storage", detail, problems);
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
