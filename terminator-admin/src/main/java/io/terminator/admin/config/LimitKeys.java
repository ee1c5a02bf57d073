package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Place;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.accept.AdmissionConfig;
import io.terminator.core.accept.AdmissionConfig.AccessLists;
import io.terminator.core.accept.AdmissionConfig.Rate;
import io.terminator.core.accept.AdmissionConfig.Share;
import io.terminator.core.accept.AdmissionConfig.SourcePrefix;
import io.terminator.core.setting.Cidr;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code listeners[].limits}. */
final class LimitKeys {
  private static final Key<Integer> CONNECTIONS =
      Key.optional(
          "connections",
          Kinds.whole(0, 10_000_000),
          0,
          "Maximum number of open connections, over all workers. 0 means no limit.");

  private static final Key<Integer> CONNECTIONS_PER_SOURCE =
      Key.optional(
          "connections-per-source",
          Kinds.whole(0, 10_000_000),
          0,
          "Maximum number of open connections per source. 0 means no limit.");

  private static final Key<Integer> RATE =
      Key.optional(
          "rate",
          Kinds.whole(0, 1_000_000),
          0,
          "New connections per second (token bucket; the burst is one second's worth). 0"
              + " means no limit.");

  private static final Key<Integer> RATE_PER_SOURCE =
      Key.optional(
          "rate-per-source",
          Kinds.whole(0, 1_000_000),
          0,
          "Like rate, per source. Connections refused by it do not count against rate.");

  private static final Key<Integer> HANDSHAKE_RATE =
      Key.optional(
          "handshake-rate",
          Kinds.whole(0, 1_000_000),
          0,
          "Full TLS handshakes per second, with a burst as for rate. Resumed sessions and"
              + " passthrough do not count. 0 means no limit.");

  private static final Key<Integer> HANDSHAKE_RATE_PER_SOURCE =
      Key.optional(
          "handshake-rate-per-source",
          Kinds.whole(0, 1_000_000),
          0,
          "Like handshake-rate, per source.");

  private static final Key<Integer> IPV4_PREFIX =
      Key.optional(
          "ipv4-prefix",
          Kinds.whole(8, 32),
          SourcePrefix.DEFAULT.ipv4(),
          "Prefix length of an IPv4 source.");

  private static final Key<Integer> IPV6_PREFIX =
      Key.optional(
          "ipv6-prefix",
          Kinds.whole(16, 128),
          SourcePrefix.DEFAULT.ipv6(),
          "Prefix length of an IPv6 source.");

  private static final Key<List<Cidr>> ALLOW =
      Key.absent(
          "allow",
          RouteKeys.oneOrMore(Addresses.BLOCK_KIND),
          "everybody",
          "Addresses that may connect; others are denied.");

  private static final Key<List<Cidr>> DENY =
      Key.absent(
          "deny",
          RouteKeys.oneOrMore(Addresses.BLOCK_KIND),
          "nobody",
          "Addresses that may not connect. deny takes precedence over allow.");

  private static final Key<Path> ALLOW_FILE =
      Key.absent(
          "allow-file",
          Paths.file(),
          "allow alone decides",
          "A file with further entries, one address or network per line, # for comments."
              + " It is read again when it changes; if it is invalid, the last good list is"
              + " used.");

  private static final Key<Path> DENY_FILE =
      Key.absent("deny-file", Paths.file(), "deny alone decides", "Like allow-file, for deny.");

  static final Shape<AdmissionConfig> SHAPE =
      new Shape<>(
          "Limits for clients.",
          List.of(
              CONNECTIONS,
              CONNECTIONS_PER_SOURCE,
              RATE,
              RATE_PER_SOURCE,
              HANDSHAKE_RATE,
              HANDSHAKE_RATE_PER_SOURCE,
              IPV4_PREFIX,
              IPV6_PREFIX,
              ALLOW,
              DENY,
              ALLOW_FILE,
              DENY_FILE),
          LimitKeys::map);

  private LimitKeys() {}

  private static AdmissionConfig map(Section section) {
    checkOrder(section, CONNECTIONS, CONNECTIONS_PER_SOURCE);
    checkOrder(section, RATE, RATE_PER_SOURCE);
    checkOrder(section, HANDSHAKE_RATE, HANDSHAKE_RATE_PER_SOURCE);
    List<Cidr> allow = orEmpty(section.find(ALLOW));
    List<Cidr> deny = orEmpty(section.find(DENY));
    checkAllowed(section, allow, deny);
    return new AdmissionConfig(
        new Share(
            section.get(CONNECTIONS),
            new Rate(section.get(RATE)),
            new Rate(section.get(HANDSHAKE_RATE))),
        new Share(
            section.get(CONNECTIONS_PER_SOURCE),
            new Rate(section.get(RATE_PER_SOURCE)),
            new Rate(section.get(HANDSHAKE_RATE_PER_SOURCE))),
        new SourcePrefix(section.get(IPV4_PREFIX), section.get(IPV6_PREFIX)),
        new AccessLists(allow, deny, checked(section, ALLOW_FILE), checked(section, DENY_FILE)));
  }

  /**
   * A file that would yield an empty list at startup, and thereby allow all clients or none, is
   * reported here.
   */
  private static @Nullable Path checked(Section section, Key<Path> key) {
    Path file = section.find(key);
    Reading reading = section.reading();
    if (file == null || reading == null) {
      return file;
    }
    try {
      int blocks = BlockFile.read(file).blocks();
      if (blocks == 0 && key == ALLOW_FILE) {
        reading.problem(
            section.placeOf(key), "\"" + file + "\" is empty", "at least one block", "");
      }
    } catch (IOException unusable) {
      reading.problem(
          section.placeOf(key),
          "\"" + file + "\": " + unusable.getMessage(),
          "one address or network per line",
          "");
    }
    return file;
  }

  private static void checkOrder(Section section, Key<Integer> all, Key<Integer> one) {
    int most = section.get(all);
    section.check(
        most == 0 || section.get(one) <= most,
        one,
        "at most " + all.name() + ", " + most,
        "one source cannot have more than the total",
        all);
  }

  private static void checkAllowed(Section section, List<Cidr> allow, List<Cidr> deny) {
    Reading reading = section.reading();
    if (reading == null || !section.isSound(ALLOW, DENY)) {
      return;
    }
    for (Cidr allowed : allow) {
      for (Cidr denied : deny) {
        if (reading.isFull()) {
          return;
        }
        if (denied.covers(allowed)) {
          Place place = section.placeOf(ALLOW);
          reading.problem(
              place,
              "\"" + allowed + "\" can never connect: deny has " + denied,
              "a network that deny does not cover completely",
              "remove it from one of the two");
        }
      }
    }
  }

  private static List<Cidr> orEmpty(@Nullable List<Cidr> list) {
    return list == null ? List.of() : list;
  }
}
