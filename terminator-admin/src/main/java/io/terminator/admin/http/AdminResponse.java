package io.terminator.admin.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** The response of a route. */
public record AdminResponse(
    int status, String contentType, byte[] body, Map<String, String> headers, Change change) {

  /** The state before and after a change, in words for the audit log; never a secret. */
  public record Change(String before, String after) {
    static final Change NONE = new Change("", "");
  }

  public static AdminResponse json(Object value) {
    return json(200, value);
  }

  public static AdminResponse json(int status, Object value) {
    return new AdminResponse(status, "application/json", Json.bytes(value), Map.of(), Change.NONE);
  }

  public static AdminResponse text(int status, String text) {
    return new AdminResponse(
        status,
        "text/plain; charset=utf-8",
        text.getBytes(StandardCharsets.UTF_8),
        Map.of(),
        Change.NONE);
  }

  public static AdminResponse of(String contentType, byte[] body) {
    return new AdminResponse(200, contentType, body, Map.of(), Change.NONE);
  }

  /** The response to a client that has this representation already: no content. */
  AdminResponse notModified() {
    return new AdminResponse(304, contentType, new byte[0], headers, change);
  }

  public AdminResponse with(String header, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(header, value);
    return new AdminResponse(status, contentType, body, Map.copyOf(more), change);
  }

  /** Adds the text for the audit line that every change has. */
  public AdminResponse audited(String before, String after) {
    return new AdminResponse(status, contentType, body, headers, new Change(before, after));
  }
}
