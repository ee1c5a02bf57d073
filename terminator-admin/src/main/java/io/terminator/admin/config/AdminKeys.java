package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.admin.http.AdminConfig;
import io.terminator.admin.http.AdminLimits;
import io.terminator.admin.http.AdminTlsConfig;
import io.terminator.admin.http.AdminTlsConfig.ClientAuth;
import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.Endpoint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** {@code admin}. */
final class AdminKeys {
  private static final Key<Endpoint> BIND =
      Key.optional(
          "bind",
          Kinds.bind(),
          AdminConfig.DEFAULT.bind(),
          "Address of the admin API, or unix:/path for a socket that only its owner can"
              + " open. Any address other than loopback or a unix socket requires tls, and a"
              + " token-file or required client certificates.");

  private static final Key<Path> TOKEN_FILE =
      Key.absent(
          "token-file",
          Paths.secretFile(),
          "no token is required",
          "A file with the bearer token of at least 16 characters that requests must"
              + " carry. It is read again when it changes.");

  private static final Key<Path> READ_ONLY_TOKEN_FILE =
      Key.absent(
          "read-only-token-file",
          Paths.secretFile(),
          "no read-only token",
          "A file with a second token that grants read access only.");

  private static final Key<Boolean> PLAIN_HTTP =
      Key.optional(
          "plain-http",
          Kinds.flag(),
          false,
          "Accept requests, including their token, over plain HTTP on a non-loopback"
              + " address. Only for networks that nobody else can read, such as inside a pod.");

  private static final Key<Path> CERTIFICATE =
      Key.required(
          "certificate",
          Paths.file(),
          "The certificate chain in PEM. It is read again when it changes.");

  private static final Key<Path> PRIVATE_KEY =
      Key.required("key", Paths.secretFile(), "Its private key in PEM, not encrypted.");

  private static final Key<Path> CLIENT_CA =
      Key.absent(
          "client-ca",
          Paths.file(),
          "client certificates are not requested",
          "CA certificates in PEM. A client with a certificate from one of them has full access.");

  private static final Key<ClientAuth> CLIENT_AUTH =
      Key.optional(
          "client-auth",
          Kinds.choice(ClientAuth.class),
          ClientAuth.NONE,
          "With optional, a client certificate replaces the token. With required, every"
              + " client needs a certificate, and also the token if there is a token-file.");

  private static final Shape<AdminTlsConfig> TLS_SHAPE =
      new Shape<>(
          "TLS of the admin API.",
          List.of(CERTIFICATE, PRIVATE_KEY, CLIENT_CA, CLIENT_AUTH),
          AdminKeys::tls);

  private static final Key<AdminTlsConfig> TLS =
      Key.absent("tls", TLS_SHAPE, "plain HTTP", "TLS of the admin API.");

  private static final Key<Integer> CONNECTIONS =
      Key.optional(
          "connections",
          Kinds.whole(1, 100_000),
          AdminLimits.DEFAULT.connections(),
          "Maximum number of open connections; at the limit, a new one replaces the oldest one without a token.");

  private static final Key<DataSize> HEADERS =
      Key.optional(
          "headers",
          Kinds.size("1KiB", "1MiB"),
          AdminLimits.DEFAULT.headers(),
          "Maximum size of all headers of a request.");

  private static final Key<DataSize> BODY =
      Key.optional(
          "body",
          Kinds.size("1KiB", "64MiB"),
          AdminLimits.DEFAULT.body(),
          "Maximum size of a request body.");

  private static final Key<Duration> REQUEST =
      Key.optional(
          "request",
          Kinds.duration("100ms", "1h"),
          AdminLimits.DEFAULT.request(),
          "Time limit for receiving a complete request, for sending the response, and for"
              + " the next request on the same connection.");

  private static final Shape<AdminLimits> LIMITS_SHAPE =
      new Shape<>(
          "Resource limits of the admin API.",
          List.of(CONNECTIONS, HEADERS, BODY, REQUEST),
          section ->
              new AdminLimits(
                  section.get(CONNECTIONS),
                  section.get(HEADERS),
                  section.get(BODY),
                  section.get(REQUEST)));

  private static final Key<AdminLimits> LIMITS =
      Key.section("limits", LIMITS_SHAPE, "Resource limits of the admin API.");

  static final Shape<AdminConfig> SHAPE =
      new Shape<>(
          "The admin API, its dashboard and metrics.",
          List.of(BIND, TOKEN_FILE, READ_ONLY_TOKEN_FILE, PLAIN_HTTP, TLS, LIMITS),
          AdminKeys::map);

  private AdminKeys() {}

  private static AdminTlsConfig tls(Section section) {
    ClientAuth clientAuth = section.get(CLIENT_AUTH);
    Path authorities = section.find(CLIENT_CA);
    section.check(
        clientAuth == ClientAuth.NONE || authorities != null,
        CLIENT_AUTH,
        "client-ca beside it",
        "without a CA no certificate can be verified",
        CLIENT_CA);
    if (authorities != null && clientAuth == ClientAuth.NONE && section.reading() != null) {
      section
          .reading()
          .problem(
              section.placeOf(CLIENT_CA),
              "has no effect with client-auth: none",
              "client-auth: optional or required",
              "");
    }
    return new AdminTlsConfig(
        section.get(CERTIFICATE), section.get(PRIVATE_KEY), authorities, clientAuth);
  }

  private static AdminConfig map(Section section) {
    Endpoint bind = section.get(BIND);
    AdminTlsConfig tls = section.find(TLS);
    boolean isProtected =
        section.find(TOKEN_FILE) != null || tls != null && tls.clientAuth() == ClientAuth.REQUIRED;
    boolean isLocal =
        bind instanceof Endpoint.Unix
            || bind instanceof Endpoint.Inet inet && Addresses.isLoopback(inet);
    section.check(
        isLocal || isProtected,
        BIND,
        "a loopback address such as 127.0.0.1:9443, or a token-file, or tls with client-auth: required",
        "without a token, anyone who can connect could replace certificates",
        TOKEN_FILE,
        TLS);
    section.check(
        isLocal || tls != null || section.get(PLAIN_HTTP) || !isProtected,
        BIND,
        "a loopback address such as 127.0.0.1:9443, or tls",
        "without TLS the token can be read on the network; if nobody can listen there,"
            + " set plain-http: true",
        TLS,
        PLAIN_HTTP);
    if (bind instanceof Endpoint.Unix && tls != null && section.reading() != null) {
      section
          .reading()
          .problem(
              section.placeOf(TLS),
              "has no effect for a unix socket",
              "an address and a port in bind",
              "remove one of the two");
    }
    if (section.has(READ_ONLY_TOKEN_FILE)
        && section.find(TOKEN_FILE) == null
        && section.isSound(TOKEN_FILE)
        && section.reading() != null) {
      section
          .reading()
          .problem(
              section.placeOf(READ_ONLY_TOKEN_FILE),
              "is set without token-file",
              "a token-file beside it",
              "without one, everyone has full access");
    }
    Addresses.declare(section, bind, BIND);
    return new AdminConfig(
        bind,
        section.find(TOKEN_FILE),
        section.find(READ_ONLY_TOKEN_FILE),
        tls,
        section.get(LIMITS));
  }
}
