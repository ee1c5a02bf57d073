package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.accept.TrustedProxyConfig;
import io.terminator.core.setting.Cidr;
import java.time.Duration;
import java.util.List;

/** {@code listeners[].proxy-protocol}. */
final class TrustedProxyKeys {
  private static final Key<List<Cidr>> ACCEPT_FROM =
      Key.required(
          "accept-from",
          RouteKeys.oneOrMore(Addresses.BLOCK_KIND),
          "Addresses of trusted proxies. Each connection from them must begin with a"
              + " PROXY header, and the header is trusted: a listed proxy can claim any client"
              + " address.");

  private static final Key<TrustedProxyConfig.Others> OTHERS =
      Key.optional(
          "others",
          Kinds.choice(TrustedProxyConfig.Others.class),
          TrustedProxyConfig.Others.REFUSE,
          "Connections from other addresses: refuse (closed as denied), or accept without"
              + " a header.");

  private static final Key<Duration> TIMEOUT =
      Key.optional(
          "timeout",
          Kinds.duration("10ms", "10m"),
          TrustedProxyConfig.DEFAULT_TIMEOUT,
          "From accept to a complete PROXY header; deadlines.client-hello starts after it.");

  static final Shape<TrustedProxyConfig> SHAPE =
      new Shape<>(
          "Which proxies may name the client.",
          List.of(ACCEPT_FROM, OTHERS, TIMEOUT),
          section ->
              new TrustedProxyConfig(
                  section.get(ACCEPT_FROM), section.get(OTHERS), section.get(TIMEOUT)));

  private TrustedProxyKeys() {}
}
