package io.terminator.admin.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Who may do what: a full and a read-only token, or anyone where none is set, which only a loopback address allows. */
public final class AdminAccess {
  private static final String SCHEME = "Bearer ";

  private final @Nullable TokenFile full;
  private final @Nullable TokenFile readOnly;

  public AdminAccess(@Nullable Path tokenFile, @Nullable Path readTokenFile) {
    this.full = tokenFile == null ? null : new TokenFile(tokenFile);
    this.readOnly = readTokenFile == null ? null : new TokenFile(readTokenFile);
  }

  /** The role's name for the audit; throws the problem where the route is not for this caller. */
  String admit(Route.Access wanted, HttpHeaders headers) {
    if (wanted == Route.Access.OPEN) {
      return "anyone";
    }
    if (full == null) {
      refuseForeignPage(wanted, headers);
      return "loopback";
    }
    String header = headers.get(HttpHeaderNames.AUTHORIZATION);
    if (header == null || !header.startsWith(SCHEME)) {
      throw Problem.unauthorized(
          "Authorization: missing; expected \"Bearer TOKEN\" with the token of admin.token-file");
    }
    String token = header.substring(SCHEME.length()).strip();
    if (full.accepts(token)) {
      return "full";
    }
    if (readOnly != null && readOnly.accepts(token)) {
      if (wanted == Route.Access.CHANGE) {
        throw Problem.forbidden(
            "the token is read-only; a change needs the token of admin.token-file");
      }
      return "read-only";
    }
    throw Problem.unauthorized("Authorization: the token is not that of admin.token-file");
  }

  /**
   * Without a token a browser on this machine is a caller too: a page of another site must not be able to change anything
   * through it. Such a page's request carries an Origin (RFC 6454) that is not ours.
   */
  private static void refuseForeignPage(Route.Access wanted, HttpHeaders headers) {
    String origin = headers.get(HttpHeaderNames.ORIGIN);
    String host = headers.get(HttpHeaderNames.HOST);
    if (wanted == Route.Access.CHANGE
        && origin != null
        && (host == null || !origin.endsWith("://" + host))) {
      throw Problem.forbidden(
          "Origin: \""
              + origin
              + "\" is not this API; set admin.token-file to allow changes from elsewhere");
    }
    if (host != null && !isLoopbackName(host)) {
      throw Problem.forbidden(
          "Host: \""
              + host
              + "\" is not a loopback name; set admin.token-file to use the API by that name");
    }
  }

  private static boolean isLoopbackName(String host) {
    int colon = host.lastIndexOf(':');
    String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    return name.equals("localhost") || name.equals("[::1]") || name.startsWith("127.");
  }
}
