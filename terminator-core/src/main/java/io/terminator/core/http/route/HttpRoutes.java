package io.terminator.core.http.route;

import io.terminator.core.http.message.Head;
import io.terminator.core.route.Route;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The routes of requests; the first whose conditions a request meets decides. Conditions on paths
 * see a path in the form of {@link PathForm}, so that another spelling of a path cannot pass by a
 * route. Immutable, any worker; {@link #find} allocates nothing for a path in its usual spelling.
 */
public final class HttpRoutes {
  private final List<HttpRoute> routes;
  private final HostPolicies policies;
  private final @Nullable String sni;
  private final int policy;
  private final boolean anyPath;

  /**
   * The TLS policies and certificates of a listener. A connection was agreed on under one of them,
   * and a request must not reach a host under another: it could pass by a client certificate that
   * the host's policy demands, or come from a client that took one host for another.
   */
  public interface HostPolicies {
    /** A number that is the same for hosts under the same policy; null stands for no name. */
    int of(@Nullable String host);

    /**
     * Whether {@code host} has a certificate, and a connection for the server name {@code sni} has
     * none that covers {@code host}.
     */
    default boolean hasOtherCertificate(String sni, String host) {
      return false;
    }

    /** One policy and one certificate for every host. */
    HostPolicies ONE = host -> 0;
  }

  public HttpRoutes(List<HttpRoute> routes) {
    this(routes, HostPolicies.ONE);
  }

  public HttpRoutes(List<HttpRoute> routes, HostPolicies policies) {
    this(routes, policies, null, policies.of(null), routes.stream().anyMatch(HttpRoute::hasPath));
  }

  private HttpRoutes(
      List<HttpRoute> routes,
      HostPolicies policies,
      @Nullable String sni,
      int policy,
      boolean anyPath) {
    this.routes = List.copyOf(routes);
    this.policies = policies;
    this.sni = sni;
    this.policy = policy;
    this.anyPath = anyPath;
  }

  /** All routes, in order. */
  public List<HttpRoute> all() {
    return routes;
  }

  /** The names of the routes, in order. */
  public List<String> names() {
    return routes.stream().map(HttpRoute::name).toList();
  }

  /** What {@link #find} found out. */
  public enum Result {
    FOUND,
    /** No route matches. */
    NO_ROUTE,
    /**
     * The path has more than one meaning and a route has a condition on paths: segments {@code .}
     * and {@code ..}, encoded or not, or an encoding that is invalid.
     */
    BAD_PATH,
    /**
     * The host has another TLS policy or certificate than the connection (RFC 9110 section 7.4).
     */
    MISDIRECTED
  }

  /**
   * The routes that a connection can use: those whose conditions on the connection it meets. {@code
   * agreed} is the negotiated protocol.
   */
  public HttpRoutes of(@Nullable String sni, @Nullable String agreed, SocketAddress client) {
    List<String> offered = agreed == null ? List.of() : List.of(agreed);
    List<HttpRoute> usable = null;
    for (int i = 0; i < routes.size(); i++) {
      HttpRoute route = routes.get(i);
      boolean meets = route.connection().mismatch(sni, offered, agreed, client) == null;
      if (!meets && usable == null) {
        usable = new ArrayList<>(routes.subList(0, i));
      } else if (meets && usable != null) {
        usable.add(route);
      }
    }
    if (usable == null && (policies == HostPolicies.ONE || sni == null)) {
      return this;
    }
    return usable == null
        ? new HttpRoutes(routes, policies, sni, policies.of(sni), anyPath)
        : new HttpRoutes(
            usable, policies, sni, policies.of(sni), usable.stream().anyMatch(HttpRoute::hasPath));
  }

  private boolean isMisdirected(Head request) {
    if (policies == HostPolicies.ONE) {
      return false;
    }
    byte[] text = request.text();
    int from = request.authority().from();
    int to = endOfHost(text, from, request.authority().to());
    if (to > from && text[to - 1] == '.') {
      to--;
    }
    String named = sni;
    if (to <= from || named != null && request.equalsIgnoreCase(from, to, named)) {
      return false;
    }
    String host = request.text(from, to).toLowerCase(Locale.ROOT);
    return policies.of(host) != policy
        || named != null && policies.hasOtherCertificate(named, host);
  }

  /** The first route that matches; null if there is none, and {@link #refusal} says why. */
  public @Nullable HttpRoute find(Head request) {
    if (isMisdirected(request)) {
      return null;
    }
    byte[] text = request.text();
    int from = request.path().from();
    int end = anyPath ? PathForm.end(text, from, request.path().to()) : from;
    PathForm form = null;
    if (anyPath && !PathForm.isPlain(text, from, end)) {
      form = PathForm.of(text, from, end);
      if (form == null) {
        return null;
      }
    }
    for (int i = 0; i < routes.size(); i++) {
      HttpRoute route = routes.get(i);
      if (route.mismatch(request, end, form) == null) {
        return route;
      }
    }
    return null;
  }

  /** Why {@link #find} returned null for this request. */
  public Result refusal(Head request) {
    if (isMisdirected(request)) {
      return Result.MISDIRECTED;
    }
    byte[] text = request.text();
    int from = request.path().from();
    int end = PathForm.end(text, from, request.path().to());
    return anyPath && !PathForm.isPlain(text, from, end) && PathForm.of(text, from, end) == null
        ? Result.BAD_PATH
        : Result.NO_ROUTE;
  }

  /** A route that was examined; {@code whyNot} is null for the one that matches. */
  public record Look(HttpRoute route, @Nullable String whyNot) {}

  /** The routes that {@link #find} examines, in order, including those of other connections. */
  public List<Look> explain(
      @Nullable String sni, @Nullable String agreed, SocketAddress client, Head request) {
    List<Look> looks = new ArrayList<>();
    List<String> offered = agreed == null ? List.of() : List.of(agreed);
    HttpRoutes usable = of(sni, agreed, client);
    if (usable.isMisdirected(request)) {
      return List.of();
    }
    boolean bad = usable.refusal(request) == Result.BAD_PATH;
    byte[] text = request.text();
    int from = request.path().from();
    int end = PathForm.end(text, from, request.path().to());
    PathForm form = bad || PathForm.isPlain(text, from, end) ? null : PathForm.of(text, from, end);
    for (HttpRoute route : routes) {
      Route connection = route.connection();
      String whyNot = connection.whyNot(sni, offered, agreed, client);
      if (whyNot == null && bad) {
        whyNot = "path: it has a segment \".\" or \"..\", or an invalid encoding";
      }
      if (whyNot == null) {
        HttpRoute.Mismatch mismatch = route.mismatch(request, end, form);
        whyNot = mismatch == null ? null : route.words(mismatch, request);
      }
      looks.add(new Look(route, whyNot));
      if (whyNot == null) {
        break;
      }
    }
    return looks;
  }

  /** The end of the host in an authority: before its port. */
  static int endOfHost(byte[] text, int from, int to) {
    for (int i = to - 1; i >= from; i--) {
      if (text[i] == ':') {
        return i;
      }
      if (text[i] < '0' || text[i] > '9') {
        return to;
      }
    }
    return to;
  }
}
