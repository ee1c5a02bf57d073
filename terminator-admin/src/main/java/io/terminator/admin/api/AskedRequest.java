package io.terminator.admin.api;

import org.jspecify.annotations.Nullable;

/**
 * A request to explain, for listeners with HTTP. {@code host} null stands for the server name;
 * {@code header} is a field as {@code Name: value}, null for none.
 */
public record AskedRequest(
    String method, @Nullable String host, String path, @Nullable String header) {
  /** What a client asks for if nothing else is said. */
  public static final AskedRequest DEFAULT = new AskedRequest("GET", null, "/", null);
}
