package io.terminator.admin.http;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import io.terminator.core.setting.AddressText;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One complete request. {@code path} contains the decoded values of the route's placeholders. */
public record AdminRequest(
    String method,
    String uri,
    Map<String, String> path,
    Map<String, List<String>> query,
    HttpHeaders headers,
    byte[] body,
    String remote,
    String who) {

  /** The value of a placeholder in the route's template. */
  public String pathValue(String name) {
    String value = path.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the route has no placeholder " + name);
    }
    return value;
  }

  /** The value of a query parameter, which the contract allows once; null if it is absent. */
  public @Nullable String queryValue(String name) {
    List<String> values = query.get(name);
    return values == null || values.isEmpty() ? null : values.get(0);
  }

  public boolean queryFlag(String name) {
    String value = queryValue(name);
    if (value == null || value.equals("false")) {
      return false;
    }
    if (value.isEmpty() || value.equals("true")) {
      return true;
    }
    throw ProblemDetails.badRequest(
        "query." + name + ": \"" + value + "\"; expected true or false");
  }

  /**
   * The value of a query parameter that is a client's address, in the form of the API's responses;
   * null if it is absent.
   */
  public @Nullable String queryAddress(String name) {
    String value = queryValue(name);
    // A unix socket has a path, and a zone is known by its machine only.
    if (value == null || value.startsWith("unix:") || value.indexOf('%') > 0) {
      return value;
    }
    InetAddress address = NetUtil.createInetAddressFromIpAddressString(value);
    if (address == null) {
      throw ProblemDetails.badRequest(
          "query." + name + ": \"" + value + "\"; expected an IPv4 or IPv6 address");
    }
    return AddressText.host(new InetSocketAddress(address, 0));
  }

  /** The body as a JSON object. Throws a problem with line and column if it is not one. */
  public JsonNode json() {
    try {
      JsonNode node = Json.MAPPER.readTree(body);
      if (node == null || !node.isObject()) {
        throw ProblemDetails.badRequest("body: expected a JSON object");
      }
      return node;
    } catch (JsonProcessingException invalid) {
      JsonLocation at = invalid.getLocation();
      // Jackson has no exception of its own for it.
      boolean isTwice = String.valueOf(invalid.getOriginalMessage()).startsWith("Duplicate field");
      // JSON that is too deep or too long has no position to report.
      throw ProblemDetails.badRequest(
          (at == null ? "body" : "body, line " + at.getLineNr() + ", column " + at.getColumnNr())
              + (isTwice
                  ? ": a key that the object already has; expected each key once"
                  : ": not JSON, or too deep; expected an object"));
    } catch (IOException noText) {
      // Bytes that begin like UTF-16 or UTF-32 but are neither.
      throw ProblemDetails.badRequest("body: not JSON in UTF-8; expected an object");
    }
  }
}
