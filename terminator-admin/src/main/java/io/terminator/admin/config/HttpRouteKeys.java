package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.http.message.Octets;
import io.terminator.core.http.route.HttpRouteConfig.Action;
import io.terminator.core.http.route.HttpRouteConfig.FieldCondition;
import io.terminator.core.http.route.HttpRouteConfig.PathCondition;
import io.terminator.core.http.route.HttpRouteConfig.RateLimit;
import io.terminator.core.http.route.HttpRouteConfig.Redirect;
import io.terminator.core.http.route.HttpRouteConfig.Respond;
import io.terminator.core.http.route.HttpRouteConfig.ToBackend;
import io.terminator.core.setting.HostPattern;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of {@code listeners[].routes[]} for requests: conditions, and what happens. */
final class HttpRouteKeys {
  private static final int LONGEST_BODY = 64 * 1024;

  static final Key<String> NAME =
      Key.absent(
          "name",
          Kinds.name(),
          "route-0 for the first, and so on",
          "Label of the route's requests in logs and metrics.");

  static final Key<List<HostPattern>> HOST =
      Key.absent(
          "host",
          RouteKeys.NAMES_KIND,
          "any, or none",
          "Hosts that requests ask for, without port. A wildcard does not match example.com"
              + " itself.");

  private static final Kind<String> PATH_KIND =
      Kinds.parsed(
          "a decoded path such as /v2, without dot segments, empty segments, ?, # and ;",
          null,
          HttpRouteKeys::path,
          text -> text);

  static final Key<String> PATH =
      Key.absent(
          "path",
          PATH_KIND,
          "any",
          "Path that matches with all below it: /v2 matches /v2 and /v2/a, not /v20; /v2/ does not"
              + " match /v2. Requests are matched decoded. While a route has a condition on paths,"
              + " requests with dot segments get 400.");

  static final Key<String> PATH_EXACT =
      Key.absent("path-exact", PATH_KIND, "any", "The only path that matches, without its query.");

  static final Key<List<String>> METHOD =
      Key.absent(
          "method",
          RouteKeys.oneOrMore(
              Kinds.parsed(
                  "a method such as GET", "^[A-Za-z-]{1,32}$", HttpRouteKeys::method, m -> m)),
          "any",
          "Methods that match.");

  private static final Key<String> FIELD_NAME =
      Key.required("name", HttpFieldKeys.NAME_KIND, "Name of the header field.");

  private static final Key<String> FIELD_VALUE =
      Key.absent(
          "equals",
          Kinds.parsed("printable ASCII text", null, HttpRouteKeys::ascii, text -> text),
          "any value",
          "The value of one field of that name.");

  private static final Shape<FieldCondition> FIELD_SHAPE =
      new Shape<>(
          "A header field that a request must have.",
          List.of(FIELD_NAME, FIELD_VALUE),
          section -> new FieldCondition(section.get(FIELD_NAME), section.find(FIELD_VALUE)));

  private static final Kind<FieldCondition> FIELD_KIND =
      Kinds.either(
          Kinds.mapped(
              HttpFieldKeys.NAME_KIND,
              name -> new FieldCondition(name, null),
              FieldCondition::name),
          null,
          FIELD_SHAPE,
          FieldCondition::toString);

  static final Key<List<FieldCondition>> HEADER =
      Key.absent(
          "header",
          Kinds.either(
              Kinds.mapped(
                  HttpFieldKeys.NAME_KIND,
                  name -> List.of(new FieldCondition(name, null)),
                  list -> list.get(0).name()),
              Kinds.distinct(FIELD_KIND),
              Kinds.mapped(FIELD_SHAPE, List::of, list -> list.get(0).toString()),
              Object::toString),
          "none",
          "Header fields that a request must have, all of them: a name, or a map.");

  static final Key<String> REWRITE =
      Key.absent(
          "rewrite",
          Kinds.parsed(
              "a path such as / or /app, encoded", null, HttpRouteKeys::replacement, t -> t),
          "the path is not changed",
          "What the backend gets instead of the part of the path that path names.");

