package io.terminator.core.http.route;

import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Head;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Route;
import io.terminator.core.setting.HostPattern;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A route of requests with its resolved backend, or with the answer that it gives itself.
 * Immutable, any worker.
 */
public final class HttpRoute {
  private static final byte[] NOTHING = {};

  private final HttpRouteConfig config;
  private final Route connection;
  private final @Nullable BackendPool pool;
  private final @Nullable PathMatch path;
  private final byte[][] methods;
  private final byte @Nullable [] rewrite;
  private final byte[] location;
  private final boolean keepsPath;
  private final byte[] body;
  private final @Nullable RequestRate rate;

  /** {@code pool} is null exactly if the route answers itself. */
  public HttpRoute(HttpRouteConfig config, @Nullable BackendPool pool) {
    this(config, pool, List.of());
  }

  /**
   * As above. A rate limit continues with the buckets of the route of {@code before} that limits
   * the same requests in the same way: otherwise every reload would give a guesser of passwords a
   * new start.
   */
  public HttpRoute(HttpRouteConfig config, @Nullable BackendPool pool, List<HttpRoute> before) {
    this.config = config;
    this.connection = new Route(config.connection(), null);
    this.pool = pool;
    HttpRouteConfig.PathCondition condition = config.path();
    this.path = condition == null ? null : new PathMatch(condition);
    this.methods = config.methods().stream().map(HttpRoute::bytes).toArray(byte[][]::new);
    HttpRouteConfig.Action action = config.action();
    this.rewrite =
        action instanceof HttpRouteConfig.ToBackend to && to.rewrite() != null
            ? bytes(to.rewrite())
            : null;
    this.location =
        action instanceof HttpRouteConfig.Redirect redirect ? bytes(redirect.to()) : NOTHING;
    this.keepsPath = action instanceof HttpRouteConfig.Redirect redirect && redirect.keepsPath();
    HttpRouteConfig.RateLimit limit = config.rate();
    this.rate = limit == null ? null : rate(limit, before);
    this.body = action instanceof HttpRouteConfig.Respond respond ? bytes(respond.body()) : NOTHING;
  }

  private RequestRate rate(HttpRouteConfig.RateLimit limit, List<HttpRoute> before) {
    for (HttpRoute earlier : before) {
      if (earlier.rate != null && config.limitsAs(earlier.config)) {
        return earlier.rate;
      }
    }
    return new RequestRate(limit, System.nanoTime());
  }

  private static byte[] bytes(@Nullable String text) {
    return Objects.requireNonNullElse(text, "").getBytes(StandardCharsets.UTF_8);
  }

  public HttpRouteConfig config() {
    return config;
  }

  /** Label in logs and metrics, from the configuration. */
  public String name() {
    return config.name();
  }

  /** The conditions on the connection. */
  Route connection() {
    return connection;
  }

  /** Where requests go; null if the route answers itself. */
  public @Nullable BackendPool pool() {
    return pool;
  }

  /**
   * Counts a request against the rate limit. Zero if it is within the limit; otherwise the seconds,
   * at least one, after which the client may come back.
   */
  public long secondsToWait(Head request, SocketAddress client) {
    if (rate == null) {
      return 0;
    }
    long wait = rate.take(request, client, System.nanoTime());
    return wait == 0 ? 0 : (wait + 999_999_999L) / 1_000_000_000L;
  }

  /** The status of the answer; zero if requests go to a backend. */
  public int status() {
    HttpRouteConfig.Action action = config.action();
    if (action instanceof HttpRouteConfig.Redirect redirect) {
      return redirect.status();
    }
    return action instanceof HttpRouteConfig.Respond respond ? respond.status() : 0;
  }

  /** The body of the answer; empty for a redirect. Must not be modified. */
  public byte[] body() {
    return body;
  }

  /** Adds the fields of the answer that describe its body and where to go. */
  public void describe(Head request, Head answer) {
    if (config.action() instanceof HttpRouteConfig.Respond respond) {
      if (body.length > 0) {
        answer.add(FieldName.CONTENT_TYPE, respond.type());
      }
      return;
    }
    if (location.length > 0) {
      byte[] name = LOCATION;
      int from = answer.append(name, 0, name.length);
      int nameTo = answer.textLength();
      answer.append(": ");
      int valueFrom = answer.append(location, 0, location.length);
      int target = request.path().from();
      if (keepsPath && !request.path().isEmpty() && request.text()[target] == '/') {
        answer.append(request.text(), target, request.path().to());
      }
      answer.addField(from, nameTo, valueFrom, answer.textLength());
      answer.append("\r\n");
    }
  }

