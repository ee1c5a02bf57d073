package io.terminator.admin.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What a route answers; {@code audit} is empty where nothing changed. */
public record AdminResponse(
    int status, String contentType, byte[] body, Map<String, String> headers, String audit) {

  public static AdminResponse json(Object value) {
    return json(200, value);
  }

  public static AdminResponse json(int status, Object value) {
    return new AdminResponse(status, "application/json", Json.bytes(value), Map.of(), "");
  }

  public static AdminResponse text(int status, String text) {
    return new AdminResponse(
        status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8), Map.of(), "");
  }

  public static AdminResponse of(String contentType, byte[] body) {
    return new AdminResponse(200, contentType, body, Map.of(), "");
  }

  public AdminResponse with(String header, String value) {
    Map<String, String> more = new java.util.TreeMap<>(headers);
    more.put(header, value);
    return new AdminResponse(status, contentType, body, Map.copyOf(more), audit);
  }

  /** What changed, before and after, for the audit line; never a secret. */
  public AdminResponse audited(String change) {
    return new AdminResponse(status, contentType, body, headers, change);
  }
}
