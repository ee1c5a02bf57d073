package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Place;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.http.field.FieldConfig;
import io.terminator.core.http.field.FieldConfig.Edits;
import io.terminator.core.http.field.FieldConfig.Forwarded;
import io.terminator.core.http.field.FieldConfig.Forwarded.Mode;
import io.terminator.core.http.field.FieldConfig.Hsts;
import io.terminator.core.http.field.FieldConfig.RequestId;
import io.terminator.core.http.field.FieldTemplate;
import io.terminator.core.http.message.Octets;
import io.terminator.core.setting.Cidr;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys of {@code listeners[].http} that concern fields. */
final class HttpFieldKeys {
  static final String NAME_EXPECTED = "a field name of letters, digits and -, such as X-Request-Id";

  /** Fields of the connection or of the framing: a rule on them would break messages. */
  private static final Set<String> RESERVED =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "host",
          "http2-settings",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  static final Kind<String> NAME_KIND =
      Kinds.parsed(NAME_EXPECTED, "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", HttpFieldKeys::name, n -> n);

  private static final Kind<FieldTemplate> VALUE_KIND =
      Kinds.template(FieldTemplate.expected(), FieldTemplate::parse, FieldTemplate::toString);

  private static final Kind<Map<String, FieldTemplate>> FIELDS_KIND =
      Kinds.map("field", NAME_EXPECTED, HttpFieldKeys::isName, VALUE_KIND);

  private static final Key<Mode> MODE =
      Key.optional(
          "mode",
          Kinds.choice(Mode.class),
          Forwarded.DEFAULT.mode(),
          "With set, the fields describe the client, whatever it sent; with append, the client is added"
              + " to what a trusted proxy sent; with off, none is added. What comes from others than"
              + " trusted proxies is always removed.");

  private static final Key<Forwarded.Style> STYLE =
      Key.optional(
          "style",
          Kinds.choice(Forwarded.Style.class),
          Forwarded.DEFAULT.style(),
          "X-Forwarded-For, -Proto, -Host and -Port (x-forwarded), or Forwarded (rfc7239).");

  private static final Shape<Forwarded> FORWARDED_SHAPE =
      new Shape<>(
          "How servers learn the client's address, the scheme, the host and the port.",
          List.of(MODE, STYLE),
          section -> new Forwarded(section.get(MODE), section.get(STYLE)));

  static final Key<Forwarded> FORWARDED =
      Key.section(
          "forwarded",
          FORWARDED_SHAPE,
          "How servers learn the client's address, the scheme, the host and the port.");

  static final Key<List<Cidr>> TRUSTED_PROXIES =
      Key.optional(
          "trusted-proxies",
          RouteKeys.anyNumberOf(Addresses.BLOCK_KIND),
          List.of(),
          "Peers whose forwarding fields and request ids are believed.");

  private static final Key<RequestId.Mode> ID_MODE =
      Key.optional(
          "mode",
          Kinds.choice(RequestId.Mode.class),
          RequestId.DEFAULT.mode(),
          "With new, every request gets a new id; with trusted, it keeps the one that a trusted proxy"
              + " sent; with any, the one that the client sent; with off, it gets none.");

  private static final Key<String> ID_FIELD =
      Key.optional("field", NAME_KIND, RequestId.DEFAULT.field(), "Name of the field.");

  private static final Shape<RequestId> ID_SHAPE =
      new Shape<>(
          "The id of a request, for the servers and the access log.",
          List.of(ID_MODE, ID_FIELD),
          section -> new RequestId(section.get(ID_FIELD), section.get(ID_MODE)));

  static final Key<RequestId> REQUEST_ID =
      Key.section(
          "request-id", ID_SHAPE, "The id of a request, for the servers and the access log.");

  private static final Key<Map<String, FieldTemplate>> SET =
      Key.optional(
          "set",
          FIELDS_KIND,
          Map.of(),
          "none",
          "Replaces all fields of that name. A field whose value is empty, because the client lacks"
              + " the property, is only removed.");

  private static final Key<Map<String, FieldTemplate>> ADD =
      Key.optional("add", FIELDS_KIND, Map.of(), "none", "Adds a field.");

  private static final Key<List<String>> REMOVE =
      Key.optional(
          "remove",
          RouteKeys.anyNumberOf(NAME_KIND),
          List.of(),
          "Removes all fields of that name.");

  private static final Shape<Edits> EDITS_SHAPE =
      new Shape<>(
          "Fields that are set, added and removed. Names match whatever their case, and with - or _.",
          List.of(SET, ADD, REMOVE),
          HttpFieldKeys::edits);

  static final Key<Edits> REQUEST_HEADERS =
      Key.section("request-headers", EDITS_SHAPE, "Changes to requests.");

  static final Key<Edits> RESPONSE_HEADERS =
      Key.section("response-headers", EDITS_SHAPE, "Changes to responses.");

  private static final Key<Duration> MAX_AGE =
      Key.optional(
          "max-age",
          Kinds.duration("0", "3650d"),
          Duration.ofDays(365),
          "How long browsers use only https for this host.");

  private static final Key<Boolean> SUBDOMAINS =
      Key.optional("include-subdomains", Kinds.flag(), false, "Also for all hosts below it.");