  private static final Key<String> TO =
      Key.required(
          "to",
          Kinds.parsed(
              "https://host, https://host/path or /path",
              null,
              HttpRouteKeys::target,
              text -> text),
          "Where to go. The path and query of the request are added if it is a scheme and a host"
              + " only.");

  private static final Key<Integer> REDIRECT_STATUS =
      Key.optional(
          "status",
          Kinds.choice(List.of(301, 302, 303, 307, 308), String::valueOf),
          308,
          "Status of the answer.");

  private static final Shape<Redirect> REDIRECT_SHAPE =
      new Shape<>(
          "A redirect to another URL.",
          List.of(TO, REDIRECT_STATUS),
          section -> new Redirect(section.get(TO), section.get(REDIRECT_STATUS)));

  static final Key<Redirect> REDIRECT =
      Key.absent("redirect", REDIRECT_SHAPE, "none", "Answers with a redirect.");

  private static final Key<Integer> STATUS =
      Key.optional("status", Kinds.whole(200, 599), 200, "Status of the answer.");

  private static final Key<String> BODY =
      Key.optional(
          "body",
          Kinds.parsed("text of at most 64 KiB", null, HttpRouteKeys::body, text -> text),
          "",
          "no body",
          "Body of the answer.");

  private static final Key<String> TYPE =
      Key.optional(
          "type",
          Kinds.parsed("a media type", null, HttpRouteKeys::ascii, text -> text),
          "text/plain; charset=utf-8",
          "Content-Type of the answer.");

  private static final Shape<Respond> RESPOND_SHAPE =
      new Shape<>("A fixed answer.", List.of(STATUS, BODY, TYPE), HttpRouteKeys::respond);

  static final Key<Respond> RESPOND =
      Key.absent("respond", RESPOND_SHAPE, "none", "Answers with a fixed text.");

  private static final Key<Integer> REQUESTS =
      Key.required("requests", Kinds.whole(1, 1_000_000), "Requests of one client in per.");

  private static final Key<Duration> PER =
      Key.optional(
          "per",
          Kinds.duration("1s", "1h"),
          Duration.ofSeconds(1),
          "The time they are counted in.");

  private static final Key<Integer> BURST =
      Key.absent(
          "burst",
          Kinds.whole(1, 1_000_000),
          "as requests",
          "Requests that a client may send at once after a pause.");

  private static final Key<String> RATE_FIELD =
      Key.absent(
          "header",
          HttpFieldKeys.NAME_KIND,
          "clients are told apart by their address",
          "Header field whose value tells clients apart, such as an API key. Without it in a"
              + " request, the address does.");

  private static final Shape<RateLimit> RATE_SHAPE =
      new Shape<>(
          "A token bucket for each client (IPv6: for each /64), over all workers.",
          List.of(REQUESTS, PER, BURST, RATE_FIELD),
          section -> {
            Integer burst = section.find(BURST);
            return new RateLimit(
                section.get(REQUESTS),
                section.get(PER),
                burst == null ? section.get(REQUESTS) : burst,
                section.find(RATE_FIELD));
          });

  static final Key<RateLimit> RATE =
      Key.absent(
          "rate-limit",
          RATE_SHAPE,
          "none",
          "Requests above it get 429 with Retry-After. Counting continues over reloads that keep"
              + " the limit and the conditions of the route.");

  /** The keys that make sense only for requests. */
  static final List<Key<?>> KEYS =
      List.of(NAME, HOST, PATH, PATH_EXACT, METHOD, HEADER, REWRITE, REDIRECT, RESPOND, RATE);

  private HttpRouteKeys() {}

  static @Nullable PathCondition path(Section section) {
    String prefix = section.find(PATH);
    String exact = section.find(PATH_EXACT);
    Reading reading = section.reading();
    if (prefix != null && exact != null && reading != null) {
      reading.problem(
          section.placeOf(PATH_EXACT),
          "is set together with path",
          "either path or path-exact",
          "remove one");
    }
    if (exact != null) {
      return new PathCondition(exact, true);
    }
    return prefix == null ? null : new PathCondition(prefix, false);
  }

