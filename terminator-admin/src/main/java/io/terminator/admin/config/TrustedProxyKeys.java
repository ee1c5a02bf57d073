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
          "Addresses of the proxies. Each of their connections has to begin with a header, and is"
              + " believed: whoever is listed can claim to be any client.");

  private static final Key<TrustedProxyConfig.Others> OTHERS =
      Key.optional(
          "others",
          Kinds.choice(TrustedProxyConfig.Others.class),
          TrustedProxyConfig.Others.REFUSE,
          "What becomes of connections from elsewhere: refused (closed as denied), or taken directly,"
              + " without a header.");

  private static final Key<Duration> TIMEOUT =
      Key.optional(
          "timeout",
          Kinds.duration("10ms", "10m"),
          TrustedProxyConfig.DEFAULT_TIMEOUT,
          "From accept to a complete header; deadlines.client-hello begins behind it.");

  static final Shape<TrustedProxyConfig> SHAPE =
      new Shape<>(
          "Who may say whom it speaks for.",
          List.of(ACCEPT_FROM, OTHERS, TIMEOUT),
          section ->
              new TrustedProxyConfig(
                  section.get(ACCEPT_FROM), section.get(OTHERS), section.get(TIMEOUT)));

  private TrustedProxyKeys() {}
}
