package io.terminator.core.http.route;

import io.terminator.core.route.RouteConfig;
import io.terminator.core.setting.HostPattern;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One route of requests. {@code connection} holds its conditions on the connection; an empty list
 * or a null path matches every request. All of its conditions must match. {@code name} is its label
 * in logs and metrics.
 */
public record HttpRouteConfig(
    String name,
    RouteConfig connection,
    List<HostPattern> hosts,
    @Nullable PathCondition path,
    List<String> methods,
    List<FieldCondition> fields,
    Action action,
    @Nullable RateLimit rate) {
  public HttpRouteConfig {
    hosts = List.copyOf(hosts);
    methods = List.copyOf(methods);
    fields = List.copyOf(fields);
  }

  /** Without a rate limit. */
  public HttpRouteConfig(
      String name,
      RouteConfig connection,
      List<HostPattern> hosts,
      @Nullable PathCondition path,
      List<String> methods,
      List<FieldCondition> fields,
      Action action) {
    this(name, connection, hosts, path, methods, fields, action, null);
  }

  /**
   * Requests of one client in {@code per}, with {@code burst} at once after a pause. Clients are
   * told apart by the value of {@code field}, or by their address if it is null.
   */
  public record RateLimit(int requests, Duration per, int burst, @Nullable String field) {}

  /** Every request goes to {@code backend}. */
  public static HttpRouteConfig toAll(String backend) {
    return new HttpRouteConfig(
        "default",
        RouteConfig.allHttp(),
        List.of(),
        null,
        List.of(),
        List.of(),
        new ToBackend(backend, null));
  }

  /** Whether both limit the same requests in the same way, whatever their names and actions. */
  boolean limitsAs(HttpRouteConfig other) {
    return Objects.equals(rate, other.rate) && covers(other) && other.covers(this);
  }

  /** Whether {@code later}, placed below this route, would never match a request. */
  public boolean covers(HttpRouteConfig later) {
    return connection.covers(later.connection)
        && (hosts.isEmpty()
            || (!later.hosts.isEmpty() && later.hosts.stream().allMatch(this::coversHost)))
        && (path == null || (later.path != null && path.covers(later.path)))
        && (methods.isEmpty() || (!later.methods.isEmpty() && methods.containsAll(later.methods)))
        && fields.stream().allMatch(own -> later.fields.stream().anyMatch(own::covers));
  }

  private boolean coversHost(HostPattern later) {
    return hosts.stream().anyMatch(own -> own.covers(later));
  }

  /**
   * A path without query, in its decoded form. Unless {@code exact}, it matches the path itself and
   * everything below it: {@code /v2} matches {@code /v2} and {@code /v2/a}, not {@code /v20}.
   */
  public record PathCondition(String path, boolean exact) {
    /** Whether every path that {@code later} matches also matches this condition. */
    public boolean covers(PathCondition later) {
      if (exact) {
        return later.exact && path.equals(later.path);
      }
      return path.equals(later.path)
          || later.path.startsWith(path.endsWith("/") ? path : path + "/");
    }

    @Override
    public String toString() {
      return exact ? path : path + " or below";
    }
  }

  /** A field that must be present; with {@code value}, one of them must be equal to it. */
  public record FieldCondition(String name, @Nullable String value) {
    boolean covers(FieldCondition later) {
      return name.equalsIgnoreCase(later.name) && (value == null || value.equals(later.value));
    }

    @Override
    public String toString() {
      return value == null ? name : name + ": " + value;
    }
  }

  /** What happens to a request that meets the conditions. */
  public sealed interface Action {}

  /**
   * {@code rewrite} replaces the part of the path that the condition names; null changes nothing.
   */
  public record ToBackend(String backend, @Nullable String rewrite) implements Action {}

  /**
   * An answer with {@code Location}. The path and query of the request are added to {@code to} if
   * it has no path.
   */
  public record Redirect(String to, int status) implements Action {
    /** Whether {@code to} has no path of its own. */
    public boolean keepsPath() {
      int host = to.indexOf("://");
      return host > 0 && to.indexOf('/', host + 3) < 0 && to.indexOf('?') < 0;
    }
  }

  /** A fixed answer. */
  public record Respond(int status, String body, String type) implements Action {}
}
