package io.terminator.admin.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * All operations of the API, and the OpenAPI document generated from them. Filled at startup, then
 * read by any thread.
 */
public final class AdminRoutes {
  private final List<ApiOperation> routes = new ArrayList<>();
  private final String version;

  public AdminRoutes(String version) {
    this.version = version;
    add(
        "GET",
        "/openapi.json",
        ApiOperation.Access.OPEN,
        "This document",
        Contract.json("openapi", "info", "paths", "components"),
        request -> AdminResponse.json(openApi()));
  }

  /** A route and the encoded values of its placeholders. */
  record Found(ApiOperation route, Map<String, String> path) {}

  public AdminRoutes add(
      String method,
      String template,
      ApiOperation.Access access,
      String summary,
      ApiOperation.Handler handler) {
    return add(method, template, access, summary, Contract.OPEN, handler);
  }

  public AdminRoutes add(
      String method,
      String template,
      ApiOperation.Access access,
      String summary,
      Contract contract,
      ApiOperation.Handler handler) {
    routes.add(new ApiOperation(method, template, access, summary, contract, handler));
    return this;
  }

  public List<ApiOperation> all() {
    return List.copyOf(routes);
  }

  Found find(String method, String path) {
    TreeSet<String> allowed = new TreeSet<>();
    for (ApiOperation route : routes) {
      Map<String, String> values = route.match(path);
      if (values != null) {
        if (route.method().equals(method)) {
          return new Found(route, values);
        }
        allowed.add(route.method());
      }
    }
    if (allowed.isEmpty()) {
      throw ProblemDetails.notFound(
          "path: there is no resource \""
              + AuditLog.printable(path)
              + "\"; /openapi.json lists all resources");
    }
    if (allowed.contains("GET")) {
      allowed.add("HEAD");
    }
    throw ProblemDetails.methodNotAllowed(
        "method: " + AuditLog.printable(method) + "; expected " + String.join(" or ", allowed),
        allowed);
  }

  /** OpenAPI 3.1, generated from the routes. */
  Map<String, Object> openApi() {
    Map<String, Object> paths = new LinkedHashMap<>();
    for (ApiOperation route : routes) {
      Map<String, Object> operation = new LinkedHashMap<>();
      operation.put("summary", route.summary());
      List<Map<String, Object>> parameters = new ArrayList<>();
      for (String name : route.placeholders()) {
        parameters.add(
            Map.of(
                "name", name, "in", "path", "required", true, "schema", Map.of("type", "string")));
      }
      operation.put("x-access", route.access().label());
      if (!route.access().isOpen()) {
        operation.put("security", List.of(Map.of("token", List.of())));
      }
      route.contract().describe(operation, parameters);
      @SuppressWarnings("unchecked")
      Map<String, Object> item =
          (Map<String, Object>)
              paths.computeIfAbsent(route.template(), key -> new LinkedHashMap<>());
      item.put(route.method().toLowerCase(Locale.ROOT), operation);
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("openapi", "3.1.0");
    document.put("info", Map.of("title", "Terminator admin API", "version", version));
    document.put("paths", paths);
    document.put(
        "components",
        Map.of(
            "securitySchemes",
            Map.of("token", Map.of("type", "http", "scheme", "bearer")),
            "responses",
            Map.of("problem", problem())));
    return document;
  }

  /** RFC 9457. */
  private static Map<String, Object> problem() {
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("type", Map.of("type", "string"));
    properties.put("title", Map.of("type", "string"));
    properties.put("status", Map.of("type", "integer"));
    properties.put("detail", Map.of("type", "string"));
    properties.put("problems", Map.of("type", "array"));
    return Map.of(
        "description",
        "why not",
        "content",
        Map.of(
            "application/problem+json",
            Map.of("schema", Map.of("type", "object", "properties", properties))));
  }
}
