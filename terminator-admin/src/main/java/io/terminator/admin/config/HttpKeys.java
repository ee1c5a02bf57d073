package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.http.HttpConfig;
import io.terminator.core.http.HttpProtocol;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.exchange.ExchangeConfig.Deadlines;
import io.terminator.core.http.exchange.ExchangeConfig.Limits;
import io.terminator.core.setting.DataSize;
import java.time.Duration;
import java.util.List;

/** {@code listeners[].http}. */
final class HttpKeys {
  private static final Key<List<HttpProtocol>> PROTOCOLS =
      Key.optional(
          "protocols",
          Kinds.distinct(Kinds.choice(List.of(HttpProtocol.values()), HttpProtocol::alpn)),
          List.of(HttpProtocol.values()),
          "Versions of HTTP, in order of preference. They are the protocols of ALPN where tls.alpn"
              + " is not set. A client without ALPN gets HTTP/1.1.");

  private static final Key<DataSize> HEAD =
      Key.optional(
          "head",
          Kinds.size("1KiB", "256KiB"),
          Limits.DEFAULT.head(),
          "Maximum size of the head of a request or response: 431, or 502.");

  private static final Key<Integer> FIELDS =
      Key.optional(
          "headers",
          Kinds.whole(1, 1000),
          Limits.DEFAULT.fields(),
          "Maximum number of header fields of a request or response.");

  private static final Key<Integer> STREAMS =
      Key.optional(
          "streams",
          Kinds.whole(1, 10_000),
          Limits.DEFAULT.streams(),
          "Maximum number of concurrent requests on one h2 connection.");

  private static final Key<DataSize> BODY =
      Key.optional(
          "body",
          Kinds.sizeOrZero("1KiB", "1024GiB"),
          Limits.DEFAULT.body(),
          "Maximum size of a request body: 413. 0B means no limit.");

  private static final Shape<Limits> LIMITS_SHAPE =
      new Shape<>(
          "Limits of one exchange.",
          List.of(HEAD, FIELDS, STREAMS, BODY),
          section ->
              new Limits(
                  section.get(HEAD), section.get(FIELDS), section.get(STREAMS), section.get(BODY)));

  private static final Key<Limits> LIMITS =
      Key.section("limits", LIMITS_SHAPE, "Limits of one exchange.");

  private static final Key<Duration> HEAD_TIME =
      Key.optional(
          "head",
          Kinds.duration("10ms", "10m"),
          Deadlines.DEFAULT.head(),
          "From the first byte of a request to the end of its head: 408.");

  private static final Key<Duration> ANSWER =
      Key.optional(
          "answer",
          Kinds.duration("10ms", "1d"),
          Deadlines.DEFAULT.answer(),
          "From the end of a request to the head of its response: 504.");

  private static final Key<Duration> BODY_TIME =
      Key.optional(
          "body",
          Kinds.duration("10ms", "1d"),
          Deadlines.DEFAULT.body(),
          "Maximum time without a byte of a body that is expected.");

  private static final Key<Duration> KEEP_ALIVE =
      Key.optional(
          "keep-alive",
          Kinds.duration("10ms", "1d"),
          Deadlines.DEFAULT.keepAlive(),
          "Maximum time without a request on a client's connection.");

  private static final Shape<Deadlines> DEADLINES_SHAPE =
      new Shape<>(
          "Time limits of one exchange.",
          List.of(HEAD_TIME, ANSWER, BODY_TIME, KEEP_ALIVE),
          section ->
              new Deadlines(
                  section.get(HEAD_TIME),
                  section.get(ANSWER),
                  section.get(BODY_TIME),
                  section.get(KEEP_ALIVE)));

  private static final Key<Deadlines> DEADLINES =
      Key.section("deadlines", DEADLINES_SHAPE, "Time limits of one exchange.");

  /** What a host has to share with the server name of its connection. */
  private enum HostCheck {
    CERTIFICATE,
    POLICY
  }

  private static final Key<HostCheck> HOST_CHECK =
      Key.optional(
          "host-check",
          Kinds.choice(HostCheck.class),
          HostCheck.CERTIFICATE,
          "What the host of a request must share with the server name of its connection, otherwise"
              + " 421: the TLS policy, and the certificate if the host has one. With policy, a client"
              + " may send requests for any host over a connection for another one.");

  /** Its routes are those of the listener, which adds them. */
  static final Shape<HttpConfig> SHAPE =
      new Shape<>(
          "HTTP with the clients of the listener: requests are routed one by one, and their"
              + " header fields changed.",
          List.of(
              PROTOCOLS,
              HttpFieldKeys.FORWARDED,
              HttpFieldKeys.TRUSTED_PROXIES,
              HttpFieldKeys.REQUEST_ID,
              HttpFieldKeys.REQUEST_HEADERS,
              HttpFieldKeys.RESPONSE_HEADERS,
              HttpFieldKeys.HSTS,
              LIMITS,
              DEADLINES,
              ErrorPages.KEY,
              HOST_CHECK),
          section ->
              new HttpConfig(
                  section.get(PROTOCOLS),
                  HttpFieldKeys.read(section),
                  new ExchangeConfig(
                      section.get(LIMITS), section.get(DEADLINES), ErrorPages.read(section)),
                  section.get(HOST_CHECK) == HostCheck.CERTIFICATE,
                  List.of()));

  private HttpKeys() {}
}