  private static final Key<Boolean> PRELOAD =
      Key.optional(
          "preload",
          Kinds.flag(),
          false,
          "Consent to be in the lists that browsers are shipped with; needs include-subdomains and"
              + " a max-age of at least 365d.");

  private static final Shape<Hsts> HSTS_SHAPE =
      new Shape<>(
          "Strict-Transport-Security (RFC 6797).",
          List.of(MAX_AGE, SUBDOMAINS, PRELOAD),
          HttpFieldKeys::hsts);

  static final Key<Hsts> HSTS =
      Key.absent(
          "hsts",
          HSTS_SHAPE,
          "what the servers send passes",
          "Strict-Transport-Security in every response, instead of that of the servers.");

  private HttpFieldKeys() {}

  static FieldConfig read(Section section) {
    Forwarded forwarded = section.get(FORWARDED);
    FieldConfig config =
        new FieldConfig(
            forwarded,
            section.get(TRUSTED_PROXIES),
            section.get(REQUEST_ID),
            section.get(REQUEST_HEADERS),
            section.get(RESPONSE_HEADERS),
            section.find(HSTS));
    checkTrust(section, config);
    checkForwarded(section, config);
    return config;
  }

  private static void checkTrust(Section section, FieldConfig config) {
    Reading reading = section.reading();
    if (reading == null || !section.isSound(TRUSTED_PROXIES, FORWARDED, REQUEST_ID)) {
      return;
    }
    boolean used =
        config.forwarded().mode() != Mode.SET
            || config.requestId().mode() == RequestId.Mode.TRUSTED;
    if (!config.trustedProxies().isEmpty() && !used) {
      reading.warning(
          section.placeOf(TRUSTED_PROXIES),
          "has no effect: nothing that a proxy sends is kept",
          "forwarded.mode append, or request-id.mode trusted",
          "");
    }
    if (config.trustedProxies().isEmpty() && config.forwarded().mode() == Mode.APPEND) {
      reading.warning(
          section.placeOf(FORWARDED),
          "append does the same as set: there are no trusted-proxies",
          "trusted-proxies with the addresses of the proxies in front",
          "");
    }
  }

  /** A rule on a field that {@code forwarded} writes would be a second source of the same truth. */
  private static void checkForwarded(Section section, FieldConfig config) {
    Reading reading = section.reading();
    if (reading == null
        || config.forwarded().mode() == Mode.OFF
        || !section.isSound(FORWARDED, REQUEST_HEADERS)) {
      return;
    }
    Set<String> written =
        switch (config.forwarded().style()) {
          case X_FORWARDED -> X_FORWARDED;
          case RFC7239 -> Set.of("forwarded");
          case BOTH -> BOTH;
        };
    for (Key<Map<String, FieldTemplate>> key : List.of(SET, ADD)) {
      for (String name : (key == SET ? config.request().set() : config.request().add()).keySet()) {
        if (written.contains(name.toLowerCase(Locale.ROOT))) {
          Place place = section.placeOf(REQUEST_HEADERS);
          reading.problem(
              reading.placeOf(place.path() + "." + key.name() + "." + name, place),
              "forwarded writes " + name,
              "fields that forwarded does not write",
              "remove it, or set forwarded.mode to off");
        }
      }
    }
  }

  private static final Set<String> X_FORWARDED =
      Set.of("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port");

  private static final Set<String> BOTH =
      Set.of(
          "forwarded",
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-forwarded-host",
          "x-forwarded-port");

  private static Edits edits(Section section) {
    Edits edits = new Edits(section.get(SET), section.get(ADD), section.get(REMOVE));
    Reading reading = section.reading();
    if (reading != null) {
      for (Key<Map<String, FieldTemplate>> key : List.of(SET, ADD)) {
        for (String name : (key == SET ? edits.set() : edits.add()).keySet()) {
          Place place = section.placeOf(key);
          checkName(reading, reading.placeOf(place.path() + "." + name, place), name);
        }
      }
      for (String name : edits.remove()) {
        checkName(reading, section.placeOf(REMOVE), name);
      }
    }
    return edits;
  }

  private static void checkName(Reading reading, Place place, String name) {
    if (RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
      reading.problem(
          place,
          "\"" + name + "\" belongs to the connection or to the framing of the message",
          "another field",
          "Terminator writes it itself");
    }
  }

  private static Hsts hsts(Section section) {
    Hsts hsts = new Hsts(section.get(MAX_AGE), section.get(SUBDOMAINS), section.get(PRELOAD));
    section.check(
        !hsts.preload()
            || (hsts.includeSubdomains() && hsts.maxAge().compareTo(Duration.ofDays(365)) >= 0),
        PRELOAD,
        "false without include-subdomains and a max-age of at least 365d",
        "the lists do not take such a host",
        MAX_AGE,
        SUBDOMAINS);
    return hsts;
  }

  private static String name(String text) {
    if (!isName(text)) {
      throw Kinds.unfit();
    }
    return text;
  }

  static boolean isName(@Nullable String text) {
    if (text == null || text.isEmpty() || text.length() > 256) {
      return false;
    }
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      if (!Octets.isToken(octet)) {
        return false;
      }
    }
    return true;
  }
}
