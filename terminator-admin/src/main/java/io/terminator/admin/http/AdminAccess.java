package io.terminator.admin.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.terminator.admin.http.AdminTlsConfig.ClientAuth;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Authorizes callers: by a full or a read-only token, by a client certificate, or merely by their
 * ability to connect, which is possible only on loopback addresses and unix sockets. Any thread.
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

  /**
   * The caller's identity for the audit log. Throws a problem if the caller may not perform the
   * operation.
   */
  String admit(ApiOperation.Access wanted, HttpRequest head, Peer peer) {
    HttpHeaders headers = head.headers();
    ForeignPage.refuse(wanted, head);
    boolean isLocal = full == null && clientAuth == ClientAuth.NONE && !peer.isUnix();
    if (isLocal) {
      ForeignPage.refuseName(wanted, headers);
    }
    String who = wanted.isOpen() ? "anyone" : identify(wanted, headers, peer);
    ForeignPage.refuseForm(wanted, head);
    return who;
  }

  private String identify(ApiOperation.Access wanted, HttpHeaders headers, Peer peer) {
    String certificate = peer.certificate();
    String shown = certificate == null ? "" : " certificate " + certificate;
    TokenFile token = full;
    if (certificate != null && (clientAuth == ClientAuth.OPTIONAL || token == null)) {
      return "full by" + shown;
    }
    if (token != null) {
      return byToken(token, wanted, headers) + shown;
    }
    if (clientAuth != ClientAuth.NONE) {
      throw ProblemDetails.unauthorized(
          "no client certificate; expected one issued by a CA in admin.tls.client-ca");
    }
    return peer.isUnix() ? "full by unix socket" : "full by loopback";
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
      if (wanted.needsFullRole()) {
        throw ProblemDetails.forbidden(
            "the token is read-only; this needs the token of admin.token-file");
      }
      return "read-only by token";
    }
    throw ProblemDetails.unauthorized("Authorization: the token is not that of admin.token-file");
  }
}
