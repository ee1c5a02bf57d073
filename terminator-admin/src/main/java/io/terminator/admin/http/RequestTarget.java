package io.terminator.admin.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Version, host and target of a request (RFC 9112, sections 2.3 and 3.2). */
final class RequestTarget {
  private static final Pattern ABSOLUTE = Pattern.compile("(?i)https?://([^/?#]*)(.*)");
  private static final Pattern AUTHORITY =
      Pattern.compile("([A-Za-z0-9._~!$&'()*+,;=%-]+|\\[[0-9A-Fa-f:.]+])(:[0-9]*)?");

  /** Of a target in a message. */
  private static final int LONGEST = 200;

  private RequestTarget() {}

  /**
   * Makes the target a path with its query and {@code Host} the authority that was asked. Throws a
   * problem if {@code head} has another version or form, or does not name exactly one host.
   */
  static void normalize(HttpRequest head) {
    HttpVersion version = head.protocolVersion();
    if (version.majorVersion() != 1) {
      throw ProblemDetails.versionNotSupported(version.text() + ": expected HTTP/1.1");
    }
    List<String> hosts = head.headers().getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1) {
      // It is unknown which of them a proxy used.
      throw ProblemDetails.badRequest("Host: given more than once");
    }
    if (hosts.isEmpty() && version.minorVersion() > 0) {
      throw ProblemDetails.badRequest("Host: missing; expected the name or address of this API");
    }
    if (!hosts.isEmpty() && !isAuthority(hosts.get(0))) {
      throw ProblemDetails.badRequest(
          "Host: \"" + hosts.get(0) + "\"; expected a host name or address with an optional port");
    }
    String target = head.uri();
    Matcher absolute = ABSOLUTE.matcher(target);
    if (absolute.matches() && isAuthority(absolute.group(1))) {
      // It takes precedence over Host.
      head.headers().set(HttpHeaderNames.HOST, absolute.group(1));
      String rest = absolute.group(2);
      head.setUri(rest.startsWith("/") ? rest : "/" + rest);
    } else if (!target.startsWith("/") && !target.equals("*")) {
      throw ProblemDetails.badRequest(
          "uri: \""
              + target.substring(0, Math.min(target.length(), LONGEST))
              + "\"; expected a path, or an absolute URI of http or https");
    }
  }

  private static boolean isAuthority(String text) {
    return AUTHORITY.matcher(text).matches();
  }
}
