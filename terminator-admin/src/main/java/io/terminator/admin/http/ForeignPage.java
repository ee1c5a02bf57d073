package io.terminator.admin.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.NetUtil;
import io.terminator.admin.http.ApiOperation.Access;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/**
 * Defends against requests that a page of another site sends through an operator's browser: the
 * browser may run on this machine or in this network, and presents its client certificate to every
 * server that requests one. Such a page cannot forge the headers that the browser adds: Origin (RFC
 * 6454), Host, and Sec-Fetch-Site (Fetch Metadata).
 */
final class ForeignPage {
  private static final String FETCH_SITE = "Sec-Fetch-Site";
  private static final String FETCH_MODE = "Sec-Fetch-Mode";

  /** Content types that a page may send without a preflight request (Fetch, section 2.2.2). */
  private static final Set<String> WITHOUT_PREFLIGHT =
      Set.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data");

  private ForeignPage() {}

  /**
   * Throws a problem if a page of another site sent the request. Links to open operations are
   * allowed from any site.
   */
  static void refuse(Access wanted, HttpRequest head) {
    if (wanted == Access.HEALTH) {
      return;
    }
    HttpHeaders headers = head.headers();
    String site = headers.get(FETCH_SITE);
    if (site != null) {
      // The browser's header is more reliable than a comparison of names: a proxy may change Host.
      boolean isOwn = site.equals("same-origin") || site.equals("none");
      boolean isLink =
          wanted == Access.OPEN
              && "navigate".equals(headers.get(FETCH_MODE))
              && !head.method().equals(HttpMethod.POST);
      if (!isOwn && !isLink) {
        throw ProblemDetails.forbidden(
            "Sec-Fetch-Site: \""
                + AuditLog.printable(site)
                + "\": a page of another site can't use this API");
      }
      return;
    }
    String origin = headers.get(HttpHeaderNames.ORIGIN);
    if (origin != null && !isOwn(origin, headers.get(HttpHeaderNames.HOST))) {
      throw ProblemDetails.forbidden(
          "Origin: \""
              + AuditLog.printable(origin)
              + "\" is not this API; a proxy in front of it must keep the header Host");
    }
  }

  private static boolean isOwn(String origin, @org.jspecify.annotations.Nullable String host) {
    return host != null
        && origin.toLowerCase(Locale.ROOT).endsWith("://" + host.toLowerCase(Locale.ROOT));
  }

  /**
   * Throws a problem if the Host header does not name this machine: an attacker's name that
   * resolves to this address would put the attacker's page into our origin (DNS rebinding).
   */
  static void refuseName(Access wanted, HttpHeaders headers) {
    String host = headers.get(HttpHeaderNames.HOST);
    if (wanted != Access.HEALTH && host != null && !isLoopbackName(host)) {
      throw ProblemDetails.forbidden(
          "Host: \""
              + AuditLog.printable(host)
              + "\" is not a loopback name; set admin.token-file to use the API by that name");
    }
  }

  private static boolean isLoopbackName(String host) {
    int colon = host.lastIndexOf(':');
    String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    return name.equalsIgnoreCase("localhost")
        || isLoopbackAddress(name)
        || name.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }

  /** In any spelling: clients write {@code [::1]} or {@code [0:0:0:0:0:0:0:1]}. */
  private static boolean isLoopbackAddress(String name) {
    byte[] address =
        name.startsWith("[") && name.endsWith("]")
            ? NetUtil.createByteArrayFromIpAddressString(name.substring(1, name.length() - 1))
            : null;
    return address != null && Arrays.equals(address, NetUtil.LOCALHOST6.getAddress());
  }

  /**
   * Throws a problem if a POST has a content type that an HTML form can send: another request that
   * needs no preflight.
   */
  static void refuseForm(Access wanted, HttpRequest head) {
    if (!wanted.needsFullRole() || !head.method().equals(HttpMethod.POST)) {
      return;
    }
    CharSequence type = HttpUtil.getMimeType(head);
    if (type != null
        && WITHOUT_PREFLIGHT.contains(type.toString().strip().toLowerCase(Locale.ROOT))) {
      throw ProblemDetails.unsupportedMediaType(
          "Content-Type: \""
              + type
              + "\" is what a form of any page sends; expected application/yaml or application/json for a body, and no type"
              + " without one");
    }
  }
}
