package io.terminator.admin.plain;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The resource that a request names: {@code host} without its port, and {@code target}, path and
 * query as sent. Neither can end a header line or lead a browser to another host than the requested
 * one (RFC 9112, section 3.2).
 */
record RequestedPlace(String host, String target) {
  private static final Pattern AUTHORITY =
      Pattern.compile("([A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}\\])(?::[0-9]{0,5})?");
  private static final Pattern TARGET = Pattern.compile("/[\\x21-\\x7e]*");
  private static final String SCHEME = "http://";

  /**
   * Returns null if the request names no host, two hosts or an invalid one, if its target is
   * invalid, or if it is not HTTP/1.x.
   */
  static @Nullable RequestedPlace of(HttpRequest request) {
    List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
    if (hosts.size() != 1 || request.protocolVersion().majorVersion() != 1) {
      return null;
    }
    String authority = hosts.get(0).strip();
    String target = request.uri();
    if (target.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      // A target in absolute form, as sent to a proxy, takes precedence over Host.
      int path = endOfAuthority(target, SCHEME.length());
      authority = target.substring(SCHEME.length(), path);
      target = target.startsWith("/", path) ? target.substring(path) : "/" + target.substring(path);
    }
    Matcher host = AUTHORITY.matcher(authority);
    int fragment = target.indexOf('#');
    return host.matches() && TARGET.matcher(target).matches()
        ? new RequestedPlace(host.group(1), fragment < 0 ? target : target.substring(0, fragment))
        : null;
  }

  private static int endOfAuthority(String target, int from) {
    for (int i = from; i < target.length(); i++) {
      if ("/?#".indexOf(target.charAt(i)) >= 0) {
        return i;
      }
    }
    return target.length();
  }

  /** The same resource over HTTPS. */
  String atHttps(int port) {
    return "https://" + host + (port == PlainHttpConfig.HTTPS ? "" : ":" + port) + target;
  }
}
