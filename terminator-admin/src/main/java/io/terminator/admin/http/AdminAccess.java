package io.terminator.admin.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.terminator.admin.http.AdminTlsConfig.ClientAuth;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what: by a full and a read-only token, by a client certificate, or by being able to connect at all, which only
 * loopback addresses and unix sockets leave at that. Any thread.
 */
public final class AdminAccess {
  private static final String SCHEME = "Bearer ";

  private final @Nullable TokenFile full;
  private final @Nullable TokenFile readOnly;
  private final ClientAuth clientAuth;

  /** Reads the token files. */
  public AdminAccess(AdminConfig config) {
    AdminTlsConfig tls = config.tls();
    this.full = tokenFile("admin.token-file", config.tokenFile());
    this.readOnly = tokenFile("admin.read-only-token-file", config.readOnlyTokenFile());
    this.clientAuth = tls == null ? ClientAuth.NONE : tls.clientAuth();
  }

  private static @Nullable TokenFile tokenFile(String key, @Nullable Path path) {
    return path == null ? null : new TokenFile(key, path);
  }

  /** Reads the token files again; blocking. */
  void look() {
    if (full != null) {
      full.look();
    }
    if (readOnly != null) {
      readOnly.look();
    }
  }

  /** Who that is, for the audit; throws the problem where the route is not for this caller. */
  String admit(ApiOperation.Access wanted, HttpHeaders headers, Peer peer) {
    if (wanted == ApiOperation.Access.OPEN) {
      return "anyone";
    }
    String certificate = peer.certificate();
    String shown = certificate == null ? "" : " certificate " + certificate;
    TokenFile token = full;
    if (certificate != null && (clientAuth == ClientAuth.OPTIONAL || token == null)) {
      refuseForeignPage(wanted, headers);
      return "full by" + shown;
    }
    if (token != null) {
      return byToken(token, wanted, headers) + shown;
    }
    if (clientAuth != ClientAuth.NONE) {
      throw ProblemDetails.unauthorized(
          "no client certificate; expected one issued by a CA in admin.tls.client-ca");
    }
    if (peer.isUnix()) {
      return "full by unix socket";
    }
    refuseForeignPage(wanted, headers);
    refuseForeignName(headers);
    return "full by loopback";
  }

  private String byToken(TokenFile full, ApiOperation.Access wanted, HttpHeaders headers) {
    String header = headers.get(HttpHeaderNames.AUTHORIZATION);
    if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw ProblemDetails.unauthorized(
          "Authorization: missing; expected \"Bearer TOKEN\" with the token of admin.token-file");
    }
    String token = header.substring(SCHEME.length()).strip();
    if (full.accepts(token)) {
      return "full by token";
    }
    if (readOnly != null && readOnly.accepts(token)) {
      if (wanted == ApiOperation.Access.CHANGE) {
        throw ProblemDetails.forbidden(
            "the token is read-only; a change needs the token of admin.token-file");
      }
      return "read-only by token";
    }
    throw ProblemDetails.unauthorized("Authorization: the token is not that of admin.token-file");
  }

  /**
   * Without a token a browser on this machine is a caller too, and one with a client certificate shows it to whoever asks: a
   * page of another site must not be able to change anything through it. Such a page's request carries an Origin (RFC 6454)
   * that is not ours.
   */
  private static void refuseForeignPage(ApiOperation.Access wanted, HttpHeaders headers) {
    String origin = headers.get(HttpHeaderNames.ORIGIN);
    String host = headers.get(HttpHeaderNames.HOST);
    if (wanted == ApiOperation.Access.CHANGE
        && origin != null
        && (host == null || !origin.endsWith("://" + host))) {
      throw ProblemDetails.forbidden(
          "Origin: \""
              + AuditLog.printable(origin)
              + "\" is not this API; set admin.token-file to allow changes from elsewhere");
    }
  }

  /** A name of somebody's that leads to this machine would make their page one of ours. */
  private static void refuseForeignName(HttpHeaders headers) {
    String host = headers.get(HttpHeaderNames.HOST);
    if (host != null && !isLoopbackName(host)) {
      throw ProblemDetails.forbidden(
          "Host: \""
              + AuditLog.printable(host)
              + "\" is not a loopback name; set admin.token-file to use the API by that name");
    }
  }

  private static boolean isLoopbackName(String host) {
    int colon = host.lastIndexOf(':');
    String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    return name.equals("localhost")
        || name.equals("[::1]")
        || name.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }
}
