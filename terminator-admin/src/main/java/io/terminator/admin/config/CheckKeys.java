package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.connect.CheckConfig;
import io.terminator.core.connect.CheckConfig.HttpRequest;
import io.terminator.core.connect.CheckConfig.OnDown;
import io.terminator.core.connect.CheckConfig.Statuses;
import io.terminator.core.connect.CheckConfig.Thresholds;
import io.terminator.core.connect.CheckConfig.Timing;
import io.terminator.core.connect.CheckConfig.Type;
import java.time.Duration;
import java.util.List;

/** {@code backends.<name>.check}. */
final class CheckKeys {
  private static final Kind<Type> TYPE_KIND = Kinds.choice(Type.class);

  private static final Key<Type> TYPE =
      Key.optional(
          "type",
          TYPE_KIND,
          CheckConfig.DEFAULT.type(),
          "What the check requires: an accepted connection (tcp), a completed TLS"
              + " handshake (tls), or a good response to a GET (http, https; h2c: HTTP/2 without"
              + " TLS). TLS follows the"
              + " backend's tls section; without that section, any certificate is accepted.");

  private static final Key<Integer> PORT =
      Key.absent(
          "port",
          Kinds.whole(1, 65_535),
          "the server's port",
          "A different port for checks. No PROXY header is sent there.");

  private static final Key<Duration> INTERVAL =
      Key.optional(
          "interval",
          Kinds.duration("100ms", "1h"),
          Timing.DEFAULT.interval(),
          "Time between the end of a check and the start of the next, per address.");

  private static final Key<Duration> TIMEOUT =
      Key.optional(
          "timeout",
          Kinds.duration("50ms", "10m"),
          Timing.DEFAULT.timeout(),
          "Time limit for a complete check.");

  private static final Key<Integer> JITTER =
      Key.optional(
          "jitter",
          Kinds.whole(0, 100),
          Timing.DEFAULT.jitterPercent(),
          "Random variation of the interval in percent, so that checks do not run all at once.");

  private static final Key<Integer> RISE =
      Key.optional(
          "rise",
          Kinds.whole(1, 100),
          Thresholds.DEFAULT.rise(),
          "Consecutive successful checks after which a server is up.");

  private static final Key<Integer> FALL =
      Key.optional(
          "fall",
          Kinds.whole(1, 100),
          Thresholds.DEFAULT.fall(),
          "Consecutive failed checks after which a server is down.");

  private static final Key<String> PATH =
      Key.optional(
          "path",
          Kinds.parsed(
              "a path that begins with a slash, such as /healthz",
              "^/[!-~]*$",
              CheckKeys::path,
              path -> path),
          HttpRequest.DEFAULT.path(),
          "Request path for http, https and h2c.");

  private static final Key<String> HOST =
      Key.absent(
          "host",
          Kinds.parsed(
              "a host name, optionally with a port", "^[!-~]+$", CheckKeys::host, host -> host),
          "the server's address as configured",
          "Host header for http, https and h2c.");

  /** A status or a range of them. */
  static final Kind<Statuses> STATUS_KIND =
      Kinds.parsed(
          "a status such as 200, or a range such as 200-399",
          "^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$",
          CheckKeys::statuses,
          Statuses::toString);

  private static final Key<Statuses> STATUS =
      Key.optional(
          "status",
          STATUS_KIND,
          HttpRequest.DEFAULT.statuses(),
          "Status codes that count as success for http, https and h2c.");

  private static final Key<OnDown> ON_DOWN =
      Key.optional(
          "on-down",
          Kinds.choice(OnDown.class),
          CheckConfig.DEFAULT.onDown(),
          "Whether open connections to a server are kept or closed when it goes down.");

  private static final Key<Integer> PANIC =
      Key.optional(
          "panic-threshold",
          Kinds.whole(0, 100),
          Thresholds.DEFAULT.panicPercent(),
          "Panic threshold: while a smaller percentage of servers than this is up, health"
              + " is ignored and all servers are used. 1 applies when all are down; 0 turns it"
              + " off.");

  private static final Shape<CheckConfig> SHAPE =
      new Shape<>(
          "Active health check of the servers.",
          List.of(
              TYPE, PORT, INTERVAL, TIMEOUT, JITTER, RISE, FALL, PATH, HOST, STATUS, ON_DOWN,
              PANIC),
          CheckKeys::map);

  static final Kind<CheckConfig> KIND =
      Kinds.either(
          Kinds.mapped(TYPE_KIND, CheckConfig::of, check -> TYPE_KIND.spell(check.type())),
          null,
          SHAPE,
          check -> TYPE_KIND.spell(check.type()));

  private CheckKeys() {}

  private static CheckConfig map(Section section) {
    Type type = section.get(TYPE);
    for (Key<?> http : List.of(PATH, HOST, STATUS)) {
      if (section.has(http) && !type.isHttp() && section.reading() != null) {
        section
            .reading()
            .problem(
                section.placeOf(http),
                "has no effect for a check of type " + TYPE_KIND.spell(type),
                "type http, https or h2c",
                "remove it, or change the type");
      }
    }
    Integer port = section.find(PORT);
    return new CheckConfig(
        type,
        port == null ? 0 : port,
        new Timing(section.get(INTERVAL), section.get(TIMEOUT), section.get(JITTER)),
        new Thresholds(section.get(RISE), section.get(FALL), section.get(PANIC)),
        new HttpRequest(section.get(PATH), section.find(HOST), section.get(STATUS)),
        section.get(ON_DOWN));
  }

  private static String path(String text) {
    if (!text.matches("/[!-~]*") || text.length() > 1000) {
      throw Kinds.unfit();
    }
    return text;
  }

  private static String host(String text) {
    if (!text.matches("[!-~]{1,300}")) {
      throw Kinds.unfit();
    }
    return text;
  }

  private static Statuses statuses(String text) {
    if (!text.matches("[1-5]\\d\\d(-[1-5]\\d\\d)?")) {
      throw Kinds.unfit();
    }
    int least = Integer.parseInt(text.substring(0, 3));
    int most = text.length() > 3 ? Integer.parseInt(text.substring(4)) : least;
    if (most < least) {
      throw Kinds.unfit();
    }
    return new Statuses(least, most);
  }
}