  /** Null after a problem: exactly one of backend, redirect and respond decides. */
  static @Nullable Action action(Section section, Key<String> backendKey) {
    String backend = section.find(backendKey);
    List<Action> actions = new ArrayList<>();
    if (backend != null) {
      actions.add(new ToBackend(backend, section.find(REWRITE)));
    }
    Redirect redirect = section.find(REDIRECT);
    if (redirect != null) {
      actions.add(redirect);
    }
    Respond respond = section.find(RESPOND);
    if (respond != null) {
      actions.add(respond);
    }
    Reading reading = section.reading();
    if (reading != null && section.isSound(backendKey, REDIRECT, RESPOND)) {
      if (actions.isEmpty()) {
        reading.problem(
            section.placeOf(backendKey),
            "is missing",
            "the name of a backend, or redirect or respond",
            "add \"backend: ...\" here");
      } else if (actions.size() > 1) {
        reading.problem(
            section.placeOf(redirect != null && respond != null ? RESPOND : other(redirect)),
            "is set together with " + (backend != null ? backendKey.name() : REDIRECT.name()),
            "one of backend, redirect and respond",
            "remove one");
      }
      if (section.has(REWRITE) && (backend == null || !section.has(PATH))) {
        reading.problem(
            section.placeOf(REWRITE),
            "has no path that it could replace",
            "path and backend beside it",
            "add path, or remove it");
      }
    }
    return actions.size() == 1 ? actions.get(0) : null;
  }

  private static Key<?> other(@Nullable Redirect redirect) {
    return redirect != null ? REDIRECT : RESPOND;
  }

  private static Respond respond(Section section) {
    Respond respond = new Respond(section.get(STATUS), section.get(BODY), section.get(TYPE));
    boolean bodiless = respond.status() == 204 || respond.status() == 304;
    section.check(
        !bodiless || respond.body().isEmpty(),
        BODY,
        "no body with status " + respond.status(),
        "remove it",
        STATUS);
    return respond;
  }

  private static String path(String text) {
    boolean fits =
        text.startsWith("/")
            && text.length() <= 1024
            && !text.contains("//")
            && text.chars().noneMatch(c -> c <= ' ' || c == 0x7f || "?#;%\\".indexOf(c) >= 0);
    for (String segment : text.split("/")) {
      fits &= !segment.equals(".") && !segment.equals("..");
    }
    if (!fits) {
      throw Kinds.unfit();
    }
    return text;
  }

  private static String replacement(String text) {
    boolean fits =
        text.startsWith("/")
            && text.length() <= 1024
            && !text.contains("/../")
            && text.chars().allMatch(c -> c > ' ' && c < 0x7f && "?#\\".indexOf(c) < 0);
    if (!fits) {
      throw Kinds.unfit();
    }
    return text;
  }

  private static String target(String text) {
    ascii(text);
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException malformed) {
      throw Kinds.unfit();
    }
    boolean path = uri.getScheme() == null && text.startsWith("/") && !text.startsWith("//");
    boolean url =
        ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
            && uri.getHost() != null
            && uri.getUserInfo() == null;
    if ((!path && !url) || text.length() > 2048) {
      throw Kinds.unfit();
    }
    return text;
  }

  private static String body(String text) {
    if (text.getBytes(StandardCharsets.UTF_8).length > LONGEST_BODY) {
      throw Kinds.unfit();
    }
    return text;
  }

  private static String method(String text) {
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      if (!Octets.isToken(octet)) {
        throw Kinds.unfit();
      }
    }
    if (text.isEmpty() || text.length() > 32) {
      throw Kinds.unfit();
    }
    return text;
  }

  private static String ascii(String text) {
    if (text.length() > 4096 || text.chars().anyMatch(c -> c < ' ' || c > '~')) {
      throw Kinds.unfit();
    }
    return text;
  }
}