  private static final byte[] LOCATION = "Location".getBytes(StandardCharsets.US_ASCII);

  /** Replaces the part of the path that the route names, if it is configured to. */
  public void rewrite(Head request) {
    byte[] prefix = rewrite;
    PathMatch condition = path;
    if (prefix == null || condition == null) {
      return;
    }
    byte[] text = request.text();
    int from = request.path().from();
    int to = request.path().to();
    int end = PathForm.end(text, from, to);
    int rest =
        rest(
            text,
            from,
            end,
            PathForm.isPlain(text, from, end) ? null : PathForm.of(text, from, end));
    if (rest < 0) {
      return;
    }
    int start = request.append(prefix, 0, prefix.length);
    boolean slash = prefix[prefix.length - 1] == '/';
    if (slash && rest < end && text[rest] == '/') {
      // All of a run: what begins with two slashes names a host where a server redirects to it.
      do {
        rest++;
      } while (rest < end && text[rest] == '/');
    } else if (!slash && rest < end && text[rest] != '/') {
      request.append("/");
    }
    request.append(text, rest, to);
    request.setPath(start, request.textLength());
  }

  /** Where the part of the path begins that the condition does not name; negative: no match. */
  private int rest(byte[] text, int from, int end, @Nullable PathForm form) {
    PathMatch condition = Objects.requireNonNull(path);
    if (form != null) {
      return form.matchedEnd(condition);
    }
    int matched = condition.matched(text, from, end);
    return matched < 0 ? -1 : from + matched;
  }

  boolean hasPath() {
    return path != null;
  }

  /** A condition that a request does not meet. */
  enum Mismatch {
    HOST,
    PATH,
    METHOD,
    HEADER
  }

  /**
   * The first condition that the request does not meet; null if it meets all. {@code form} is null
   * for a plain path, which ends at {@code pathEnd}.
   */
  @Nullable Mismatch mismatch(Head head, int pathEnd, @Nullable PathForm form) {
    if (!config.hosts().isEmpty() && !matchesHost(head)) {
      return Mismatch.HOST;
    }
    if (path != null && rest(head.text(), head.path().from(), pathEnd, form) < 0) {
      return Mismatch.PATH;
    }
    if (methods.length > 0 && !matchesMethod(head)) {
      return Mismatch.METHOD;
    }
    return matchesFields(head) ? null : Mismatch.HEADER;
  }

  /** A mismatch as text. */
  String words(Mismatch mismatch, Head head) {
    return switch (mismatch) {
      case HOST -> "host: " + head.text(head.authority()) + " is not among " + config.hosts();
      case PATH ->
          "path: " + head.text(head.path()) + " is not " + Objects.requireNonNull(config.path());
      case METHOD ->
          "method: " + head.text(head.methodText()) + " is not among " + config.methods();
      case HEADER -> "header: the request does not have " + config.fields();
    };
  }

  private boolean matchesHost(Head head) {
    byte[] text = head.text();
    int from = head.authority().from();
    int to = HttpRoutes.endOfHost(text, from, head.authority().to());
    List<HostPattern> hosts = config.hosts();
    for (int i = 0; i < hosts.size(); i++) {
      if (hosts.get(i).matches(text, from, to)) {
        return true;
      }
    }
    return false;
  }

  private boolean matchesMethod(Head head) {
    int from = head.methodText().from();
    int to = head.methodText().to();
    for (byte[] method : methods) {
      if (java.util.Arrays.equals(head.text(), from, to, method, 0, method.length)) {
        return true;
      }
    }
    return false;
  }

  private boolean matchesFields(Head head) {
    List<HttpRouteConfig.FieldCondition> conditions = config.fields();
    for (int i = 0; i < conditions.size(); i++) {
      if (!matches(head, conditions.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean matches(Head head, HttpRouteConfig.FieldCondition condition) {
    String value = condition.value();
    for (int field = head.first(condition.name());
        field >= 0;
        field = head.next(condition.name(), field)) {
      if (value == null || isEqual(head, field, value)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isEqual(Head head, int field, String value) {
    int from = head.valueFrom(field);
    if (head.valueTo(field) - from != value.length()) {
      return false;
    }
    for (int i = 0; i < value.length(); i++) {
      if ((head.text()[from + i] & 0xff) != value.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
