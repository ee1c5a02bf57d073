package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.connect.StickyConfig;
import io.terminator.core.connect.StickyConfig.SameSite;
import io.terminator.core.setting.Secret;
import java.time.Duration;
import java.util.List;

/** {@code backends.<name>.sticky}. */
final class StickyKeys {
  private static final int SHORTEST_SECRET = 16;
  private static final String HOST_PREFIX = "__Host-";

  private static final Key<String> COOKIE =
      Key.required(
          "cookie",
          Kinds.parsed(
              "a cookie name of letters, digits, \"-\", \"_\" and \".\", such as __Host-server",
              "^[A-Za-z0-9_.-]{1,64}$",
              StickyKeys::name,
              name -> name),
          "Name of the cookie. A client sends one that begins with "
              + HOST_PREFIX
              + " only to the host that set it.");

  private static final Key<Duration> MAX_AGE =
      Key.absent(
          "max-age",
          Kinds.duration("1s", "365d"),
          "the end of the client's session",
          "Time after which the client forgets the cookie.");

  private static final Key<SameSite> SAME_SITE =
      Key.optional(
          "same-site",
          Kinds.choice(SameSite.class),
          SameSite.LAX,
          "Requests from other sites that carry the cookie: those that the user navigates by (lax),"
              + " no requests (strict), or all (none).");

  private static final Key<Secret> SECRET =
      Key.absent(
          "secret",
          Kinds.secret(),
          "made at the start of the process",
          "Key of the code in the cookie, at least 16 characters. Replicas with the same secret"
              + " understand each other's cookies, and a restart keeps them.");

  static final Shape<StickyConfig> SHAPE =
      new Shape<>(
          "Sticky sessions by cookie.",
          List.of(COOKIE, MAX_AGE, SAME_SITE, SECRET),
          StickyKeys::map);

  private StickyKeys() {}

  private static StickyConfig map(Section section) {
    Secret secret = section.find(SECRET);
    if (secret != null && secret.reveal().length() < SHORTEST_SECRET && section.reading() != null) {
      section
          .reading()
          .problem(
              section.placeOf(SECRET),
              "has fewer than " + SHORTEST_SECRET + " characters",
              "at least " + SHORTEST_SECRET + " characters",
              "openssl rand -base64 24 makes one");
    }
    return new StickyConfig(
        section.get(COOKIE), section.find(MAX_AGE), section.get(SAME_SITE), secret);
  }

  private static String name(String text) {
    if (!text.matches("[A-Za-z0-9_.-]{1,64}")) {
      throw Kinds.unfit();
    }
    return text;
  }
}
