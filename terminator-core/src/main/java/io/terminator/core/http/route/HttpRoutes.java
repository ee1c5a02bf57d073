package io.terminator.core.http.route;

import io.terminator.core.http.message.Head;
import io.terminator.core.route.Route;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routes of requests; the first whose conditions a request meets decides. Conditions on paths
 * see a path in the form of {@link PathForm}, so that another spelling of a path cannot pass by a
 * route. Immutable, any worker; {@link #find} allocates nothing for a path in its usual spelling.
 */
public final class HttpRoutes {
  private final List<HttpRoute> routes;
  private final boolean anyPath;

  public HttpRoutes(List<HttpRoute> routes) {
    this.routes = List.copyOf(routes);
    this.anyPath = this.routes.stream().anyMatch(HttpRoute::hasPath);
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
    BAD_PATH
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
    return usable == null ? this : new HttpRoutes(usable);
  }

  /** The first route that matches; null if there is none, and {@link #refusal} says why. */
  public @Nullable HttpRoute find(Head request) {
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
    boolean bad = of(sni, agreed, client).refusal(request) == Result.BAD_PATH;
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
